"""People, accounts, contact points, and every fact that happened: the source of the river.

Comes in: what intake took, what desk and portal heard, what later rooms decided, always
as dated facts. Goes out: the history of one account or of many. Append-only: the
database refuses to change or remove a fact; a correction is a new fact. Read
`types.py` first: it lists every kind of thing that can happen.
"""
