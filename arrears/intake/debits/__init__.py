"""Direct debits: mandates, the file out (pain.008), and what the bank says of it (pain.002).

Read `types.py`, then `writing.py` (the file), `collecting.py` (once per account and day) and
`answers.py` (what came back). What is due is not this room's to say: `daily/debiting.py` brings it.
"""
