"""Care that comes by itself: birthdays, ends of contracts, return visits, the managers' brief, deadlines.

Plain functions on a session with the time given: they put rows into the outbox and never send.
"""
