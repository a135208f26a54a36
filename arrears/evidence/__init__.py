"""What happened at the gate and after it, kept so that nobody can change it unseen.

Comes in: records (`types.Told`) that other rooms append in the same transaction as what they
tell of; this room does not know what they mean. Goes out: one chain in which each record's
hash covers the one before, daily roots signed by the institution, a verdict on whether all of
it is as it was, and bundles a stranger checks without us. Read `core.py` first (the whole
arithmetic), then `actions.py`: append, seal, close a day.
"""
