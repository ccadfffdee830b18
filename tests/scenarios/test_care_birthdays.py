"""Birthdays as the people see them: greeted at nine, once, by the best way there is, or left in peace with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.delivery import outbox
from bot.messages import Text
from bot.runtime.container import Services
from bot.store.models import Calendar, Complaint, ComplaintState, Consent, Purpose, Satisfaction, Task, TaskState
from scripts.simulator.testkit import World
from tests.scenarios.caring import CARE_NOTICE, comes, complaint_of, file_of, note, passes, recorded

EVE = "2026-11-21 20:00"
MORNING = "2026-11-22 07:30"
NINE = "2026-11-22 09:00"


@pytest.fixture
def writes(world: World) -> Callable[[str], None]:
    """Let 王总 write a word at a moment, which opens his window for 48 hours."""

    def write(moment: str) -> None:
        passes(world, moment)
        world.customer("王总").says("你好")
        world.customer("王总").sees("好")

    return write


def test_greeted_at_nine_once_in_an_open_window(world: World, writes: Callable[[str], None], truth: Session) -> None:
    wang = world.customer("王总")
    writes(EVE)
    comes(world, MORNING, "2026-11-22 08:59")
    wang.sees_nothing_else()
    comes(world, NINE)
    greeting = wang.sees(("王总", "生日快乐", "周敏"), kind="text")
    assert greeting["at"].startswith("2026-11-22T09:00")
    comes(world, "2026-11-22 09:01", "2026-11-22 19:59", "2026-11-23 10:00", "2026-11-25 10:00")
    wang.sees_nothing_else()
    assert recorded(truth, "birthday") == [("sent", "kf", "")]


def test_shut_window_but_accepted_notice(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    wang.accepts_notice(CARE_NOTICE)
    comes(world, MORNING, NINE)
    wang.sees(("王总", "生日快乐", "周敏", "2026年11月22日"), kind="notice")
    comes(world, "2026-11-22 12:00", "2026-11-23 12:00")
    wang.sees_nothing_else()
    assert recorded(truth, "birthday") == [("sent", "notice", "")]


def test_notice_taken_back_is_not_used(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    wang.accepts_notice(CARE_NOTICE)
    wang.withdraws_notice(CARE_NOTICE)
    comes(world, MORNING, NINE)
    wang.sees_nothing_else()
    assert recorded(truth, "birthday") == [("handed_over", "task", "")]


def test_neither_becomes_the_managers_task_with_the_words_ready(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    comes(world, MORNING, NINE)  # a Sunday, without a brief
    zhou.sees_card(("生日问候", "王总", "钻石", "生日快乐"))
    wang.sees_nothing_else()
    task = truth.scalars(select(Task).where(Task.rule == "birthday")).one()
    assert task.state is TaskState.OPEN
    zhou.taps("已完成")
    zhou.sees_button_done("周敏已完成 09:00")
    truth.expire_all()
    assert task.state is TaskState.DONE
    assert recorded(truth, "birthday") == [("handed_over", "task", "")]


def test_platform_that_says_the_window_is_shut_makes_a_task(
    world: World, writes: Callable[[str], None], truth: Session
) -> None:
    writes(EVE)
    comes(world, MORNING)
    world.simulator.fault("/cgi-bin/message/custom/send", errcode=45015)
    comes(world, NINE)
    world.manager("周敏").sees_card("生日问候")
    world.customer("王总").sees_nothing_else()
    assert recorded(truth, "birthday") == [("handed_over", "task", "")]


class TestLeftInPeace:
    """Somebody who should not be greeted is not, and the record says why; nobody else greets him by mistake."""

    def _nothing(self, world: World, truth: Session, reason: str) -> None:
        world.customer("王总").forgets()
        comes(world, MORNING, NINE, "2026-11-22 21:00", "2026-11-24 10:00")
        wang = world.customer("王总")
        assert not [one for one in wang.received if "生日" in str(one.get("content"))], wang.transcript
        assert truth.scalars(select(Task).where(Task.rule == "birthday")).all() == []
        assert [(state, why) for state, _, why in recorded(truth, "birthday")] == [("suppressed", reason)]

    def test_after_opting_out_by_word(self, world: World, writes: Callable[[str], None], truth: Session) -> None:
        writes(EVE)
        world.customer("王总").says("退订关怀")
        world.customer("王总").sees("不再给您发问候")
        self._nothing(world, truth, "opted_out")

    def test_without_consent_in_the_contract(self, world: World, services: Services, truth: Session) -> None:
        with services.store.begin() as db:
            wang = file_of(db, "王建国").id
            query = select(Consent).where(Consent.customer_id == wang, Consent.purpose == Purpose.CARE)
            db.scalars(query).one().granted = False
        self._nothing(world, truth, "opted_out")

    def test_in_mourning(self, world: World, writes: Callable[[str], None], services: Services, truth: Session) -> None:
        writes(EVE)
        note(services, "王建国", bereaved_until=date(2026, 11, 22))
        self._nothing(world, truth, "bereaved")

    def test_while_a_complaint_is_open(self, world: World, truth: Session) -> None:
        complaint_of(world.customer("王总"))
        self._nothing(world, truth, "complaint_open")

    def test_after_a_bad_rating(
        self, world: World, writes: Callable[[str], None], services: Services, truth: Session
    ) -> None:
        number = complaint_of(world.customer("王总"))
        with services.store.begin() as db:
            complaint = db.scalars(select(Complaint).where(Complaint.number == number)).one()
            complaint.state, complaint.closed_at = ComplaintState.CLOSED, services.clock.now()
            complaint.satisfaction = Satisfaction.BAD
        self._nothing(world, truth, "rated_badly")

    def test_after_leaving_only_the_manager_is_told(self, world: World, truth: Session) -> None:
        world.customer("王总").unfollows()
        comes(world, MORNING, NINE)
        assert recorded(truth, "birthday") == [("handed_over", "task", "")]
        assert not world.simulator.calls("/cgi-bin/message/custom/send")


def test_own_quiet_hours_move_it_to_their_end(
    world: World, writes: Callable[[str], None], services: Services, truth: Session
) -> None:
    wang = world.customer("王总")
    writes(EVE)
    note(services, "王建国", quiet_from="20:30", quiet_to="11:00")
    comes(world, MORNING, NINE)
    wang.sees_nothing_else()
    assert recorded(truth, "birthday") == [("waiting", "", "quiet_hours")]
    comes(world, "2026-11-22 11:00")
    wang.sees("生日快乐")
    wang.sees_nothing_else()


def test_quiet_all_day_is_skipped(world: World, services: Services, truth: Session) -> None:
    note(services, "王建国", quiet_from="07:00", quiet_to="20:30")
    comes(world, MORNING, NINE)
    assert recorded(truth, "birthday") == [("skipped", "", "quiet_too_long")]


def test_cap_stops_other_care_but_not_the_birthday(
    world: World, writes: Callable[[str], None], services: Services, truth: Session
) -> None:
    writes(EVE)
    for number in (1, 2, 3):
        with services.store.begin() as db:
            words, now = Text(f"第{number}条问候"), services.clock.now()
            wang = file_of(db, "王建国")
            outbox.enqueue(db, to=wang, purpose=Purpose.CARE, rule="hello", occasion=f"{number}", part=words, now=now)
        world.settle()
    assert recorded(truth, "hello") == [("sent", "kf", ""), ("sent", "kf", ""), ("suppressed", "", "frequency_cap")]
    comes(world, MORNING, NINE)
    world.customer("王总").sees("生日快乐")


@pytest.mark.parametrize(
    ("birthday", "day"),
    [
        pytest.param((Calendar.SOLAR, 2, 29, False), "2027-02-28", id="29 February in a common year"),
        pytest.param((Calendar.SOLAR, 2, 29, False), "2028-02-29", id="29 February in a leap year"),
        pytest.param((Calendar.LUNAR, 8, 15, False), "2027-09-15", id="lunar"),
        pytest.param((Calendar.LUNAR, 4, 8, True), "2027-05-13", id="lunar leap month in a year without it"),
        pytest.param((Calendar.LUNAR, 6, 8, True), "2025-08-01", id="lunar leap month in a year with it"),
        pytest.param((Calendar.LUNAR, 12, 30, False), "2027-02-05", id="lunar 30th in a month of 29 days"),
    ],
)
def test_calendars(
    world: World, services: Services, truth: Session, birthday: tuple[Calendar, int, int, bool], day: str
) -> None:
    calendar, month, number, leap = birthday
    facts = {"birthday_month": month, "birthday_day": number, "birthday_leap_month": leap}
    note(services, "王建国", birthday_calendar=calendar, **facts)
    before, after = (date.fromisoformat(day) + timedelta(days=step) for step in (-1, 1))
    passes(world, f"{before} 06:00")
    world.customer("王总").says("你好")
    comes(world, f"{before} 06:30", f"{before} 09:00")
    world.customer("王总").forgets()
    comes(world, f"{day} 07:30", f"{day} 09:00")
    world.customer("王总").sees("生日快乐")
    comes(world, f"{after} 09:00")
    world.customer("王总").sees_nothing_else()
    assert [state for state, _, _ in recorded(truth, "birthday", f"customer:{file_of(truth, '王建国').id}")] == ["sent"]


@pytest.mark.parametrize("back", ["2026-11-23 10:00", "2026-11-25 10:00"], ids=["one day", "three days"])
def test_down_over_the_day_greets_late_with_late_words(
    world: World, writes: Callable[[str], None], truth: Session, back: str
) -> None:
    wang = world.customer("王总")
    comes(world, "2026-11-20 18:00")
    world.customer("王总").forgets()
    writes(f"{back[:10]} 08:30")
    comes(world, back)
    wang.sees(("祝福来迟", "见谅"), kind="text")
    comes(world, f"{back[:10]} 12:00", "2026-11-26 09:00", "2026-11-28 09:00")
    wang.sees_nothing_else()
    assert recorded(truth, "birthday")[0] == ("sent", "kf", "")


def test_down_for_ten_days_records_what_is_too_late_to_say(
    world: World, writes: Callable[[str], None], truth: Session
) -> None:
    comes(world, "2026-11-20 18:00")
    world.customer("王总").forgets()
    writes("2026-11-30 08:30")
    comes(world, "2026-11-30 10:00", "2026-12-01 10:00")
    world.customer("王总").sees_nothing_else()
    customer = f"customer:{file_of(truth, '王建国').id}"
    assert recorded(truth, "birthday", customer) == [("skipped", "", "too_late")]
    sun = f"customer:{file_of(truth, '孙丽').id}"  # hers was two days ago: late words, but nobody can send them
    assert recorded(truth, "birthday", sun) == [("handed_over", "task", "")]
    world.manager("许静").sees_card(("生日", "迟到"))


def test_workers_down_on_the_day_are_made_up_for_the_next(
    world: World, writes: Callable[[str], None], truth: Session
) -> None:
    writes(EVE)
    comes(world, MORNING, "2026-11-23 10:00")
    world.customer("王总").sees(("祝福来迟", "王总"))
    comes(world, "2026-11-24 10:00")
    world.customer("王总").sees_nothing_else()
    assert recorded(truth, "birthday") == [("skipped", "", "expired"), ("sent", "kf", "")]
