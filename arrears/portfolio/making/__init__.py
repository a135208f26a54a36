"""Books of people who do not exist, for trials, benchmarks and the demo.

Comes in: how many accounts and months, a seed and a last day (`book.Order`). Goes out: a
folder of Parquet in the canonical columns (`portfolio.types`), one file of each table
per part, parts and rows in account order, so that a night can stream them side by side:

    accounts-00000.parquet        one row per account
    postings-00000.parquet        the postings of exactly these accounts, by account and day
    statements-00000.parquet      the cycles of exactly these accounts; amounts left empty
    customers-00000.parquet       the holders, at the part of their first account
    contact_points-00000.parquet  how to reach them: numbers and addresses that reach nobody
    accounts-00001.parquet ...
    mapping.yaml                  lets `arrears intake book FOLDER` read the cents

Lateness is nowhere written: payments are missing, short or late, and the reckoner finds
out. Interest and late fees are not posted either; they are the reckoner's to reckon.
The same order makes the same book however many parts it has, and the first thousand
accounts of a large book are the book of a thousand accounts. An account's whole history
depends on `end`: a book with another last day is another book, not a continuation.

Read `habits.py` first (who pays how), then `life.py` (month by month), `book.py` (files)
and `compare.py` (held against 24,000 real accounts).
"""
