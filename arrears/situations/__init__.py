"""Situations: examples a lawyer or a team leader can read, and the product must meet.

Comes in: YAML files of ours, of an institution, or of an auditor. Goes out: one line for
each, `ok` or what differed with the reasons. Read `run.py` first; `kinds.py` says which
kinds there are, and each kind is one file.
"""
