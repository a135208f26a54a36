"""Arrears: overdue credit-card customer service and collections, explained and proved.

Rooms stand along a river and know only the rooms before them; `docs/house.md` draws it.
The first file to open is `arrears/daily/round.py`: one day, from card book to contact.
"""

__version__ = "0.1.0"
