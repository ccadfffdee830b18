"""Danger to life, fraud going on and money being lost are heard like despair: first, alone, anywhere, and by people.

The phrases of the stranger who found it are here; many more are in `tests/data/safety`.
"""

from __future__ import annotations

from datetime import date

import pytest
import yaml
from sqlalchemy import func, select

from bot.knowledge.pack import Careful
from bot.knowledge.texts import Texts
from bot.store.models import Task, Unanswered
from bot.understanding import Answer, Choices, Context, Intent, Understanding
from bot.understanding.safety import ALARMING, QUOTED, Watch
from tests.auxil.patterns import slowest
from tests.auxil.safety_phrases import DATA, LONG, alarming, phrases
from tests.conftest import KNOWLEDGE
from tests.handlers.conftest import clock, pack, people, phone, pipeline
from tests.handlers.talk import read_by

__all__ = ["clock", "pack", "people", "phone", "pipeline"]

CONTEXT = Context(date(2026, 11, 20))
FOUND = [
    ("厨房里一股没气味 头好晕 阀门关不上 咋整", "life"),
    ("有个自称公安的说我洗黑钱 叫我把钱转到安全帐户 电话还没挂 我转不转", "fraud"),
    ("我银行卡丢在出租车上了 短信一直在响在扣钱 急死了", "loss"),
    ("药我都买好了 一整瓶 今晚就吃 你们不用再给我打回访电话了", "self_harm"),
    (f"{LONG}我把后事都写在纸上了 压在电视柜下面 今天晚上我就走了 谢谢你们", "self_harm"),
    ("就现在 插座冒烟了 窗帘烧起来了", "life"),
    (f"{LONG}要我下载一个会议软件共享屏幕配合检查 我钱已经点到转账那一步了 要不要按啊", "fraud"),
    ("老头子倒在地上叫不醒了 嘴都乌了 你们能帮我喊个车不", "life"),
]
CALM = [
    "笑死",
    "急死了",
    "网慢得要命",
    "气得想砸路由器",
    "怎么防诈骗",
    "煤气费怎么交",
    "挂失要多少钱",
    "银行卡丢了怎么补办",
    "出租车上能用银行卡扫码吗",
    "等得我嗓子冒烟",
    "叫了三次师傅都没动静",
    "营业厅里还有人在里面排队",
    "手机偷偷扣费 一直在扣",
]
NOT_YET = {
    "给儿子的红包都包到十八岁了 剩下的交给你们了 再见",
    "他冒充我领导 让我给客户垫八万 我正准备打",
    "手机让人顺走了 微信显示在外地登录还转了钱",
    "我不打算过完这个年了 该还的都还了 你们别费心了",
    "药片我一颗颗剥好放碗里了 喝口水的事",
    "钱包被抢了 人跑了 卡里有钱",
    "刚给一个投资老师转了五万 他现在不回我了",
}
"""Of the lists: not heard yet."""

FIRST = {"life": "119", "fraud": "先别转账", "loss": "挂失手机卡", "self_harm": "心理援助热线"}
GENERAL = {
    "auto": ["车底电池冒烟了要怎么做", "有人冒充你们让我转账", "自称4s店要我打款是骗子不"],
    "bank": ["我好像上当刚打出去好几万", "对方叫我报短信里那六位数"],
    "retail": [],
    "telecom": ["刚有个人说给我升级要我念短信数字靠谱吗", "刚把短信里那串数字念给对方了咋办"],
    "tobacco": ["有人冒充烟草局让我转钱"],
}
"""Of the questions kept for measuring, those that alarm: it smokes, somebody asks for money or a code, or has it."""


@pytest.fixture(scope="module")
def telecom() -> Understanding:
    return Understanding.load(KNOWLEDGE, "telecom")


def kind_of(understanding: Understanding, text: str) -> str:
    """Return what of an alarm is heard, if any."""
    found = understanding.careful(text)
    return found.slots["kind"] if found and found.slots["kind"] in ALARMING else ""


@pytest.mark.parametrize(("text", "kind"), [*FOUND, *(pair for pair in alarming() if pair[0] not in NOT_YET)])
def test_it_is_heard(telecom: Understanding, text: str, kind: str) -> None:
    assert kind_of(telecom, text) == kind
    assert isinstance(telecom.understand(text, CONTEXT), Intent)


@pytest.mark.parametrize("text", [*CALM, *phrases("calm")])
def test_calm_questions_and_figures_of_speech_alarm_nobody(telecom: Understanding, text: str) -> None:
    assert kind_of(telecom, text) == ""


@pytest.mark.parametrize("pack_name", GENERAL)
def test_questions_kept_for_measuring_alarm_nobody(pack_name: str) -> None:
    understanding = Understanding.load(KNOWLEDGE, pack_name)
    rows = yaml.load((DATA.parent / f"{pack_name}_heldout.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    texts = [row["text"] for row in rows]
    assert len(texts) > 100
    assert [text for text in texts if kind_of(understanding, text)] == GENERAL[pack_name]


def test_a_general_question_is_answered_and_a_live_one_alarms(telecom: Understanding) -> None:
    asked = "有人要我验证码可以给吗"
    assert isinstance(telecom.understand(asked, CONTEXT), Answer | Choices)
    assert kind_of(telecom, f"{asked} 他还在电话里催") == "fraud"


def test_signs_stand_near_each_other_and_what_excuses_them_too() -> None:
    watch = Watch([Careful("life", (), signs=(("插座|路由器",), ("冒烟", "火…起来")), unless=("去年",))])
    assert watch.kind("路由器冒烟") == "life"
    assert watch.kind("火烧起来了在插座那") == "life"
    assert watch.kind("插座") == ""
    assert watch.kind("插座" + "字" * 60 + "冒烟") == ""
    assert watch.kind("去年插座冒烟") == ""
    assert watch.kind("去年" + "字" * 60 + "插座冒烟") == "life"


@pytest.mark.parametrize(
    "token", ["药", "卡丢", "他让我", "插座", "冒烟", "煤气", "我妈", "验证码", "刚转", "安全账户", "银行卡"]
)
def test_listening_takes_time_that_grows_with_the_text(telecom: Understanding, token: str) -> None:
    assert slowest(telecom.careful, [token]) == ""


@pytest.mark.parametrize(("text", "kind"), FOUND)
def test_the_reply_is_short_and_both_hear_of_it_at_once(phone, db, people, store, text: str, kind: str) -> None:
    said = phone.says(text)
    assert FIRST[kind] in said
    assert "王芳" in said
    assert len(said) < 140
    task = db.scalars(select(Task)).one()
    assert (task.rule, task.manager_id) == ("alarm", people.manager.id)
    for one in (people.manager, people.supervisor):
        assert text[-8:] in read_by(store, f"manager:{one.id}")
    assert db.scalar(select(func.count(Unanswered.id))) == 0


def test_of_a_long_message_the_place_is_shown_first(phone, db) -> None:
    phone.says(FOUND[4][0])
    text = db.scalars(select(Task.text)).one()
    assert "我把后事" in text[: QUOTED + 40]
    assert LONG[:100] in text


@pytest.mark.parametrize("text", ["就现在 插座冒烟了 窗帘烧起来了", "从上礼拜 我撑不下去了 现在站在楼顶 风好大"])
def test_within_a_form_it_is_answered_alone_and_the_form_waits(phone, text: str) -> None:
    assert "从什么时候开始" in phone.says("网速太慢，我要投诉")
    said = phone.says(text)
    assert "我已告诉王芳" in said
    assert "接着刚才的" not in said
    assert "什么时候" not in said
    assert "跳过" not in said
    assert "记得对不对" in phone.says("昨天晚上")


def test_each_trade_says_whom_to_call_for_a_lost_card() -> None:
    assert "挂失电话" in Texts.load(KNOWLEDGE, "bank").fill(
        "careful.loss", {"manager": "王芳", "lost_hotline": "挂失电话"}
    )
    assert "客服热线" in Texts.load(KNOWLEDGE, "telecom").fill(
        "careful.loss", {"manager": "王芳", "hotline": "客服热线"}
    )
