"""What a draft would break is told before it breaks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.knowledge.content_rules import rules_in, rules_of
from bot.learning.draft_impact import check, contradict, good_questions
from bot.learning.live_entries import as_entry
from bot.learning.paraphrases import LONGEST, padded, suggest
from bot.messages import Channel
from bot.store.models import Inbound, InboundState, LiveEntry
from bot.understanding import Understanding
from tests.auxil.factories import Factory

TODAY = date(2026, 4, 1)


def entry(question: str, answer: str, *variants: str, key: str = "new") -> LiveEntry:
    return LiveEntry(pack="bikes", key=key, category="用车", question=question, variants=list(variants), answer=answer)


def test_a_new_question_breaks_nothing(bikes: Understanding) -> None:
    found = check(bikes, entry("可以带猫骑车吗", "可以，请用猫包。", "带猫能骑吗", "车筐放猫行吗"), today=TODAY)
    assert found.fine
    assert found.asked > 40


def test_a_wording_that_takes_over_another_entrys_question_is_told(bikes: Understanding) -> None:
    found = check(bikes, entry("押金几天到账", "一般五个工作日原路退回。", "退押金要多久"), today=TODAY)
    near = found.near[0]
    assert (near.item, near.title, near.contradicts) == ("entry:bike-deposit", "押金什么时候退", True)
    assert not found.forbidden
    assert not found.fine


def test_a_new_form_of_an_entry_is_not_held_against_it(bikes: Understanding) -> None:
    draft = entry("怎么扫码开锁", "用蓝牙开锁。", "开锁怎么弄", "扫码打不开锁", key="bike-unlock")
    found = check(bikes, draft, today=TODAY)
    assert (found.near, found.changed) == ((), ())


def test_a_branchs_own_form_of_an_entry_is_not_held_against_it(bikes: Understanding) -> None:
    draft = entry("怎么扫码开锁", "用蓝牙开锁。", "开锁怎么弄", "扫码打不开锁", key="bike-unlock")
    draft.branch_id = 3
    now = bikes.with_entries([replace(as_entry(draft), id="bike-unlock-at-3")], ["bike-unlock"])
    found = check(now, draft, today=TODAY)
    assert (found.near, found.changed, found.lost) == ((), (), ())


def test_banned_words_and_unknown_placeholders_forbid(bikes: Understanding, knowledge: Path) -> None:
    rules = rules_of(knowledge, "bikes", ["branch"])
    answer = "绝对可以，{{customer}}，到{{branch}}问，或拨{{hotline}}、{{nobody}}。"
    found = check(bikes, entry("可以带猫骑车吗", answer), today=TODAY, rules=rules)
    assert (found.banned, found.placeholders) == (("绝对",), ("nobody",))
    assert found.forbidden


def test_what_the_trade_must_not_say_forbids_and_is_explained(bikes: Understanding) -> None:
    rules = rules_in({"rules": [{"words": ["保证 到账"], "unless": ["不"], "say": "到账时间不能打包票"}]})
    found = check(bikes, entry("可以带猫骑车吗", "可以，押金保证当天到账。"), today=TODAY, rules=rules)
    assert (found.banned, found.advice, found.forbidden) == (("保证 到账",), ("到账时间不能打包票",), True)
    assert not check(bikes, entry("可以带猫骑车吗", "押金不保证当天到账。"), today=TODAY, rules=rules).forbidden


def test_what_would_be_answered_otherwise_is_named(bikes: Understanding) -> None:
    draft = entry("车锁老开不了换车行吗", "请换一辆。", "车锁老是开不了了", "车锁老开不了")
    found = check(bikes, draft, today=TODAY, good=["车锁老是开不了"])
    assert {each.question for each in found.changed} & {"车锁老是开不了", "车锁开不了"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("三天内到账", "五天内到账", True),
        ("可以带", "不可以带", True),
        ("月租59元", "月租五十九块", False),
        ("功能很多", "暂不支持", False),
        ("第二天送到", "过了排到下一天", False),
        ("到前台登记", "请在前台登记", False),
    ],
)
def test_answers_that_cannot_both_hold(one: str, other: str, expected: bool) -> None:
    assert contradict(one, other) is expected


def test_good_questions_are_those_answered_in_the_packs_own_branches(
    db: Session, make: Factory, clock: ManualClock
) -> None:
    account = make.account()
    rows = [
        ("带猫能骑吗", "useful"),
        ("没听懂的", "unknown"),
        ("我叫王小明，带猫能骑吗", "answered"),
        (None, "answered"),
    ]
    for number, (text, outcome) in enumerate(rows):
        db.add(
            Inbound(
                channel=Channel.OFFICIAL,
                account=account.name,
                key=str(number),
                kind="text",
                text=text,
                outcome=outcome,
                state=InboundState.DONE,
                received_at=clock.now(),
            )
        )
    db.flush()
    assert good_questions(db, "telecom", account.branch_id) == ["我叫〔姓名〕，带猫能骑吗", "带猫能骑吗"]
    assert good_questions(db, "telecom", account.branch_id + 1) == []
    assert good_questions(db, "bikes") == []


def test_customers_words_come_first_and_none_leads_elsewhere(bikes: Understanding) -> None:
    told = ["请问带猫能骑车不", "押金几天到账", "我要投诉", "可以带猫骑车吗"]
    found = suggest(bikes, "可以带猫骑车吗", told)
    assert found[0] == "带猫能骑车不"
    assert not {"押金几天到账", "我要投诉", "可以带猫骑车吗"} & set(found)
    assert len(found) == len(set(found)) >= 3
    assert all(len(each) <= LONGEST for each in found)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("营业厅能不能刷脸取号", "营业厅可以刷脸取号吗"),
        ("国外能用吗", "国外能不能用"),
        ("怎么办理宽带安装", "办理宽带安装"),
        ("请问一下刷脸取号怎么弄啊", "刷脸取号"),
        ("停车多少钱", "停车怎么收费"),
        ("周末上班吗", "周末上班不"),
        ("停车场在哪里", "停车场"),
        ("功能怎么用", "功能用"),
    ],
)
def test_a_question_is_put_as_others_would_type_it(question: str, wanted: str) -> None:
    assert wanted in padded(question, [], 9)


def test_missing_wordings_are_made_up_to_the_least() -> None:
    assert padded("可以带猫骑车吗", ["带猫行吗"], 4)[0] == "带猫行吗"
    for question in ("可以带猫骑车吗", "猫", "怎么还车"):
        found = padded(question, [], 4)
        assert len(found) == len({*found, question}) - 1 == 4


def test_of_a_large_pack_the_most_alike_are_asked_again(bikes: Understanding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.learning.draft_impact.ASKED_MOST", 5)
    draft = entry("车锁老开不了换车行吗", "请换一辆。", "车锁老是开不了了", "车锁老开不了")
    found = check(bikes, draft, today=TODAY, good=["车锁老是开不了"])
    assert found.asked == 6  # and what customers asked
    assert {each.question for each in found.changed} & {"车锁老是开不了", "车锁开不了"}
