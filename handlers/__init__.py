"""Everything the assistant can do, one module a thing, put together into one router."""

from typing import Any

from bot.dialogue import Reply, Router, Turn
from bot.dialogue.router import Route
from handlers.customer import (
    complaint,
    course,
    deliveries,
    kinds,
    own_manager,
    questions,
    return_visit,
    social,
    welcome,
)
from handlers.manager import buttons, commands, reply

_MODULES = (
    welcome,
    social,
    questions,
    complaint,
    course,
    own_manager,
    return_visit,
    deliveries,
    buttons,
    commands,
    reply,
)


class _AboutComplaintsFirst(Route):
    """A route of what was understood, asked only when the words are not about a complaint already filed."""

    __slots__ = ()

    def call(self, turn: Turn, **given: Any) -> Reply:
        """Answer what is said about a complaint, else go the route."""
        return course.aside(turn) or return_visit.aside(turn) or Route.call(self, turn, **given)


def build_router() -> Router:
    """Return the router of the whole program."""
    router = Router()
    for module in _MODULES:
        router.include(module.router)
    router.include(kinds.build(router))
    router.intents = {name: _AboutComplaintsFirst(route.handler, route.names) for name, route in router.intents.items()}
    router.results = {kind: _AboutComplaintsFirst(route.handler, route.names) for kind, route in router.results.items()}
    return router


__all__ = ["build_router"]
