"""Everything the assistant can do, one module a thing, put together into one router."""

from bot.dialogue import Router
from handlers.customer import (
    accused,
    careful,
    complaint,
    course,
    deliveries,
    kinds,
    listings,
    nods,
    own_manager,
    questions,
    reopening,
    return_visit,
    social,
    useful,
    welcome,
    withdraw,
)
from handlers.manager import buttons, commands, drafts, keep, knowers, knowledge, reply, week

_MODULES = (
    welcome,
    useful,
    social,
    questions,
    complaint,
    withdraw,
    reopening,
    return_visit,
    course,
    nods,
    own_manager,
    deliveries,
    buttons,
    knowledge,
    drafts,
    keep,
    knowers,
    week,
    commands,
    reply,
    kinds,
    listings,
    careful,
    accused,
)


def build_router() -> Router:
    """Return the router of the whole program."""
    router = Router()
    for module in _MODULES:
        router.include(module.router)
    return router


__all__ = ["build_router"]
