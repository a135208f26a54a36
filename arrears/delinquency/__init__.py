"""How late, since when, which bucket and class; a change of state is a Flip.

Comes in: what is owed (reckoning.types.Owed). Goes out: the standing of each account,
and every change of it, dated. Telling people about a flip is somebody else's step. Read
`core.py` first.
"""
