"""Agreements at the desk: a promise taken, plans compared, a quotation read back and accepted, and
the team leader's page of what waits, what broke and what runs out.

The pages ask `arrangements` for every number and every yes or no; here it is only laid out.
"""
