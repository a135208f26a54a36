"""What every room may use and nobody owns: money, days, the clock, words, trouble.

Comes in: nothing. Goes out: small frozen values and pure functions. No Django, no I/O,
no clock except `clock.py`. Read `money.py` first.
"""
