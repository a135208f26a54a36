"""What a customer raises, and what we owe them in answer: objection, dispute, complaint, need.

Comes in: what somebody says is wrong, or how their life has changed, with papers to show
for it. Goes out: a `Matter` with an owner, a clock and an answer; a hold while it is open;
corrections and what the credit bureau must be told, as facts. Read `types.py`, then
`actions.py`; the days come from `rulebook/clocks`.
"""
