"""Files in: the card book and payments. Nothing is lost: what cannot be taken is set aside with its reason.

Comes in: CSV or Parquet in our own columns (`columns.py`), or in a bank's, translated by a
mapping (`mapping.py`, `mappings/*.yaml`). A file becomes records (`lines.py`), records
become raw columns (`sources.py`), cells become values or a `Wrong` (`values.py`), rows are
checked (`checking.py`), and what depends on other rows is settled at the end
(`settling.py`). Goes out: a delivery of the portfolio, money in the casebook, a file of
rejects, and counts that reconcile. Read `book.py` first; payments are matched in
`matching.py`. Bank statements stand in `statements/`, wallets in `wallets/`; all money enters by
`payments.take_all`.
"""
