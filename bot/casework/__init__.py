"""The trade's changes together with the messages they make necessary, in one transaction.

Above `bot.tickets`, `bot.tasks`, `bot.customers` (the rules) and `bot.delivery` (the outbox); used by the handlers, the
scheduler and the desk, so that whoever changes a complaint tells the same people the same thing.
"""

from bot.casework.office import Office

__all__ = ["Office"]
