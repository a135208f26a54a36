"""What is agreed with a customer: promises, extensions, instalments, settlements, waivers.

Comes in: what is owed (through the reckoner), what is wanted, what can be afforded, and the
house's policy. Goes out: signed quotations that every face honours to the cent, agreements
as facts in the casebook (an agreement being kept holds every collecting contact), their
postings, and each day what the money made of them. Read `actions.py` first, then
`following.py`; `core/` holds the arithmetic, without Django.
"""
