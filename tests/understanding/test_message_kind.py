"""The kinds of message: careful ones, insults, moods, wishes, complaints, and personal data sent by mistake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import Answer, Choices, Context, Intent, Understanding, Understood, kind_of
from bot.understanding.digits import is_bank_card, is_id_card
from bot.understanding.pii import mask, masked, only_masked, without_masked
from bot.understanding.tone import cross, wishes
from tests.conftest import KNOWLEDGE

ID, CARD = "110101199003071233", "6222021234567890128"


@pytest.fixture(scope="module")
def ask() -> Callable[[str], Understood]:
    """Ask the shipped pack."""
    engine = Understanding.load(KNOWLEDGE, "telecom")
    return lambda text: engine.understand(text, Context(date(2026, 11, 22)))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我真的不想活了", "self_harm"),
        ("再不给我修好我就從樓上跳樓", "self_harm"),
        ("信不信我带人砸了你们店", "threat"),
        ("哪里能赌球", "illegal"),
        ("帮我查下别人的通话记录", "illegal"),
        ("你们这群傻逼", "abuse"),
        ("滚！！！", "abuse"),
        ("垃圾公司", "abuse"),
    ],
)
def test_words_that_need_care(ask: Callable[[str], Understood], text: str, kind: str) -> None:
    found = ask(text)
    assert isinstance(found, Intent), found
    assert (found.name, found.slots["kind"]) == ("careful", kind)


@pytest.mark.parametrize(
    "text",
    [
        "收到赌博短信怎么举报",
        "手机跳楼价是真的吗",
        "想死你们了",
        "垃圾短信怎么拦截",
        "我想换一张托收的银行卡",
        "骗子电话怎么屏蔽",
    ],
)
def test_words_that_only_sound_so(ask: Callable[[str], Understood], text: str) -> None:
    found = ask(text)
    assert not (isinstance(found, Intent) and found.name == "careful"), found


def test_an_insult_with_a_matter_is_heard_on_the_matter(ask: Callable[[str], Understood]) -> None:
    assert kind_of(ask("你们这群骗子又乱扣我话费，赶紧退钱")) == "complaint"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("会员怎么就被取消了，太过分了", "complaint"),
        ("钱交了还把我号停了", "complaint"),
        ("家里网络老是掉线", "complaint"),
        ("卡被你们锁了，快点给我解开", "complaint"),
        ("到底有没有人处理啊", "urge"),
        ("怎么查流量", "question"),
        ("帮我办个59的套餐", "request"),
        ("小周服务特别好，表扬一下", "praise"),
        ("讲个笑话", "chat"),
        ("帮我找客户经理", "request"),
        ("滚", "abuse"),
        ("我不想活了", "sensitive"),
    ],
)
def test_kinds(ask: Callable[[str], Understood], text: str, kind: str) -> None:
    assert kind_of(ask(text)) == kind


def test_a_cross_question_stays_a_question_that_is_soothed(ask: Callable[[str], Understood]) -> None:
    found = ask("气死我了话费怎么查")
    assert isinstance(found, Answer | Choices)
    assert found.soothe
    calm = ask("话费怎么查")
    assert isinstance(calm, Answer)
    assert not calm.soothe


@pytest.mark.parametrize("text", ["鲸鱼", "苹果树", "马拉松"])
def test_a_strange_word_is_no_small_talk(ask: Callable[[str], Understood], text: str) -> None:
    assert not isinstance(ask(text), Intent)


@pytest.mark.parametrize(("text", "angry"), [("气死我了", True), ("垃圾短信怎么拦", False), ("怎么查话费", False)])
def test_cross(text: str, angry: bool) -> None:
    assert cross(text) is angry


@pytest.mark.parametrize(
    ("text", "wish"), [("帮我取消彩铃", True), ("我要办宽带", True), ("怎么取消彩铃", False), ("能帮我取消吗", False)]
)
def test_wishes(text: str, wish: bool) -> None:
    assert wishes(text) is wish


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"身份证{ID}", "身份证******"),
        ("身份证１１０１０１１９９００３０７１２３３", "身份证******"),
        (f"卡号{CARD}。", "卡号****0128。"),
        ("6222-0212 3456 7890 128", "****0128"),
        ("密码：abc123", "密码：******"),
        ("密码6位数忘了", "密码6位数忘了"),
        ("打13800131001", "打13800131001"),
        ("订单20261122000123456789", "订单20261122000123456789"),
        ("110101199003071234", "******"),
        ("110101199013071233", "110101199013071233"),
    ],
)
def test_what_is_hidden(text: str, kept: str) -> None:
    assert mask(text) == kept
    assert mask(kept) == kept


def test_what_is_hidden_is_known_to_be() -> None:
    text = mask(f"我的身份证{ID}帮我查话费")
    assert masked(text)
    assert not only_masked(text)
    assert without_masked(text).strip() == "帮我查话费"
    assert only_masked(mask(f"我的卡号是{CARD}"))


@given(st.from_regex(r"[1-9][0-9]{16}", fullmatch=True))
def test_one_check_character_at_most_fits(number: str) -> None:
    assert sum(is_id_card(number + last) for last in "0123456789X") <= 1


@given(st.from_regex(r"[3-6][0-9]{14,17}", fullmatch=True))
def test_one_last_digit_makes_a_card(number: str) -> None:
    assert sum(is_bank_card(number + last) for last in "0123456789") == 1
