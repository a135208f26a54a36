"""What leaves the house: planned messages, the outbox, and the channels that carry them.

Comes in: messages somebody was cleared to send, each with a key. Goes out: the message,
at least once to the provider with that key and never twice on our own account; and what
became of it, as a fact in the casebook, where the next clearance counts it.

Read `actions.send_waiting` first: it is the whole loop. `channels/` holds one file per
way of reaching people, `templates/contact/` what we write, `words.py` fills it in,
`peer.py` is a mail server for rehearsals.
"""
