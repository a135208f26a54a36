"""What we would like to do next for this case, and why.

Comes in: what is owed, how late, who can be reached, what was done before. Goes out: one
decision a case and round: the step of the ladder it stands on, its priority in the work
list, and perhaps a proposal to make contact. Whether the contact may be made is not asked
here; that is `clearance`. The ladder is a document: `ladders/standard.yaml`. Read that
first, then `core.py`.
"""
