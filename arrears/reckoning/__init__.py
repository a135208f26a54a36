"""What is owed, line by line, to the cent, with its reasons.

Comes in: one account's history (casebook.types) and its card terms (rulebook.terms).
Goes out: `Owed`, a tree of lines, each with its rule, its reference and the facts it
rests on. One fold, written once, in `core.py`; read that first.
"""
