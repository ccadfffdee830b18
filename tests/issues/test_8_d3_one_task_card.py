"""D3, J14: a handed-over task spoke the deployment's pack and had a second, poorer card: no customer, due or reply."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.delivery import outbox
from bot.delivery.batch_sender import BatchSender
from bot.delivery.sender import Order, Sender
from bot.knowledge.texts import TextBook, Texts
from bot.messages import Card, Text, part_from_json
from bot.store.models import Outbox, Purpose
from tests.auxil.platform import Platform


class TwoPacks(TextBook):
    """Remembers whose words were asked for."""

    def __init__(self, knowledge) -> None:
        super().__init__(knowledge)
        self.asked: list[str] = []

    def of(self, pack, placeholders=None) -> Texts:
        self.asked.append(pack)
        return super().of(pack, placeholders)


@pytest.fixture
def hand_over(settings, store, db, make, clock):
    """Hand a message to a contact over and return the card and the packs whose words were used."""
    book = TwoPacks(settings.tiexin_knowledge)
    rounds = BatchSender(Sender(store, clock, settings, book, Platform(), jitter=lambda: 0.5), 1)

    def run(to, **more) -> tuple[Card, list[str]]:
        values = {"purpose": Purpose.CARE, "rule": "birthday", "occasion": "1", "part": Text("生日快乐")} | more
        number = outbox.enqueue(db, to=to, now=clock.now(), **values)
        make.commit()
        book.asked.clear()
        rounds.send([Order(number)])
        row = db.scalars(select(Outbox).where(Outbox.rule == "task_card")).one()
        card = part_from_json(row.part)
        assert isinstance(card, Card)
        return card, book.asked

    yield run
    rounds.close()


def _fields(card: Card) -> dict[str, str]:
    return dict(card.fields)


def test_the_words_are_those_of_the_account_he_is_met_on(hand_over, make):
    bank = make.account(name="bank", pack="bank")
    _, asked = hand_over(make.contact(make.customer(), account_id=bank.id))
    assert set(asked) == {"bank"}


def test_without_an_account_they_are_those_of_the_managers_branch(hand_over, make):
    branch = make.branch(name="银行支行")
    make.account(name="bank", pack="bank", branch_id=branch.id)
    _, asked = hand_over(make.customer(manager=make.manager(branch_id=branch.id)))
    assert set(asked) == {"bank"}


def test_his_manager_reads_who_it_is_and_can_answer_or_call(hand_over, make):
    customer = make.customer(name="王建国", phone="13800131001")
    card, _ = hand_over(make.contact(customer))
    assert _fields(card) == {"客户": "王建国", "级别": "金", "电话": "13800131001", "最晚": "11月23日12:30"}
    assert [button.key for button in card.buttons] == ["task.reply", "task.done"]


def test_who_may_not_see_the_file_reads_the_number_masked(hand_over, make):
    away = make.manager(active=False)
    other = make.manager(name="林浩")
    card, _ = hand_over(make.contact(make.customer(name="王建国", phone="13800131001", manager=away)))
    assert other.active
    assert _fields(card)["客户"] == "王先生"
    assert _fields(card)["电话"] == "138****1001"


def test_whom_no_word_reaches_has_no_button_to_reply(hand_over, make):
    news = {"purpose": Purpose.SERVICE, "rule": "news", "fallback": {"task": {"title": "转告", "text": "请转告"}}}
    card, _ = hand_over(make.contact(make.customer(), following=False, openid=None), **news)
    assert [button.key for button in card.buttons] == ["task.done"]
