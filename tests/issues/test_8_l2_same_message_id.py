"""L2: a message id that the platform gave two persons answered the second with the first one's reply."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.models import Inbound
from tests.scenarios.webhook.wire import NOBODY, Desk, Wire

OTHER = "oOther" + "0" * 21


def test_two_persons_with_one_message_id_get_each_his_own_answer(wire: Wire, desk: Desk, truth: Session) -> None:
    said = {}
    for person, words in ((NOBODY, "我的电话是多少"), (OTHER, "我要投诉宽带")):
        fields = wire.fields(FromUserName=person, Content=words, MsgId=4711)
        said[person] = wire.judged(wire.signed(fields), person).message["content"]
    assert said == {NOBODY: "收到：我的电话是多少", OTHER: "收到：我要投诉宽带"}
    rows = truth.scalars(select(Inbound).order_by(Inbound.id)).all()
    assert [row.person for row in rows] == [NOBODY, OTHER]
    assert not [row.key for row in rows if NOBODY in row.key or OTHER in row.key], "nobody's id stays behind in a key"


def test_a_retry_of_one_person_is_still_one_message(wire: Wire, desk: Desk, truth: Session) -> None:
    fields = wire.fields(Content="在吗", MsgId=4712)
    assert [wire.judged(wire.signed(fields)).message["content"] for _ in range(2)] == ["收到：在吗"] * 2
    assert desk.said == ["在吗"]
