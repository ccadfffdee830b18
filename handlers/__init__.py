"""Everything the assistant can do, one module a thing, put together into one router."""

from bot.dialogue import Router
from handlers.customer import (
    accused,
    answer_feedback,
    complaint,
    complaint_followup,
    delivery_events,
    listings,
    media,
    own_manager,
    progress,
    questions,
    reopening,
    return_visit,
    sensitive,
    short_words,
    smalltalk,
    welcome,
    withdraw,
)
from handlers.manager import (
    card_actions,
    commands,
    done_commands,
    draft_talk,
    expert_commands,
    open_question_talk,
    question_report,
    reply,
    save_answer,
)

_MODULES = (
    welcome,
    answer_feedback,
    smalltalk,
    questions,
    complaint,
    withdraw,
    reopening,
    return_visit,
    complaint_followup,
    progress,
    short_words,
    own_manager,
    delivery_events,
    card_actions,
    open_question_talk,
    draft_talk,
    save_answer,
    expert_commands,
    question_report,
    done_commands,
    commands,
    reply,
    media,
    listings,
    sensitive,
    accused,
)


def build_router() -> Router:
    """Return the router of the whole program."""
    router = Router()
    for module in _MODULES:
        router.include(module.router)
    return router


__all__ = ["build_router"]
