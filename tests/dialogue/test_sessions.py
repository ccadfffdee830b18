"""The conversation moves in step with the database, wherever its process is killed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
import redis

from bot.dialogue.sessions import KEEP_SECONDS, OFFER_MINUTES, Ended, FormState, Session, Sessions
from bot.messages import Incoming, Option
from bot.store import redis_keys as keys
from tests.auxil import turns
from tests.auxil.turns import NOW

FIRST, SECOND = turns.incoming("宽带断了", key="m:1"), turns.incoming("13800138000", key="m:2")
NAME = keys.session("official", "official", "oWang")


@pytest.fixture
def sessions(redis_client: redis.Redis) -> Sessions:
    return Sessions(redis_client)


def at(step: str, **values: Any) -> Session:
    """Return a session whose form has come to `step`."""
    return Session(form=FormState("complaint", step, values, list(values), NOW + timedelta(minutes=30)))


def step(session: Session) -> str:
    return session.form.step if session.form else ""


def committed(*done: str) -> Callable[[str], bool]:
    """Return what the database says: these messages are done."""
    return lambda key: key in done


def unasked(key: str) -> bool:
    raise AssertionError(f"the database was asked for {key}")


def _ends(sessions: Sessions, message: Incoming, after: str) -> None:
    """Do what a turn that takes a step of a form does."""
    sessions.stage(message, after)
    sessions.finish(Ended(message, [], 7, "", after, staged=True))


# -- moving on --------------------------------------------------------------------------------------------------------


def test_a_stranger_has_an_empty_session(sessions: Sessions) -> None:
    session, text = sessions.load(FIRST, NOW, unasked)
    assert (session, text) == (Session(), "")


def test_a_finished_turns_session_is_the_next_ones(sessions: Sessions) -> None:
    after = at("phone", what="宽带断了").dump()
    sessions.stage(FIRST, after)
    _ends(sessions, FIRST, after)
    session, text = sessions.load(SECOND, NOW, unasked)
    assert session == at("phone", what="宽带断了")
    assert text == after


def test_killed_before_the_commit_the_step_is_not_taken(sessions: Sessions) -> None:
    _ends(sessions, FIRST, at("what").dump())
    sessions.stage(SECOND, at("phone", what="宽带断了").dump())
    assert step(sessions.load(SECOND, NOW, committed("m:1"))[0]) == "what"


def test_killed_after_the_commit_the_step_is_taken(sessions: Sessions) -> None:
    _ends(sessions, FIRST, at("what").dump())
    sessions.stage(SECOND, at("phone", what="宽带断了").dump())
    later = turns.incoming("你好", key="m:3")
    assert step(sessions.load(later, NOW, committed("m:1", "m:2"))[0]) == "phone"
    assert step(sessions.load(later, NOW, unasked)[0]) == "phone"


def test_a_form_that_ended_stays_ended_after_a_kill(sessions: Sessions) -> None:
    _ends(sessions, FIRST, at("confirm").dump())
    sessions.stage(SECOND, "")
    assert sessions.load(SECOND, NOW, committed("m:2")) == (Session(), "")


def test_a_retry_of_the_killed_message_begins_where_it_began(sessions: Sessions) -> None:
    _ends(sessions, FIRST, at("what").dump())
    for _ in range(3):
        sessions.stage(SECOND, at("phone", what="宽带断了").dump())
        assert step(sessions.load(SECOND, NOW, committed("m:1"))[0]) == "what"


def test_what_another_process_finished_first_is_dropped(sessions: Sessions) -> None:
    _ends(sessions, FIRST, at("phone").dump())
    sessions.stage(SECOND, at("since").dump())
    sessions.drop(SECOND)
    assert step(sessions.load(SECOND, NOW, unasked)[0]) == "phone"


@pytest.mark.parametrize("done", [(), ("m:1",), ("m:1", "m:2")])
def test_at_every_moment_a_kill_leaves_the_state_of_the_last_commit(sessions: Sessions, done: tuple[str, ...]) -> None:
    """Load, stage, commit, finish, twice over; cut after each: the state is that of the last message done."""
    states = {"m:1": at("phone", what="断了"), "m:2": at("since", what="断了", phone="13800138000")}
    for message in (FIRST, SECOND):
        sessions.load(message, NOW, committed(*done))
        sessions.stage(message, states[message.key].dump())
        if message.key not in done:
            break
        if message.key != done[-1]:
            _ends(sessions, message, states[message.key].dump())
    expected = states[done[-1]] if done else Session()
    for _ in range(2):
        assert sessions.load(turns.incoming("在吗", key="m:9"), NOW, committed(*done))[0] == expected


def test_a_step_that_the_next_turn_found_is_not_taken_back(sessions: Sessions) -> None:
    """The first process is slow between its commit and here; the second has gone on meanwhile."""
    first, second = at("what").dump(), at("phone", what="断了").dump()
    sessions.stage(FIRST, first)
    sessions.load(SECOND, NOW, committed("m:1"))
    sessions.stage(SECOND, second)
    sessions.finish(Ended(FIRST, [], 1, "", first, staged=True))
    sessions.finish(Ended(SECOND, [], 2, first, second, staged=True))
    assert sessions.load(turns.incoming("在吗", key="m:9"), NOW, unasked)[0] == at("phone", what="断了")


@pytest.mark.parametrize("quicker", [False, True])
def test_of_two_turns_the_laters_conversation_stays(sessions: Sessions, quicker: bool) -> None:
    """Both began with the same conversation, for the first was slow between its commit and here."""
    words = [Session(asked=text, asked_at=NOW).dump() for text in ("宽带多少钱", "怎么办")]
    ended = [Ended(FIRST, [], 1, "", words[0]), Ended(SECOND, [], 2, "", words[1])]
    for turn in reversed(ended) if quicker else ended:
        sessions.finish(turn)
    assert sessions.load(turns.incoming("在吗", key="m:9"), NOW, unasked)[1] == words[1]


def test_a_step_whose_staging_redis_forgot_is_taken(sessions: Sessions, redis_client: redis.Redis) -> None:
    after = at("phone", what="断了")
    sessions.stage(FIRST, after.dump())
    redis_client.flushdb()
    sessions.finish(Ended(FIRST, [], 3, "", after.dump(), staged=True))
    assert sessions.load(SECOND, NOW, unasked)[0] == after


def test_numbers_are_forgotten_soon(sessions: Sessions, redis_client: redis.Redis) -> None:
    """A database put back from a copy begins with lower ones."""
    _ends(sessions, FIRST, at("what").dump())
    assert 0 < cast(int, redis_client.ttl(keys.order(NAME))) <= 60


def test_two_people_do_not_share_a_session(sessions: Sessions) -> None:
    _ends(sessions, FIRST, at("phone").dump())
    for other in (
        turns.incoming("你好", person="oLi"),
        turns.incoming("你好", account="tianhe"),
        turns.incoming("你好", channel="wecom"),
    ):
        assert sessions.load(other, NOW, unasked)[0] == Session()


def test_finishing_keeps_the_reply_for_retries(sessions: Sessions, redis_client: redis.Redis) -> None:
    sessions.finish(Ended(FIRST, [{"type": "text", "content": "您好"}]))
    stored = cast(bytes, redis_client.get(keys.message(FIRST)))
    assert json.loads(stored) == {"reply": [{"type": "text", "content": "您好"}]}
    assert 0 < cast(int, redis_client.ttl(keys.message(FIRST))) <= keys.REPLY_SECONDS
    assert not redis_client.exists(NAME)


def test_a_silent_conversation_is_forgotten_in_the_end(sessions: Sessions, redis_client: redis.Redis) -> None:
    _ends(sessions, FIRST, at("phone").dump())
    assert 0 < cast(int, redis_client.ttl(NAME)) <= KEEP_SECONDS


def test_unsubscribing_forgets_the_conversation_and_what_was_staged(sessions: Sessions) -> None:
    _ends(sessions, FIRST, at("phone").dump())
    sessions.stage(SECOND, at("since").dump())
    sessions.forget(SECOND)
    assert sessions.load(FIRST, NOW, unasked) == (Session(), "")


# -- what is in it ----------------------------------------------------------------------------------------------------


def test_an_empty_session_is_the_empty_text() -> None:
    assert Session().dump() == ""
    assert Session.parse("", NOW) == Session.parse(None, NOW) == Session.parse(b"", NOW) == Session()


def test_everything_comes_back() -> None:
    session = at("phone", what="宽带断了", pictures=["M1"])
    session.offer([Option("cat:net", "网络"), Option("cat:fee", "资费")], NOW)
    session.last, session.last_at = "entry:hello", NOW - timedelta(minutes=1)
    session.notes = {"topic": "宽带"}
    assert Session.parse(session.dump(), NOW) == session
    assert Session.parse(session.dump().encode(), NOW) == session


def test_what_was_offered_can_be_picked_for_ten_minutes() -> None:
    session = Session()
    session.offer([Option("a:1", "甲")], NOW)
    text = session.dump()
    assert Session.parse(text, NOW + timedelta(minutes=OFFER_MINUTES, seconds=-1)).offered == [("a:1", "甲")]
    assert Session.parse(text, NOW + timedelta(minutes=OFFER_MINUTES)).offered == []


def test_a_form_that_ran_out_of_time_is_named_once() -> None:
    text = at("phone").dump()
    late = Session.parse(text, NOW + timedelta(minutes=30))
    assert (late.form, late.expired_form) == (None, "complaint")


def test_what_a_form_held_is_kept_for_a_day_after_its_time() -> None:
    stored = at("since", what="宽带断了").dump()
    late = Session.parse(stored, NOW + timedelta(hours=2))
    assert late.left is not None
    assert late.left.values == {"what": "宽带断了"}
    later = Session.parse(late.dump(), NOW + timedelta(hours=3))
    assert (later.form, later.expired_form) == (None, "")
    assert later.left == late.left
    assert Session.parse(later.dump(), NOW + timedelta(days=1, hours=1)).left is None


@pytest.mark.parametrize("message", [FIRST, turns.incoming("", key="e:oWang:1:location:0", event="location")])
def test_the_keys_are_built_from_the_message(message: Incoming) -> None:
    assert keys.session(message.channel, message.account, message.person) == "tiexin:session:official:official:oWang"
    assert keys.message(message) == f"tiexin:msg:official:official:{message.key}"
