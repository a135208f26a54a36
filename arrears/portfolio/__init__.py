"""The whole card book in columns: the many, of whom few are late.

Comes in: deliveries that intake has checked, one folder of Parquet each, never changed
afterwards. Goes out: the book as of a day, in columns, and the rows of single accounts
for the casebook. Read `types.py` first: the columns of every table.
"""
