"""The desk: what agents, team leaders and compliance officers work with.

Comes in: requests of signed-in staff, values of the rooms. Goes out: pages; facts the
agent was told; money matched by hand. Every page asks `queries.py` once and every form
calls one action; nothing is decided here. Read `urls.py`, then `queries.py`.
"""
