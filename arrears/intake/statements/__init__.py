"""Bank statements in: every one adds up, or nothing of it is booked and the sum that is off is named.

A file becomes statements (`camt.py`, `swift.py`, chosen by `reading.py`); each is judged by
itself and after its neighbours (`judging.py`, pure); what adds up is booked through the same
door as every other payment (`taking.py`).
"""
