"""Simulation: many people, an adversary, the gate, and a second opinion on what it let pass.

`world.py` makes people, `adversary.py` proposes contacts at every edge it knows, `run.py`
lets the days go by, `gates.py` asks the real gate (in memory, or on PostgreSQL), and
`check.py` reads the log of what was made by rules written anew. The check knows nothing
of the gate: where the two disagree, one of them is wrong.
"""
