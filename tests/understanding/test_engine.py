"""What a message comes to: answer, choices, intent, or an honest "not known"."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import Answer, Choices, Context, Intent, Understanding, Unknown

ANSWERED = [
    ("怎么扫码开锁", "entry:bike-unlock"),
    ("扫码打不開鎖怎麼辦", "entry:bike-unlock"),
    ("押金多久能退回来", "entry:bike-deposit"),
    ("月卡怎么取消", "product:card-month:取消方式"),
    ("年卡多少钱", "product:card-year:价格"),
    ("畅骑年卡", "product:card-year:介绍"),
    ("一百二十八的能用多久", "product:card-year:有效期"),
]


@pytest.mark.parametrize(("text", "item"), ANSWERED)
def test_a_question_it_knows_is_answered(bikes: Understanding, spring: Context, text: str, item: str) -> None:
    understood = bikes.understand(text, spring)
    assert isinstance(understood, Answer)
    assert understood.entry_id == item


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("你好", "greet"),
        ("谢谢 再见", "thanks"),
        ("转人工", "manager.talk"),
        ("我的投诉怎么样了", "complaint.progress"),
        ("我要投诉", "complaint.file"),
        ("车又坏了，烦死了，再不修我换别家了", "complaint.file"),
        ("催一下", "urge"),
        ("今天天气真好", "smalltalk"),
    ],
)
def test_other_kinds_of_message_are_intents(bikes: Understanding, spring: Context, text: str, name: str) -> None:
    understood = bikes.understand(text, spring)
    assert isinstance(understood, Intent)
    assert understood.name == name


def test_small_talk_brings_its_reply(bikes: Understanding, spring: Context) -> None:
    understood = bikes.understand("天气真好啊", spring)
    assert isinstance(understood, Intent)
    assert understood.slots == {"id": "chat-weather", "text": "出门前看看天气，您多保重。"}


def test_a_complaint_names_its_category_and_asks_for_kindness(bikes: Understanding, spring: Context) -> None:
    understood = bikes.understand("车老坏，气死我了", spring)
    assert isinstance(understood, Intent)
    assert understood.slots == {"category": "bike"}
    assert understood.soothe


@pytest.mark.parametrize("text", ["扫码打不开锁怎么办", "押金怎么还没退回来", "怎么还车"])
def test_a_question_with_an_angry_word_stays_a_question(bikes: Understanding, spring: Context, text: str) -> None:
    assert isinstance(bikes.understand(text, spring), Answer)


@pytest.mark.parametrize("text", ["红烧肉怎么做", "世界杯谁赢了", "帮我写首诗"])
def test_what_it_does_not_know_is_not_answered(bikes: Understanding, spring: Context, text: str) -> None:
    assert not isinstance(bikes.understand(text, spring), Answer)


@pytest.mark.parametrize("text", ["", "   ", "😭😭😭", "[微笑]", "？！。。。", "\n\t"])
def test_a_message_without_words_is_unknown(bikes: Understanding, spring: Context, text: str) -> None:
    assert bikes.understand(text, spring) == Unknown("empty", (), None)


@given(st.one_of(st.text(max_size=300), st.text(alphabet="月卡年怎么取消押金退 ，。？车坏了1元", max_size=60)))
def test_no_text_ever_raises(bikes: Understanding, text: str) -> None:
    assert isinstance(bikes.understand(text, Context(date(2026, 4, 1), {})), Answer | Choices | Intent | Unknown)


def test_a_very_long_message_is_cut_first(bikes: Understanding, spring: Context) -> None:
    understood = bikes.understand("月卡怎么取消" * 1700, spring)
    assert understood == bikes.understand("月卡怎么取消" * 1000, spring)


def test_a_bare_family_word_is_asked_back(bikes: Understanding, spring: Context) -> None:
    understood = bikes.understand("骑行的那个畅骑卡", spring)
    assert isinstance(understood, Choices)
    assert 2 <= len(understood.options) <= 3
    assert all(len(option.label) <= 20 for option in understood.options)
    assert understood.question


def test_a_choice_can_be_answered(bikes: Understanding, spring: Context) -> None:
    understood = bikes.understand("骑行的那个畅骑卡", spring)
    assert isinstance(understood, Choices)
    answers = [bikes.answer(option.id, spring) for option in understood.options]
    assert all(
        answer and answer.entry_id == option.id for answer, option in zip(answers, understood.options, strict=True)
    )


def test_an_unknown_choice_has_no_answer(bikes: Understanding, spring: Context) -> None:
    assert bikes.answer("entry:gone", spring) is None
    assert bikes.answer("product:card-month:有效期", spring) is None
    assert bikes.answer("nonsense", spring) is None


def test_both_questions_of_a_message_are_answered(bikes: Understanding, spring: Context) -> None:
    understood = bikes.understand("月卡多少钱，怎么取消", spring)
    assert isinstance(understood, Answer)
    given = {understood.entry_id, *(each.entry_id for each in understood.more)}
    assert given == {"product:card-month:价格", "product:card-month:取消方式"}


def test_placeholders_are_filled_and_the_rest_is_left(bikes: Understanding, spring: Context) -> None:
    pack = bikes.answer("entry:bike-unlock", spring)
    branch = bikes.answer("entry:bike-unlock", replace(spring, placeholders={"hotline": "95000"}))
    rest = bikes.answer("bike-return", spring)
    assert pack and pack.text.endswith("请拨服务热线。")
    assert branch and branch.text.endswith("请拨95000。")
    assert rest and "{{customer}}" in rest.text
    assert rest.link and rest.link.url == "https://example.com/map"


def test_an_expired_answer_stops_by_itself(bikes: Understanding) -> None:
    asked = "春天骑行活动怎么报名"
    in_time = bikes.understand(asked, Context(date(2026, 5, 31), {}))
    too_late = bikes.understand(asked, Context(date(2026, 6, 1), {}))
    assert isinstance(in_time, Answer)
    assert not isinstance(too_late, Answer)
    assert bikes.answer("entry:bike-spring", Context(date(2026, 2, 1), {})) is None


def test_a_follow_up_is_about_the_product_answered_last(bikes: Understanding, spring: Context) -> None:
    after = replace(spring, last="product:card-year:介绍")
    understood = bikes.understand("那多少钱", after)
    assert isinstance(understood, Answer)
    assert understood.entry_id == "product:card-year:价格"


def test_a_follow_up_that_names_another_product_changes_the_subject(bikes: Understanding, spring: Context) -> None:
    understood = bikes.understand("月卡多少钱", replace(spring, last="product:card-year:介绍"))
    assert isinstance(understood, Answer)
    assert understood.entry_id == "product:card-month:价格"


def test_the_cache_does_not_mix_contexts(bikes: Understanding, spring: Context) -> None:
    before = bikes.understand("多少钱", spring)
    after = bikes.understand("多少钱", replace(spring, last="product:card-year:介绍"))
    again = bikes.understand("多少钱", spring)
    assert isinstance(after, Answer)
    assert before == again != after


@pytest.mark.parametrize("asked", ["怎么扫码开锁", "电费怎么交"])
def test_words_remembered_are_told_to_each_with_his_own_facts(
    bikes: Understanding, spring: Context, asked: str
) -> None:
    ours = bikes.understand(asked, replace(spring, placeholders={"hotline": "95000"}))
    theirs = bikes.understand(asked, replace(spring, placeholders={"hotline": "96000"}))
    assert "95000" in str(ours) and "96000" not in str(ours)
    assert "96000" in str(theirs) and "95000" not in str(theirs)


def test_words_remembered_are_judged_by_each_day(bikes: Understanding) -> None:
    asked = "春天骑行活动怎么报名呢"
    late, early = Context(date(2026, 6, 1), {}), Context(date(2026, 5, 31), {})
    first, between, last = (bikes.understand(asked, day) for day in (late, early, late))
    assert isinstance(between, Answer)
    assert first == last != between


def test_unknown_names_the_business_that_may_know(bikes: Understanding, spring: Context) -> None:
    understood = bikes.understand("退还的时候客服说的那个押什么在线核对单", spring)
    assert isinstance(understood, Unknown | Choices)
    if isinstance(understood, Unknown):
        assert understood.category in {"用车", "押金", "骑行卡", "活动"}


@pytest.mark.parametrize("text", ["电费怎么交", "我的驾照快过期了怎么换"])
def test_what_other_people_see_to_is_told_honestly(bikes: Understanding, spring: Context, text: str) -> None:
    assert bikes.understand(text, spring) == Unknown("not_ours", (), None, "这件事我们办不了，请打服务热线转接。")


@pytest.mark.parametrize("text", ["押金多久能退回来", "骑车要驾照吗"])
def test_a_word_of_ours_is_not_other_peoples(bikes: Understanding, spring: Context, text: str) -> None:
    understood = bikes.understand(text, spring)
    assert not (isinstance(understood, Unknown) and understood.reason == "not_ours")


def test_explaining_tells_what_was_decided(bikes: Understanding, spring: Context) -> None:
    explanation = bikes.explain("請問月卡怎麼取消？", spring)
    assert explanation.normalised == "月卡怎么取消"
    assert explanation.band == "answer"
    assert explanation.outcome == bikes.understand("請問月卡怎麼取消？", spring)
    assert explanation.candidates[0].id == "product:card-month:取消方式"
    assert explanation.candidates[0].features["exact"] == 1.0


def test_the_same_files_make_the_same_version_and_answers(bikes: Understanding, pack_folder, spring: Context) -> None:
    again = Understanding.load(pack_folder(), "bikes")
    assert again.version == bikes.version
    assert [again.understand(text, spring) for text, _ in ANSWERED] == [
        bikes.understand(text, spring) for text, _ in ANSWERED
    ]


def test_a_changed_answer_changes_the_version(bikes: Understanding, pack_folder) -> None:
    changed = pack_folder(common__smalltalk="- {id: chat-weather, ask: [天气], answer: 晴}\n")
    assert Understanding.load(changed, "bikes").version != bikes.version


def test_threads_share_it(bikes: Understanding, spring: Context) -> None:
    texts = [text for text, _ in ANSWERED] * 20
    alone = [bikes.understand(text, spring) for text in texts]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda text: bikes.understand(text, spring), texts))
    assert together == alone
