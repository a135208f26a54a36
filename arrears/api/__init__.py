"""The face for machines: cases read, facts told, payments noticed, health asked.

Comes in: JSON over HTTP with a key (`arrears api-key new`). Goes out: the same numbers
with the same explanations as desk and portal show. It decides nothing: each address is
one call through a room's door. Read `addresses.py` first; `shapes.py` says what the JSON
looks like, `problems.py` what a refusal looks like.
"""
