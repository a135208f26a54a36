"""Law, card terms and house policy: dated YAML with references, read and checked here.

Comes in: YAML files of ours and of the institution. Goes out: frozen values that say
which article they come from and since when. No Django. Read `documents.py` first (how
any readable document is loaded and refused), then `terms.py` and `law.py`.
"""
