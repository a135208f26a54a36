"""Arranging, purely: schedules, yearly cost, affordability, plans, what money makes of them.

Facts, rules and a day in, answers out; integers throughout, no Django, no clock.
"""
