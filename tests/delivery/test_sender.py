"""The ladder, the error table, and what is recorded, with a platform that answers what the test says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.channels import codes
from bot.channels.errors import OutcomeUnknown, TokenError, Unreachable
from bot.customers.responsibility import NOBODY
from bot.delivery import outbox
from bot.delivery.batch_sender import BatchSender
from bot.delivery.sender import Order, Sender, pieces
from bot.messages import Button, Card, Choices, Option, Text
from bot.store.models import Consent, Contact, DeliveryEvent, Manager, NoticeQuota, Outbox, OutboxState, Purpose, Task
from tests.auxil.platform import official_error, wecom_error

ZONE = ZoneInfo("Asia/Shanghai")
NOTICE = {"id": "SUB_CARE", "fields": {"thing1": "生日快乐"}, "page": ""}
TEMPLATE = {"id": "TPL_STATE", "fields": {"thing2": "宽带"}, "url": "https://x"}
BY_HAND = {"title": "转告", "text": "请转告客户"}


@pytest.fixture
def say(db, make, clock) -> Callable[..., int]:
    """Enqueue a message, commit, return its id."""

    def enqueue(to: Any, purpose: Purpose = Purpose.SERVICE, **values: Any) -> int:
        defaults = {"rule": "news", "occasion": "1", "part": Text("您好"), "now": clock.now()}
        outbox_id = outbox.enqueue(db, to=to, purpose=purpose, **(defaults | values))
        make.commit()
        assert outbox_id is not None
        return outbox_id

    return enqueue


@pytest.fixture
def story(store) -> Callable[[int], tuple[str, list[tuple[str, str, str]]]]:
    """Return a row's state and its events as (state, via, reason)."""

    def read(outbox_id: int) -> tuple[str, list[tuple[str, str, str]]]:
        with store.session() as db:
            events = db.scalars(
                select(DeliveryEvent).where(DeliveryEvent.outbox_id == outbox_id).order_by(DeliveryEvent.id)
            )
            steps = [(event.state.value, event.via, event.reason) for event in events]
            return db.get_one(Outbox, outbox_id).state.value, steps

    return read


def _row(store, outbox_id: int) -> Outbox:
    with store.session() as db:
        return db.get_one(Outbox, outbox_id)


def _contact(store, contact: Contact) -> Contact:
    with store.session() as db:
        return db.get_one(Contact, contact.id)


def _notices(db, contact: Contact, left: int) -> None:
    db.add(NoticeQuota(contact_id=contact.id, template_id="SUB_CARE", left=left))


# -- the ladder ---------------------------------------------------------------------------------------------------


def test_open_window_carries_the_message_itself(make, say, deliver, platform, story, store):
    contact = make.open_contact(make.customer(), left=2)
    outbox_id = say(contact)
    deliver(outbox_id)
    assert platform.sent == [("kf", contact.openid, Text("您好"))]
    assert story(outbox_id) == ("sent", [("sending", "kf", ""), ("sent", "kf", "")])
    assert _contact(store, contact).window_left == 1


def test_customer_is_reached_on_the_account_whose_window_is_open(make, say, deliver, platform):
    customer = make.customer()
    make.contact(customer)
    reachable = make.open_contact(customer, account_id=make.account(name="second").id)
    deliver(say(customer))
    assert [to for _, to, _ in platform.sent] == [reachable.openid]


@pytest.mark.parametrize("left", [0, 1])
def test_shut_window_uses_an_accepted_notice_once(make, db, say, deliver, platform, left):
    contact = make.contact(make.customer())
    _notices(db, contact, left)
    fallback = {"notice": NOTICE, "template": TEMPLATE}
    deliver(say(contact, Purpose.CARE, fallback=fallback))
    ways = [way for way, _, _ in platform.sent]
    assert ways == (["notice"] if left else [])
    assert db.scalars(select(NoticeQuota.left)).all() == [0]


@pytest.mark.parametrize(("purpose", "rule"), [(Purpose.SERVICE, "news"), (Purpose.REPLY, "late_reply")])
def test_shut_window_falls_to_the_template_for_a_persons_own_affairs(make, say, deliver, platform, purpose, rule):
    contact = make.contact(make.customer())
    outbox_id = say(contact, purpose, rule=rule, fallback={"template": TEMPLATE})
    deliver(outbox_id)
    words = ("TPL_STATE", {"thing2": "宽带"}, "https://x", f"tx{outbox_id}")
    assert platform.sent == [("template", contact.openid, words)]


@pytest.mark.parametrize(
    ("purpose", "rule"),
    [
        (Purpose.CARE, "birthday"),
        (Purpose.CARE, "festival"),
        (Purpose.MARKETING, "offer"),
        (Purpose.SERVICE, "birthday"),
    ],
)
def test_care_never_takes_the_template(make, db, say, deliver, platform, story, clock, purpose, rule):
    customer = make.customer()
    make.contact(customer)
    yes = {"purpose": Purpose.MARKETING, "granted": True, "source": "chat", "at": clock.now()}
    db.add(Consent(customer_id=customer.id, **yes))
    outbox_id = say(customer, purpose, rule=rule, fallback={"template": TEMPLATE, "task": BY_HAND})
    deliver(outbox_id)
    assert platform.asked == []
    assert story(outbox_id)[0] == "handed_over"


def test_what_nothing_carries_becomes_one_task_and_one_card(make, db, say, deliver, platform, story, store):
    customer = make.customer()
    make.contact(customer)
    question = Choices("满意吗？", (Option("1", "满意"), Option("2", "不满意")))
    outbox_id = say(customer, Purpose.CARE, rule="birthday", part=question)
    deliver(outbox_id)
    assert story(outbox_id) == ("handed_over", [("handed_over", "task", "")])
    task = db.scalars(select(Task)).one()
    assert (task.manager_id, task.rule) == (customer.manager_id, "birthday")
    assert "满意 / 不满意" in task.text
    card_row = db.scalars(select(Outbox).where(Outbox.rule == "task_card")).one()
    deliver(card_row.id)
    ((way, userid, card),) = platform.sent
    assert (way, userid) == ("wecom", customer.manager.wecom_userid)
    assert isinstance(card, Card)
    assert card.buttons == (Button("task.reply", "回复", primary=True), Button("task.done", "已完成"))
    assert dict(card.fields) == {"客户": customer.name, "级别": "金", "电话": customer.phone, "最晚": "11月23日12:30"}


def test_news_without_words_for_a_call_is_not_handed_over(make, say, deliver, story):
    outbox_id = say(make.contact(make.customer()))
    deliver(outbox_id)
    assert story(outbox_id) == ("failed", [("failed", "", "no_way_left")])


def test_reply_without_a_template_becomes_a_task(make, say, deliver, story):
    outbox_id = say(make.contact(make.customer()), Purpose.REPLY)
    deliver(outbox_id)
    assert story(outbox_id)[0] == "handed_over"


def test_customer_unknown_in_wechat_is_handed_over(make, say, deliver, story):
    outbox_id = say(make.customer(), Purpose.CARE, rule="birthday")
    deliver(outbox_id)
    assert story(outbox_id)[0] == "handed_over"


def test_with_nobody_at_work_it_becomes_a_task_that_is_kept_under_a_placeholder(make, db, say, deliver, story):
    outbox_id = say(make.customer(manager=None), Purpose.CARE)
    deliver(outbox_id)
    assert story(outbox_id)[0] == "handed_over"
    (task,) = db.scalars(select(Task)).all()
    manager = db.get_one(Manager, task.manager_id)
    assert (manager.name, manager.active) == (NOBODY, False)


def test_staff_is_told_in_wecom_and_the_card_code_is_kept(make, say, deliver, platform, store):
    manager = make.manager()
    outbox_id = say(manager, Purpose.STAFF, part=Card("task-1-0", "新任务", "打电话"))
    deliver(outbox_id)
    row = _row(store, outbox_id)
    assert (row.state, row.via, row.platform_id, row.response_code) == (OutboxState.SENT, "wecom", "wm-1", "rc-1")
    assert [way for way, _, _ in platform.sent] == ["wecom"]


@pytest.mark.parametrize("values", [{"wecom_userid": None}, {"active": False}])
def test_staff_without_an_address_fails_with_its_reason(make, say, deliver, story, values):
    outbox_id = say(make.manager(**values), Purpose.STAFF)
    deliver(outbox_id)
    assert story(outbox_id) == ("failed", [("failed", "", "no_way_left")])


def test_card_is_changed_by_its_code(make, db, deliver, platform, clock):
    manager = make.manager()
    outbox_id = outbox.enqueue_card_update(
        db, to=manager, response_code="CODE", text="王芳已接单", occasion="c1", now=clock.now()
    )
    make.commit()
    deliver(outbox_id)
    assert platform.sent == [("card_update", manager.wecom_userid, ("CODE", "王芳已接单"))]


# -- the policy at the moment of sending --------------------------------------------------------------------------


def test_opted_out_meanwhile_is_suppressed_with_its_reason(make, say, deliver, platform, story, clock):
    contact = make.open_contact(make.customer())
    outbox_id = say(contact, Purpose.CARE)
    contact.care_stopped_at = clock.now()
    make.commit()
    deliver(outbox_id)
    assert story(outbox_id) == ("suppressed", [("suppressed", "", "opted_out")])
    assert platform.asked == []


def test_quiet_hours_put_it_off_until_they_end(make, say, deliver, platform, store, clock):
    outbox_id = say(make.open_contact(make.customer()), Purpose.CARE)
    clock.set(datetime(2026, 11, 21, 22, 0, tzinfo=ZONE))
    deliver(outbox_id)
    row = _row(store, outbox_id)
    assert (row.state, row.reason) == (OutboxState.WAITING, "quiet_hours")
    assert row.due_at == datetime(2026, 11, 22, 8, 0, tzinfo=ZONE)
    assert platform.asked == []


# -- the error table ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "seconds", "fate"),
    [
        (-1, 2, "busy"),
        (45011, 60, "minute"),
        (40001, 600, "stopped"),
        (40013, 600, "stopped"),
        (48001, 600, "stopped"),
        (40164, 600, "stopped"),
        (45009, 14 * 3600, "tomorrow"),
    ],
)
def test_later(make, say, deliver, platform, store, story, clock, code, seconds, fate):
    contact = make.open_contact(make.customer(), left=2)
    outbox_id = say(contact)
    platform.answers.append(official_error(code))
    deliver(outbox_id)
    assert story(outbox_id) == ("waiting", [("sending", "kf", ""), ("waiting", "kf", fate)])
    assert _row(store, outbox_id).due_at == clock.now() + timedelta(seconds=seconds)
    assert _contact(store, contact).window_left == 2


@pytest.mark.parametrize("code", [45015, 45047])
def test_shut_or_used_up_falls_back_in_the_same_job(make, say, deliver, platform, story, store, code):
    contact = make.open_contact(make.customer())
    outbox_id = say(contact, fallback={"template": TEMPLATE})
    platform.answers.append(official_error(code))
    deliver(outbox_id)
    state, steps = story(outbox_id)
    assert state == "sent"
    assert steps == [
        ("sending", "kf", ""),
        ("failed", "kf", "exhausted"),
        ("sending", "template", ""),
        ("sent", "template", ""),
    ]
    assert _contact(store, contact).window_left == 0


def test_withdrawn_notice_sets_the_count_to_zero(make, db, say, deliver, platform, story):
    contact = make.contact(make.customer())
    _notices(db, contact, 3)
    outbox_id = say(contact, Purpose.CARE, fallback={"notice": NOTICE})
    platform.answers.append(official_error(43101))
    deliver(outbox_id)
    assert story(outbox_id)[0] == "handed_over"
    assert db.scalars(select(NoticeQuota.left)).all() == [0]


@pytest.mark.parametrize("code", [40003, 43004, 43019, 46004, 48002, 50002, 50005])
def test_person_who_cannot_be_reached_is_marked_and_a_reply_handed_over(
    make, say, deliver, platform, story, store, code
):
    contact = make.open_contact(make.customer())
    outbox_id = say(contact, Purpose.REPLY, fallback={"template": TEMPLATE, "task": BY_HAND})
    platform.answers.append(official_error(code))
    deliver(outbox_id)
    assert story(outbox_id)[0] == "handed_over"
    assert not _contact(store, contact).following


@pytest.mark.parametrize("code", [45002, 47001, 47003, 40037, 44004, 99999])
def test_refused_request_is_not_repeated_and_takes_the_next_rung(make, say, deliver, platform, story, store, code):
    contact = make.open_contact(make.customer(), left=2)
    outbox_id = say(contact, fallback={"template": TEMPLATE})
    platform.answers.append(official_error(code))
    deliver(outbox_id)
    assert [way for way, _, _ in platform.asked] == ["kf", "template"]
    assert story(outbox_id)[0] == "sent"
    assert _contact(store, contact).window_left == 2


@pytest.mark.parametrize(("code", "fate"), [(40125, "stopped"), (99999, "stopped"), (45009, "tomorrow"), (-1, "busy")])
def test_trouble_with_the_token_says_nothing_about_the_message(make, say, deliver, platform, story, code, fate):
    outbox_id = say(make.open_contact(make.customer()), fallback={"template": TEMPLATE})
    platform.answers.append(TokenError(codes.lookup(codes.OFFICIAL, code), "/cgi-bin/stable_token"))
    deliver(outbox_id)
    assert story(outbox_id) == ("waiting", [("sending", "kf", ""), ("waiting", "kf", fate)])


def test_member_gets_no_more_a_minute_than_the_platform_shows(make, db, say, deliver, platform, clock):
    manager = make.manager()
    rows = [say(manager, Purpose.STAFF, occasion=str(number)) for number in range(27)]
    for outbox_id in rows:
        deliver(outbox_id)
    assert len(platform.sent) == 25
    late = [row for row in db.scalars(select(Outbox)) if row.state is OutboxState.WAITING]
    assert {row.due_at for row in late} == {clock.now() + timedelta(minutes=1)}


def test_already_sent_is_sent(make, say, deliver, platform, story):
    outbox_id = say(make.contact(make.customer()), fallback={"template": TEMPLATE})
    platform.answers.append(official_error(45065))
    deliver(outbox_id)
    assert story(outbox_id)[0] == "sent"


def test_busy_platform_is_asked_four_times_then_the_next_rung(make, db, say, deliver, platform, story, clock, store):
    outbox_id = say(make.open_contact(make.customer()), fallback={"template": TEMPLATE})
    platform.answers.extend(official_error(-1) for _ in range(4))
    for _ in range(4):
        deliver(outbox_id)
        row = db.get_one(Outbox, outbox_id, populate_existing=True)
        if row.state is OutboxState.WAITING:
            clock.set(row.due_at)
            row.state = OutboxState.QUEUED
            db.commit()
    assert [way for way, _, _ in platform.asked] == ["kf"] * 4 + ["template"]
    assert story(outbox_id)[0] == "sent"


def test_unreachable_platform_is_asked_again_and_the_quota_kept(make, say, deliver, platform, story, store, clock):
    contact = make.open_contact(make.customer(), left=1)
    outbox_id = say(contact)
    platform.answers.append(Unreachable("no connection"))
    deliver(outbox_id)
    assert story(outbox_id) == ("waiting", [("sending", "kf", ""), ("waiting", "kf", "unreachable")])
    assert _contact(store, contact).window_left == 1
    assert _row(store, outbox_id).due_at == clock.now() + timedelta(seconds=20)


@pytest.mark.parametrize("notices", [0, 1])
def test_lost_answer_of_a_message_without_a_key_is_unknown_and_not_repeated(
    make, db, say, deliver, platform, story, notices
):
    contact = make.contact(make.customer()) if notices else make.open_contact(make.customer())
    _notices(db, contact, notices)
    outbox_id = say(contact, Purpose.CARE, fallback={"notice": NOTICE})
    platform.answers.append(OutcomeUnknown("timeout"))
    deliver(outbox_id)
    deliver(outbox_id)
    assert story(outbox_id)[0] == "unknown"
    assert len(platform.asked) == 1


@pytest.mark.parametrize("staff", [False, True])
def test_lost_answer_is_repeated_where_the_platform_knows_a_repeat(make, db, say, deliver, platform, story, staff):
    if staff:
        outbox_id = say(make.manager(), Purpose.STAFF)
    else:
        outbox_id = say(make.contact(make.customer()), fallback={"template": TEMPLATE})
    platform.answers.append(OutcomeUnknown("timeout"))
    deliver(outbox_id)
    row = db.get_one(Outbox, outbox_id, populate_existing=True)
    assert (row.state, row.reason) == (OutboxState.WAITING, "unknown")
    row.state = OutboxState.QUEUED
    db.commit()
    deliver(outbox_id)
    first, second = platform.asked
    assert first == second
    assert story(outbox_id)[0] == "sent"


def test_lost_answer_is_not_repeated_after_the_platform_forgot_the_key(make, db, say, deliver, platform, story, clock):
    outbox_id = say(make.contact(make.customer()), fallback={"template": TEMPLATE})
    platform.answers.extend([OutcomeUnknown("timeout"), OutcomeUnknown("timeout")])
    deliver(outbox_id)
    clock.advance(timedelta(minutes=10))
    db.get_one(Outbox, outbox_id, populate_existing=True).state = OutboxState.QUEUED
    db.commit()
    deliver(outbox_id)
    assert story(outbox_id)[0] == "unknown"


def test_member_outside_the_app_fails_with_its_reason(make, say, deliver, platform, story):
    outbox_id = say(make.manager(), Purpose.STAFF)
    platform.answers.append(wecom_error(50002))
    deliver(outbox_id)
    assert story(outbox_id) == (
        "failed",
        [("sending", "wecom", ""), ("failed", "wecom", "gone"), ("failed", "", "no_way_left")],
    )


# -- once -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in OutboxState if state is not OutboxState.QUEUED])
def test_only_queued_rows_are_sent(make, db, say, deliver, platform, state):
    outbox_id = say(make.open_contact(make.customer()))
    db.get_one(Outbox, outbox_id).state = state
    db.commit()
    deliver(outbox_id)
    assert platform.asked == []


def test_two_workers_with_the_same_row_send_it_once(make, say, store, clock, settings, book, platform):
    contact = make.open_contact(make.customer())
    outbox_id = say(contact)
    both = threading.Barrier(2)

    def work() -> None:
        with closing(BatchSender(Sender(store, clock, settings, book, platform), 1)) as worker:
            both.wait(10)
            worker.send([Order(outbox_id)])

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(platform.sent) == 1
    assert _contact(store, contact).window_left == 4


def test_last_message_of_the_window_is_taken_by_one_of_two_messages(make, say, deliver, platform, story):
    contact = make.open_contact(make.customer(), left=1)
    first = say(contact, fallback={"template": TEMPLATE})
    second = say(contact, occasion="2", fallback={"template": TEMPLATE})
    deliver(first)
    deliver(second)
    assert [way for way, _, _ in platform.sent] == ["kf", "template"]


def test_answer_that_comes_after_the_row_was_given_up_is_still_recorded(make, db, say, deliver, platform, story):
    outbox_id = say(make.open_contact(make.customer()))

    def give_up() -> None:
        db.get_one(Outbox, outbox_id, populate_existing=True).state = OutboxState.UNKNOWN
        db.commit()

    platform.answers.append(give_up)
    deliver(outbox_id)
    assert story(outbox_id)[0] == "sent"


def test_no_connection_is_held_while_the_platform_is_asked(make, say, deliver, platform, store):
    outbox_id = say(make.open_contact(make.customer()))
    held: list[int] = []
    before = store.engine.pool.checkedout()
    platform.answers.append(lambda: held.append(store.engine.pool.checkedout() - before))
    deliver(outbox_id)
    assert held == [0]


def test_own_error_puts_the_row_aside(make, say, sender, story, store, clock):
    outbox_id = say(make.open_contact(make.customer()))
    sender.postpone(outbox_id)
    assert story(outbox_id) == ("waiting", [("waiting", "", "error")])
    assert _row(store, outbox_id).due_at > clock.now()


def test_window_that_reopens_meanwhile_is_not_overfilled(make, db, say, deliver, platform, store, clock):
    contact = make.open_contact(make.customer(), left=5)
    outbox_id = say(contact)

    def message_comes() -> None:
        contact.window_until, contact.window_left = clock.now() + timedelta(hours=48), 5
        db.commit()
        raise Unreachable("no connection")

    platform.answers.append(message_comes)
    deliver(outbox_id)
    assert _contact(store, contact).window_left == 5


# -- long messages --------------------------------------------------------------------------------------------------


def test_long_answer_goes_out_whole_in_pieces_with_the_question_last(make, say, deliver, platform, store):
    contact = make.open_contact(make.customer())
    words = "".join(f"第{number}句话。" for number in range(250))
    question = Choices(words, (Option("1", "已解决"), Option("2", "没解决")))
    deliver(say(contact, part=question))
    parts = [part for _, _, part in platform.sent]
    assert len(parts) == 3
    assert "".join(part.content if isinstance(part, Text) else part.head for part in parts) == words
    assert isinstance(parts[-1], Choices)
    assert _contact(store, contact).window_left == 2


def test_trouble_after_the_first_piece_ends_the_message_there(make, say, deliver, platform, store, story):
    contact = make.open_contact(make.customer())
    outbox_id = say(contact, part=Text("好" * 1000))
    platform.answers.extend([None, official_error(45047)])
    deliver(outbox_id)
    assert story(outbox_id)[0] == "sent"
    assert len(platform.asked) == 2


@pytest.mark.parametrize("part", [Text("您好"), Text(""), Choices("", (Option("1", "好"),)), Card("t", "题", "文")])
def test_short_parts_stay_one(part):
    assert pieces(part) == [part]
