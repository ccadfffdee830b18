"""Forms: asked step by step, corrected, taken back, left, timed out, and never losing what was said."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogue.dispatch import Dispatcher
from bot.dialogue.forms import CONFIRM, Form, Forms, Invalid
from bot.dialogue.router import Router
from bot.dialogue.sessions import FormState, Session
from bot.dialogue.turn import Turn
from bot.messages import Choices, Incoming, Kind, Media, Picture, Reply, Text
from bot.understanding import Unknown
from tests.auxil import turns
from tests.auxil.turns import NOW, words


class Repair(Form):
    """A form with a required choice, a checked phone, free words, pictures and a summary."""

    name = "repair"

    class Step(enum.StrEnum):
        WHAT = "what"
        PHONE = "phone"
        SINCE = "since"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        return f"请告诉我 {step.value}"

    def check(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        if not turn.text:
            raise Invalid("form.invalid.empty")
        if step is self.Step.PHONE and not (turn.text.isascii() and turn.text.isdigit() and len(turn.text) == 11):
            raise Invalid("form.invalid.phone")
        return turn.text

    def summary(self, turn: Turn, values: Mapping[str, Any]) -> str:
        return "；".join(f"{step.value}={values[step.value]}" for step in self.Step)

    def amend(self, turn: Turn, values: Mapping[str, Any]) -> dict[str, Any]:
        what, found, new = turn.text.partition("改成")
        return {**values, what: new} if found and what in values else dict(values)

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> str:
        return f"已登记 {values['what']} 图片{len(values.get('pictures', []))}"

    def accept_media(self, turn: Turn, values: dict[str, Any]) -> str | None:
        if turn.incoming.kind is not Kind.PICTURE or turn.incoming.media is None:
            return None
        values["pictures"] = [*values.get("pictures", []), turn.incoming.media.media_id]
        return "图片收到了"


class Note(Form):
    """The shortest form: one step, no summary."""

    name = "note"
    minutes = 5

    class Step(enum.StrEnum):
        TEXT = "text"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> Reply:
        return Reply.text("记什么？")

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> str:
        return f"记下了：{values['text']}"


class Talk:
    """One person's conversation with the forms; each message goes through the session's own JSON."""

    def __init__(self) -> None:
        self.router = Router()
        self.router.form(Repair)
        self.router.form(Note)
        self.router.empty(lambda say: say("form.invalid.empty"))
        self.router.kind(Kind.UNKNOWN)(lambda: "收到")
        self.router.understood(Unknown)(lambda: "不确定")
        self.dispatcher = Dispatcher(self.router)
        self.forms: Forms = self.dispatcher.forms
        self.now: datetime = NOW
        self.stored = ""

    @property
    def session(self) -> Session:
        return Session.parse(self.stored, self.now)

    @property
    def form(self) -> FormState:
        form = self.session.form
        assert form is not None
        return form

    def open(self, form: type[Form] = Repair, values: dict[str, Any] | None = None, lead: str = "") -> str:
        here = turns.turn("我要报修", forms=self.forms, session=self.session, now=self.now)
        reply = here.start(form, values, lead)
        self.stored = here.session.dump()
        return words(reply)

    def reply_to(self, message: Incoming | str) -> Reply:
        here = turns.turn(message, forms=self.forms, session=self.session, now=self.now)
        reply = self.dispatcher.answer(here)
        self.stored = here.session.dump()
        return reply

    def says(self, message: Incoming | str) -> str:
        return words(self.reply_to(message))


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.open()
    return talk


def to_summary(talk: Talk) -> str:
    talk.says("宽带断了")
    talk.says("13800138000")
    return talk.says("昨天")


# -- the straight way -------------------------------------------------------------------------------------------------


def test_it_asks_for_one_thing_after_the_other_and_sums_up(talk: Talk) -> None:
    assert "phone" in talk.says("宽带断了")
    assert "since" in talk.says("13800138000")
    assert "what=宽带断了；phone=13800138000；since=昨天" in talk.says("昨天")
    assert talk.form.step == CONFIRM


@pytest.mark.parametrize("yes", ["确认", "好的", "是的。", "没问题！", "OK", "1", "确认提交", "嗯嗯"])
def test_it_finishes_when_confirmed(talk: Talk, yes: str) -> None:
    to_summary(talk)
    assert talk.says(yes) == "已登记 宽带断了 图片0"
    assert talk.session.form is None


@pytest.mark.parametrize("choice_id", ["form:yes"])
def test_a_tap_confirms_too(talk: Talk, choice_id: str) -> None:
    to_summary(talk)
    assert "已登记" in talk.says(turns.incoming("确认提交", choice_id=choice_id))


def test_only_what_is_missing_is_asked(talk: Talk) -> None:
    assert "since" in talk.open(values={"what": "宽带断了", "phone": "13800138000"})


def test_a_form_with_nothing_missing_shows_the_summary_at_once(talk: Talk) -> None:
    said = talk.open(values={"what": "断了", "phone": "13800138000", "since": "昨天"}, lead="非常抱歉")
    assert said.startswith("非常抱歉\nwhat=断了")


def test_without_a_summary_it_finishes_with_the_last_answer(talk: Talk) -> None:
    assert talk.open(Note, lead="好的") == "好的\n记什么？"
    assert talk.says("周三上门") == "记下了：周三上门"
    assert talk.session.form is None


def test_a_new_form_takes_the_place_of_the_old(talk: Talk) -> None:
    talk.open(Note)
    assert talk.form.name == "note"


# -- corrections ------------------------------------------------------------------------------------------------------


def test_a_wrong_answer_is_asked_for_again(talk: Talk) -> None:
    talk.says("宽带断了")
    said = talk.says("一三八")
    assert "11位手机号" in said and "请告诉我 phone" in said
    assert talk.form.values == {"what": "宽带断了"}


def test_one_step_back_forgets_the_last_answer_only(talk: Talk) -> None:
    talk.says("宽带断了")
    talk.says("13800138000")
    assert "请告诉我 phone" in talk.says("上一步")
    assert talk.form.values == {"what": "宽带断了"}
    assert "请告诉我 what" in talk.says("返回")
    assert talk.form.values == {}


def test_there_is_nothing_before_the_first_step(talk: Talk) -> None:
    said = talk.says("上一步")
    assert "已经是第一步" in said and "请告诉我 what" in said


def test_what_was_known_before_is_not_taken_back(talk: Talk) -> None:
    talk.open(values={"phone": "13800138000"})
    assert "已经是第一步" in talk.says("上一步")
    assert talk.form.values == {"phone": "13800138000"}


def test_back_from_the_summary_asks_for_the_last_thing(talk: Talk) -> None:
    to_summary(talk)
    assert "请告诉我 since" in talk.says("上一步")
    assert talk.form.values == {"what": "宽带断了", "phone": "13800138000"}


def test_free_words_at_the_summary_change_it(talk: Talk) -> None:
    to_summary(talk)
    assert "what=电视黑屏" in talk.says("what改成电视黑屏")
    assert "已登记 电视黑屏" in talk.says("确认")


def test_words_it_does_not_understand_show_the_summary_again(talk: Talk) -> None:
    to_summary(talk)
    said = talk.says("今天天气不错")
    assert "what=宽带断了" in said
    assert talk.form.step == CONFIRM


def test_no_at_the_summary_asks_what_to_change(talk: Talk) -> None:
    to_summary(talk)
    assert "哪里要改" in talk.says("不对")
    assert talk.form.values["since"] == "昨天"


# -- pictures and other things ----------------------------------------------------------------------------------------


def test_a_picture_is_kept_and_the_question_asked_again(talk: Talk) -> None:
    said = talk.says(turns.picture("M1"))
    assert said == "图片收到了\n请告诉我 what"
    talk.says(turns.picture("M2"))
    assert talk.form.values == {"pictures": ["M1", "M2"]}


def test_a_picture_at_the_summary_is_kept_too(talk: Talk) -> None:
    to_summary(talk)
    assert "图片收到了" in talk.says(turns.picture())
    assert talk.says("确认") == "已登记 宽带断了 图片1"


@pytest.mark.parametrize("kind", [Kind.VOICE, Kind.VIDEO, Kind.LOCATION, Kind.LINK, Kind.STICKER, Kind.UNKNOWN])
def test_what_the_form_cannot_use_is_answered_with_the_question(talk: Talk, kind: Kind) -> None:
    said = talk.says(turns.incoming(kind=kind, media=Media(kind)))
    assert "打字" in said and "请告诉我 what" in said


def test_an_event_leaves_the_form_alone(talk: Talk) -> None:
    before = talk.form
    assert talk.reply_to(turns.incoming(kind=Kind.EVENT, event="location")) == Reply()
    assert talk.form == before


def test_a_menu_tap_is_answered_and_the_form_goes_on(talk: Talk) -> None:
    talk.router.intent("help")(lambda: "我能做这些")
    talk.says("宽带断了")
    said = talk.says(turns.incoming(kind=Kind.EVENT, event="click", event_key="intent:help"))
    assert said.startswith("我能做这些") and "请告诉我 phone" in said
    assert talk.form.values == {"what": "宽带断了"}


# -- leaving ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leave", ["取消", "退出", "算了", "算了吧", "不填了", "不办了"])
def test_it_can_be_left_at_every_step(talk: Talk, leave: str) -> None:
    for answers in ([], ["宽带断了"], ["宽带断了", "13800138000"], ["宽带断了", "13800138000", "昨天"]):
        talk.open()
        for answer in answers:
            talk.says(answer)
        assert "取消" in talk.says(leave)
        assert talk.session.form is None


def test_a_tap_on_cancel_leaves_it(talk: Talk) -> None:
    to_summary(talk)
    assert "已经取消" in talk.says(turns.incoming("取消", choice_id="form:cancel"))
    assert talk.session.form is None


def test_words_that_only_begin_like_cancel_are_an_answer(talk: Talk) -> None:
    talk.says("取消不了的套餐")
    assert talk.form.values == {"what": "取消不了的套餐"}


# -- time -------------------------------------------------------------------------------------------------------------


def test_running_out_of_time_is_told_with_the_next_message(talk: Talk) -> None:
    talk.says("宽带断了")
    talk.now += timedelta(minutes=Repair.minutes, seconds=1)
    assert "没填完" in talk.says("13800138000")
    assert talk.session.form is None
    assert "没填完" not in talk.says("你好")


def test_every_message_gives_the_whole_time_again(talk: Talk) -> None:
    for answer in ("宽带断了", "13800138000", "昨天"):
        talk.now += timedelta(minutes=Repair.minutes - 1)
        talk.says(answer)
    assert talk.form.step == CONFIRM
    assert talk.form.expires_at == talk.now + timedelta(minutes=Repair.minutes)


def test_the_time_is_the_forms_own(talk: Talk) -> None:
    talk.open(Note)
    talk.now += timedelta(minutes=Note.minutes, seconds=1)
    assert talk.session.form is None
    assert talk.session.expired_form == "note"


@pytest.mark.parametrize("reply", [Reply.text("好"), Reply((Choices("选一个", ()),)), Reply((Picture("M1"),))])
def test_the_time_limit_is_told_before_any_kind_of_reply(talk: Talk, reply: Reply) -> None:
    talk.router.results.clear()
    talk.router.understood(Unknown)(lambda: reply)
    talk.now += timedelta(hours=1)
    assert words(talk.reply_to("你好")).startswith("刚才的内容")


def test_a_form_the_program_no_longer_has_does_not_hold_the_person(talk: Talk) -> None:
    talk.stored = talk.stored.replace('"repair"', '"gone"')
    assert talk.says("你好") != ""
    assert not talk.forms.active(turns.turn("你好", session=talk.session, now=talk.now))


# -- any way people talk ----------------------------------------------------------------------------------------------

ANSWERS = st.one_of(
    st.sampled_from(
        ["宽带断了", "13800138000", "昨天", "不对", "what改成电视", "1", "2", "", " ", "第一个", "‮", "\x00"]
    ),
    st.text(max_size=20),
)
STEPS = st.one_of(
    st.tuples(st.just("words"), ANSWERS),
    st.tuples(st.just("back"), st.sampled_from(["上一步", "返回", "后退"])),
    st.tuples(st.just("picture"), st.sampled_from(["M1", "M2"])),
    st.tuples(st.just("thing"), st.sampled_from([Kind.VOICE, Kind.STICKER, Kind.LINK, Kind.UNKNOWN])),
    st.tuples(st.just("event"), st.sampled_from(["location", "view", "templatesendjobfinish"])),
    st.tuples(st.just("wait"), st.integers(1, 29)),
)


def act(talk: Talk, what: str, given: Any) -> Reply | None:
    """Do one step of a made-up conversation; None when nothing is said."""
    match what:
        case "words" | "back":
            return talk.reply_to(given)
        case "picture":
            return talk.reply_to(turns.picture(given))
        case "thing":
            return talk.reply_to(turns.incoming(kind=given, media=Media(given)))
        case "event":
            talk.reply_to(turns.incoming(kind=Kind.EVENT, event=given))
        case "wait":
            talk.now += timedelta(minutes=given)
    return None


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=15))
def test_no_conversation_raises_falls_silent_or_loses_what_was_said(steps: list[tuple[str, Any]]) -> None:
    """Time passes, but never long enough to run out: only 上一步 takes the last answer, only 取消 or the end all."""
    talk = Talk()
    talk.open()
    for what, told in steps:
        before = talk.session.form
        reply = act(talk, what, told)
        if reply is not None:
            assert words(reply).strip()
        after = talk.session.form
        if before is None or after is None:
            break
        lost = before.values.keys() - after.values.keys()
        assert lost == ({before.trail[-1]} if what == "back" and before.trail else set())
        kept = before.values.keys() & after.values.keys() - {"pictures"}
        changed = {name for name in kept if before.values[name] != after.values[name]}
        assert not changed or (before.step == CONFIRM and "改成" in str(told))
        assert after.values.get("pictures", [])[: len(before.values.get("pictures", []))] == before.values.get(
            "pictures", []
        )
        assert set(after.trail) <= after.values.keys()


@settings(max_examples=100, deadline=None)
@given(st.lists(STEPS, max_size=8))
def test_any_conversation_can_be_left_and_begun_again(steps: list[tuple[str, Any]]) -> None:
    talk = Talk()
    talk.open()
    for what, told in steps:
        act(talk, what, told)
    talk.says("取消")
    assert talk.session.form is None
    assert "请告诉我 what" in talk.open()


@given(st.text())
def test_a_session_survives_its_json_with_any_words_in_it(said: str) -> None:
    session = Session(form=FormState("repair", "phone", {"what": said}, ["what"], NOW + timedelta(minutes=5)))
    session.last, session.last_at, session.notes = said, NOW, {"topic": said}
    assert Session.parse(session.dump(), NOW) == (session if said else Session(form=session.form, notes=session.notes))


def test_a_reply_keeps_its_further_parts_behind_the_lead() -> None:
    talk = Talk()
    talk.open(Note)
    reply = talk.forms.ask_again(
        turns.turn("怎么办理？", forms=talk.forms, session=talk.session), Reply((Text("这样办理"), Text("还有")))
    )
    assert words(reply).startswith("这样办理")
