"""The day's round, and what happens at once when money arrives or a fact is told.

Comes in: the day, and everything the rooms before it know. Goes out: standings, flips,
proposals with their fate, contacts made, and a report a manager understands. Read
`round.py` first: it is the whole product on one page.
"""
