"""The table of states, cell by cell."""

from __future__ import annotations

import itertools

import pytest

from bot.store.models import ComplaintState as S
from bot.tickets.states import Action, TransitionError, after

ALLOWED = {
    S.FILED: {Action.TAKE: S.TAKEN, Action.ANSWER: S.ANSWERED, Action.MOVE: S.FILED},
    S.TAKEN: {Action.ANSWER: S.ANSWERED, Action.MOVE: S.FILED},
    S.ANSWERED: {Action.ANSWER: S.ANSWERED, Action.NOT_SOLVED: S.REOPENED, Action.MOVE: S.ANSWERED},
    S.REOPENED: {Action.TAKE: S.TAKEN, Action.ANSWER: S.ANSWERED, Action.MOVE: S.REOPENED},
    S.CLOSED: {Action.NOT_SOLVED: S.REOPENED, Action.MOVE: S.CLOSED},
}
ENDINGS = {Action.SOLVED, Action.WITHDRAW, Action.CLOSE}


@pytest.mark.parametrize(("state", "action"), list(itertools.product(S, Action)))
def test_every_cell(state, action):
    to = S.CLOSED if action in ENDINGS and state is not S.CLOSED else ALLOWED[state].get(action)
    if to is not None:
        assert after(state, action) is to
        return
    with pytest.raises(TransitionError) as caught:
        after(state, action)
    assert (caught.value.state, caught.value.action) == (state, action)
