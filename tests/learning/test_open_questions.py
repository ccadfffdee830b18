"""Questions of one meaning become one open question; of another, another."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.learning import experts, open_questions
from bot.learning.open_questions import Asked, Where, record
from bot.learning.question_similarity import SAME, likeness
from bot.store.models import Account, Manager, OpenQuestion, OpenQuestionState, Unanswered
from bot.store.session import Store, driver
from tests.auxil.factories import Factory


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("能不能用支付宝交话费", "可以用支付宝充话费吗"),
        ("飞机上能用流量吗", "坐飞机的时候流量能用吗"),
        ("收据怎么开", "我想开个收据"),
        ("你们招人吗", "你们还招不招人"),
        ("火星套餐多少钱", "请问一下火星套餐多少钱啊"),
        ("可以用数字人民币交费吗", "数字人民币能交话费不"),
        ("宽带能带两台路由器吗", "宽带能不能接两个路由器"),
    ],
)
def test_the_same_in_other_words(one: str, other: str) -> None:
    assert likeness(one, other) >= SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("火星套餐多少钱", "月球套餐多少钱"),
        ("火星套餐多少钱", "火星套餐有多少流量"),
        ("怎么取消火星套餐", "怎么办理火星套餐"),
        ("59的套餐能改吗", "79的套餐能改吗"),
        ("话费可以捐给灾区吗", "积分可以捐给灾区吗"),
        ("路由器可以退吗", "路由器坏了能换吗"),
        ("退伍军人有没有优惠", "学生办卡有优惠吗"),
    ],
)
def test_another_question(one: str, other: str) -> None:
    assert likeness(one, other) < SAME


@pytest.fixture
def account(make: Factory) -> Account:
    return make.account()


@pytest.fixture
def manager(make: Factory) -> Manager:
    return make.manager()


def where(account: Account) -> Where:
    return Where(account.id, account.pack, account.branch_id)


def ask(db: Session, account: Account, manager: Manager, clock: ManualClock, text: str) -> OpenQuestion:
    db.flush()
    number = record(driver(db), where(account), manager.id, Asked(text, "far"), clock.now())
    return db.get_one(OpenQuestion, number, populate_existing=True)


def test_branches_keep_their_own(
    db: Session, make: Factory, clock: ManualClock, account: Account, manager: Manager
) -> None:
    other = make.account(name="other", branch_id=make.branch(name="城北分公司").id)
    first = ask(db, account, manager, clock, "可以包场开生日会吗")
    assert ask(db, account, manager, clock, "能包场开生日会不") is first
    assert ask(db, other, manager, clock, "可以包场开生日会吗") is not first


def test_what_was_dropped_stays_quiet_and_what_is_live_opens_anew(
    db: Session, clock: ManualClock, account: Account, manager: Manager
) -> None:
    first = ask(db, account, manager, clock, "可以包场开生日会吗")
    open_questions.move(db, first, OpenQuestionState.DROPPED, manager, clock.now(), "")
    assert ask(db, account, manager, clock, "可以包场开生日会吗") is first
    assert open_questions.to_ask(db) == []
    open_questions.move(db, first, OpenQuestionState.LIVE, manager, clock.now(), "")
    assert ask(db, account, manager, clock, "可以包场开生日会吗") is not first


def test_at_once_from_two_customers_is_one_question(
    db: Session, store: Store, make: Factory, clock: ManualClock, account: Account, manager: Manager
) -> None:
    make.commit()
    here = where(account)

    def turn() -> None:
        with store.begin() as other:
            record(driver(other), here, manager.id, Asked("可以包场开生日会吗", "far"), clock.now())

    turns = [threading.Thread(target=turn) for _ in range(4)]
    for each in turns:
        each.start()
    for each in turns:
        each.join()
    assert db.scalar(select(func.count(OpenQuestion.id))) == 1
    assert db.scalar(select(func.count(Unanswered.id))) == 4


def test_who_did_not_answer_is_asked_again_after_three_days(
    db: Session, clock: ManualClock, account: Account, manager: Manager
) -> None:
    question = ask(db, account, manager, clock, "可以包场开生日会吗")
    day = clock.now().date()
    open_questions.ask(question, manager, day, clock.now())
    db.flush()
    assert open_questions.to_ask(db, day + timedelta(days=2)) == []
    assert open_questions.to_ask(db, day + timedelta(days=3)) == [question]


def test_who_knows(db: Session, make: Factory, clock: ManualClock, account: Account, manager: Manager) -> None:
    supervisor, expert, here = make.supervisor(), make.manager(), make.manager()
    question = ask(db, account, manager, clock, "可以包场开生日会吗")
    question.category = "网点"
    assert experts.knower_of(db, question) is manager
    facts = {"pack": account.pack, "category": "网点", "by": None, "now": clock.now()}
    experts.appoint(db, branch_id=None, manager=expert, **facts)
    assert experts.knower_of(db, question) is expert
    experts.appoint(db, branch_id=account.branch_id, manager=here, **facts)
    assert experts.knower_of(db, question) is here
    assert [row.manager.name for row in experts.listed(db, account.pack, account.branch_id)] == [here.name]
    here.active = expert.active = manager.active = False
    db.flush()
    assert experts.knower_of(db, question) is supervisor


def test_bad_words_are_neither_the_title_nor_a_wording(
    db: Session, clock: ManualClock, account: Account, manager: Manager
) -> None:
    question = ask(db, account, manager, clock, "他妈的你们到底有没有饮水机")
    assert ask(db, account, manager, clock, "你们有饮水机吗") is question
    assert question.title == "你们有饮水机吗"
    assert open_questions.wordings(db, question) == []
