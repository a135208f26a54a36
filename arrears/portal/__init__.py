"""The portal: what the customer on the other side sees, on a phone first.

Comes in: a one-time code that proves whose phone it is; after that, the customer's own
requests. Goes out: what is owed and why, what has happened, who wrote; and facts the
customer tells us. The session knows one customer and nothing else, and is no staff
session. No address contains an account or a customer. When unsure about somebody's
situation, be kind. Read `session.py`, then `queries.py`.
"""
