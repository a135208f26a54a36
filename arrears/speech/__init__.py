"""Words before they reach a customer, and after: what should not be said, and what to say instead.

Comes in: a text, who says it to whom, the rule book and the day. Goes out: findings, each
with its place in the text, its kind, the rule with its reference, whether it stops the text
or only wants a second look, and a better sentence in Chinese and English. Nothing leaves
the machine and nothing is downloaded.

Read `queries.read` first; then `core/finding.py` (how patterns are found), `core/plain.py`
(how a text is made plain) and `core/learned.py` and `core/likeness.py` (the trained opinions). The
lexicons are dated YAML in `arrears/rulebook/speech`; docs/speech.md tells how well it works.
"""
