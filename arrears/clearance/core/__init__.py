"""The gate itself, pure: `clear` asks every rule of a book and names each that refuses.

Read `gate.py` first (how a verdict comes about), then the rules by what they look at:
`hours.py`, `caps.py`, `holds.py`, `people.py`, `manner.py`. Each rule is one small
function registered under the ids of the rule files it carries out; the numbers are in
the files, the shape is here. Words the rules share are in `vocabulary.py`.
"""

from arrears.clearance.core.gate import clear, rules_carried_out

__all__ = ["clear", "rules_carried_out"]
