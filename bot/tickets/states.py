"""What may happen to a complaint in which state: the one table."""

from __future__ import annotations

import enum

from bot.store.models import ComplaintState

_FILED, _TAKEN, _ANSWERED, _REOPENED, _CLOSED = (
    ComplaintState.FILED,
    ComplaintState.TAKEN,
    ComplaintState.ANSWERED,
    ComplaintState.REOPENED,
    ComplaintState.CLOSED,
)


class Action(enum.StrEnum):
    """What people do to a complaint."""

    TAKE = "take"  # the owner accepts it (接单)
    ANSWER = "answer"  # the owner answers the customer
    SOLVED = "solved"  # the customer confirms
    NOT_SOLVED = "not_solved"  # the customer says it is not solved, or rates it badly
    WITHDRAW = "withdraw"  # the customer takes it back
    CLOSE = "close"  # the branch closes it
    MOVE = "move"  # somebody else is to handle it, who has not taken it yet


class TransitionError(Exception):
    """The complaint is in a state that does not allow this."""

    def __init__(self, state: ComplaintState, action: Action) -> None:
        super().__init__(f"a complaint that is {state} cannot {action}")
        self.state = state
        self.action = action


TRANSITIONS: dict[tuple[ComplaintState, Action], ComplaintState] = {
    (_FILED, Action.TAKE): _TAKEN,
    (_FILED, Action.ANSWER): _ANSWERED,
    (_FILED, Action.SOLVED): _CLOSED,
    (_FILED, Action.WITHDRAW): _CLOSED,
    (_FILED, Action.CLOSE): _CLOSED,
    (_TAKEN, Action.ANSWER): _ANSWERED,
    (_TAKEN, Action.SOLVED): _CLOSED,
    (_TAKEN, Action.WITHDRAW): _CLOSED,
    (_TAKEN, Action.CLOSE): _CLOSED,
    (_ANSWERED, Action.ANSWER): _ANSWERED,
    (_ANSWERED, Action.SOLVED): _CLOSED,
    (_ANSWERED, Action.NOT_SOLVED): _REOPENED,
    (_ANSWERED, Action.WITHDRAW): _CLOSED,
    (_ANSWERED, Action.CLOSE): _CLOSED,
    (_REOPENED, Action.TAKE): _TAKEN,
    (_REOPENED, Action.ANSWER): _ANSWERED,
    (_REOPENED, Action.SOLVED): _CLOSED,
    (_REOPENED, Action.WITHDRAW): _CLOSED,
    (_REOPENED, Action.CLOSE): _CLOSED,
    (_CLOSED, Action.NOT_SOLVED): _REOPENED,
    (_FILED, Action.MOVE): _FILED,
    (_TAKEN, Action.MOVE): _FILED,
    (_ANSWERED, Action.MOVE): _ANSWERED,
    (_REOPENED, Action.MOVE): _REOPENED,
    (_CLOSED, Action.MOVE): _CLOSED,
}


def after(state: ComplaintState, action: Action) -> ComplaintState:
    """Return the state that `action` leads to.

    Raises:
        TransitionError: not allowed in this state.
    """
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise TransitionError(state, action) from None
