"""Return visits: on the third day after a complaint closed, 满意, 一般 or 不满意, by tap or by word."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.models import Complaint, ComplaintState, Satisfaction, Task
from scripts.simulator.testkit import World
from tests.scenarios.caring import answered, comes, complaint_of, passes, recorded

ASKED = "2026-11-23 10:00"


@pytest.fixture
def closed(world: World) -> str:
    """王总 complained on the 20th, 周敏 answered, he said it is solved; give the number."""
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = complaint_of(wang)
    zhou.sees_card(number)
    answered(zhou, "师傅已经上门换了光猫")
    wang.sees(("师傅已经上门换了光猫", "解决了吗"))
    wang.taps("已解决")
    wang.sees("办结")
    wang.forgets()
    zhou.forgets()
    return number


@pytest.fixture
def asked(world: World, closed: str) -> str:
    """The third day has come and he has been asked; his window is open."""
    passes(world, "2026-11-22 12:00")
    world.customer("王总").says("你好")
    comes(world, "2026-11-23 08:00", "2026-11-23 09:59")
    world.customer("王总").forgets()
    world.manager("周敏").forgets()
    comes(world, ASKED)
    world.customer("王总").sees((closed, "满意吗", "满意", "一般", "不满意"), kind="msgmenu")
    return closed


@pytest.fixture
def complaint(truth: Session, asked: str) -> Callable[[], Complaint]:
    """Read the complaint as it is now."""

    def read() -> Complaint:
        truth.rollback()
        truth.expire_all()
        return truth.scalars(select(Complaint).where(Complaint.number == asked)).one()

    return read


Read = Callable[[], Complaint]


def _answers(world: World, how: str, answer: str) -> None:
    wang = world.customer("王总")
    if how == "taps":
        wang.taps(answer)
    else:
        wang.says({"types": answer, "counts": str(("满意", "一般", "不满意").index(answer) + 1)}[how])


class TestAnswers:
    @pytest.mark.parametrize("how", ["taps", "types", "counts"])
    def test_content(self, world: World, complaint: Read, how: str) -> None:
        _answers(world, how, "满意")
        world.customer("王总").sees("谢谢您的认可")
        world.manager("周敏").sees("满意")
        assert (complaint().satisfaction, complaint().state) == (Satisfaction.GOOD, ComplaintState.CLOSED)
        world.nobody_sees_anything_else()

    @pytest.mark.parametrize("how", ["taps", "types"])
    def test_so_so_is_asked_why(self, world: World, complaint: Read, how: str) -> None:
        wang = world.customer("王总")
        _answers(world, how, "一般")
        wang.sees("哪里还可以做得更好")
        wang.says("来得有点慢")
        wang.sees("记下了")
        world.manager("周敏").sees(("一般", "来得有点慢"))
        assert (complaint().satisfaction, complaint().satisfaction_reason) == (Satisfaction.FAIR, "来得有点慢")
        assert complaint().state is ComplaintState.CLOSED

    @pytest.mark.parametrize("how", ["taps", "counts"])
    def test_not_content_goes_one_level_up(self, world: World, complaint: Read, truth: Session, how: str) -> None:
        wang = world.customer("王总")
        _answers(world, how, "不满意")
        wang.sees(("对不起", "重新打开", "主管", "哪里不满意"))
        world.manager("何建华").sees_card("重开投诉")
        world.manager("周敏").sees_card("重开投诉")
        wang.says("还是老样子，一到晚上就掉线")
        wang.sees("记下了")
        world.manager("周敏").sees("一到晚上就掉线")
        assert (complaint().satisfaction, complaint().state) == (Satisfaction.BAD, ComplaintState.REOPENED)
        assert len(truth.scalars(select(Task).where(Task.rule == "rated_badly")).all()) == 1


def test_reason_in_the_same_breath_is_kept_without_asking(world: World, complaint: Read) -> None:
    wang = world.customer("王总")
    wang.says("不满意，师傅态度很差")
    wang.sees(("重新打开", "记下了"))
    assert complaint().satisfaction_reason == "师傅态度很差"


def test_a_bad_answer_with_its_reason_is_one_card(world: World, asked: str) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    wang.says("不满意，来得太慢")
    zhou.sees_card(("重开投诉", "客户说：来得太慢", "由客户经理周敏跟进"))
    zhou.sees_nothing_else()


def test_second_answer_changes_nothing(world: World, complaint: Read) -> None:
    wang = world.customer("王总")
    wang.taps("满意")
    wang.sees("谢谢您的认可")
    wang.taps("不满意")
    wang.sees("已经评价过了")
    assert complaint().satisfaction is Satisfaction.GOOD


def test_word_means_nothing_special_when_nobody_asked(world: World) -> None:
    wang = world.customer("王总")
    wang.says("满意")
    assert "认可" not in wang.received[-1]["content"]


def test_closed_again_is_asked_again_and_heard_again(world: World, complaint: Read, asked: str, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    wang.taps("不满意")
    wang.says("还是掉线")
    zhou.sees_card("重开投诉")
    answered(zhou, "已经换了新线路")
    wang.sees("已经换了新线路")
    wang.says("已解决")
    wang.sees("办结")
    comes(world, "2026-11-26 09:59")
    wang.forgets()
    comes(world, "2026-11-26 10:00")
    wang.sees((asked, "请您评价"), kind="template")  # more than two days after his last word
    wang.says("满意")
    wang.sees("谢谢您的认可")
    assert (complaint().satisfaction, complaint().state) == (Satisfaction.GOOD, ComplaintState.CLOSED)
    assert len(recorded(truth, "return_visit")) == 2


def test_shut_window_asks_by_template_and_words_answer_it(world: World, closed: str, truth: Session) -> None:
    wang = world.customer("王总")
    comes(world, "2026-11-23 09:00")
    wang.forgets()
    comes(world, ASKED)
    wang.sees((closed, "请您评价", "回复：满意、一般或不满意", "周敏"), kind="template")
    wang.says("不太满意")
    wang.sees("重新打开")
    assert recorded(truth, "return_visit") == [("sent", "template", "")]


def test_asked_once_however_often_the_clock_strikes(world: World, asked: str, truth: Session) -> None:
    comes(world, "2026-11-23 10:01", "2026-11-24 10:00", "2026-11-25 10:00", "2026-11-30 10:00")
    asked_for = [one for one in world.customer("王总").received if "满意吗" in str(one.get("head"))]
    assert len(asked_for) == 1
    assert recorded(truth, "return_visit") == [("sent", "kf", "")]


@pytest.mark.parametrize(
    ("back", "row"),
    [("2026-11-24 10:30", ("sent", "kf", "")), ("2026-12-03 10:30", ("skipped", "", "too_late"))],
    ids=["one day", "ten days"],
)
def test_after_a_downtime_asked_late_or_not_at_all(
    world: World, closed: str, truth: Session, back: str, row: tuple[str, str, str]
) -> None:
    wang = world.customer("王总")
    passes(world, f"{back[:10]} 08:30")
    wang.says("你好")
    wang.forgets()
    comes(world, back)
    if row[0] == "sent":
        wang.sees(("回访晚了", closed), kind="msgmenu")
    assert recorded(truth, "return_visit") == [row]
