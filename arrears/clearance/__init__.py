"""May we? Yes until ..., or no, because of this rule with this reference.

Comes in: a proposal to contact somebody, what is known of them, and the law of that day
(rulebook). Goes out: a `Verdict`; and, from `actions.py`, a `Clearance` that reserves its
place in the contact budget in the same transaction. Only this room makes clearances, and
no channel moves without one. Read `core.py` first.
"""
