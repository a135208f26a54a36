"""What can be learned from the book and the rounds: measures, and pictures of them.

Comes in: the night's pictures of the whole book (Parquet, one file a day, written by the
round), the lateness a bank supplied, and contacts from the casebook. Goes out: counts and
shares (`queries.py`), and charts drawn on the server as SVG (`charts.py`). Nothing is
written. Read `types.py` first.
"""
