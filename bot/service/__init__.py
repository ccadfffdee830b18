"""The service layer: use cases, each a change of the trade together with the messages it needs, in one transaction.

Above `bot.tickets` and `bot.customers` (the rules) and `bot.delivery` (the outbox); used by the handlers and the
scheduler, so that whoever changes a complaint tells the same people the same thing.
"""

from bot.service.context import Office

__all__ = ["Office"]
