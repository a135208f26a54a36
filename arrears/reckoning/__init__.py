"""What is owed, line by line, to the cent, with its reasons.

Comes in: one account's history (casebook.types) and its card terms (rulebook.terms), or a
whole book in columns. Goes out: `Owed`, a tree of lines, each with its rule, its reference
and the facts it rests on; or arrays. One fold, written once: read `fold.py` first, then
`core.py` (one account), `tree.py` (its explanation) and `bulk.py` (millions).
docs/reckoning.md says the same in words.
"""
