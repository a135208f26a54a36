"""The people of the demo, the tests and the docs: eight whose stories are told, and a crowd.

Comes in: the day the demo ends on. Goes out: a card book in canonical rows or files, and
what happens while the rounds run: payments arriving day by day, facts people tell us.
Read `cast.py` first (who they are and what happened to them), then `book.py` (the crowd,
the files). Everybody is invented; no number or address here can reach anyone.
"""
