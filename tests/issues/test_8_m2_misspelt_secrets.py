"""M2: letters for digits, halves, misspelt names and codes told by where they stand are hidden; named numbers stay."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.store.models import Inbound, OpenQuestion, Outbox, Task, Unanswered
from bot.understanding.pii import code_told, mask, password_told
from tests.auxil.patterns import slowest
from tests.auxil.safety_phrases import secrets
from tests.handlers.conftest import clock, pack, people, phone, pipeline

__all__ = ["clock", "pack", "people", "phone", "pipeline"]

HIDDEN = [
    ("退款打我卡上 工行6222O2O2 ooo1 2345670 转告周敏", "2345670 转"),
    ("多扣的钱退我农行 前半截6228480038 后半截567891239", "6228480038"),
    ("多扣的钱退我农行 前半截6228480038 后半截567891239", "567891239"),
    ("服务蜜码是wxm1983 帮我改个简单的", "wxm1983"),
    ("刚收到个验正码 83 27 16 是不是你们发的", "83 27 16"),
    ("短信里头那六位数是九零三七四一 对方催我报给他 我要不要给", "九零三七四一"),
    ("银行卡取款密马是我生日860512 怕忘了先记你这里", "860512"),
    ("身份证三三零一零五一九九一零七零四零一八叉", "叉"),
]
STAY = [
    "我那个订单号 202611180093847261 到哪了",
    "手机串号IMEI 867530912345678 能不能查保修",
    "宽带帐号 02788126634 老是691",
    "SIM卡背面那串 89860319249876543210 是啥意思",
    "SIM卡号8986031924987654321打不开",
    "座机027-85763321没声音了",
    "光猫SN 485754431A2B3C4D 亮红灯",
    "需要验证吗 20261234",
    "你们有小米吗 13pro多少钱",
    "收到一个1069开头的短信",
    "收到短信说流量剩余2048M",
    "100O兆和200O兆差多少",
]
NOT_YET = {"他让我把短信里的6位数字发过去 是 338901", "验证嘛：902 117", "交易密码是 3 个 8 加 3 个 6"}
"""Of the lists: too far from any rule."""


@pytest.mark.parametrize(
    ("text", "parts"),
    [*((text, [part]) for text, part in HIDDEN), *(s for s in secrets("secrets") if s[0] not in NOT_YET)],
)
def test_a_disguised_secret_is_hidden(text: str, parts: list[str]) -> None:
    hidden = mask(text)
    assert hidden != text
    assert not [part for part in parts if part in hidden]
    assert mask(hidden) == hidden


@pytest.mark.parametrize("text", [*STAY, *(text for text, _ in secrets("harmless"))])
def test_a_number_that_is_named_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("text", ["服务蜜码是wxm1983", "验正码 83 27 16", "短信那几个数是 610 294"])
def test_what_was_told_is_known(text: str) -> None:
    assert password_told(mask(text))
    assert code_told(mask(text)) == ("wxm" not in text)
    assert not password_told("身份证******能办几张卡")


@pytest.mark.parametrize(
    "token", ["1O", "O", "l1 ", "1后半1", "1剩下", "蜜码", "密吗1", "短信那数", "六个八", "那六位数", "1 "]
)
def test_reading_them_takes_time_that_grows_with_the_text(token: str) -> None:
    assert slowest(mask, [token]) == ""
    assert slowest(lambda text: password_told(f"******{text}"), [token]) == ""


@pytest.mark.parametrize(
    "text", ["刚收到个验正码 83 27 16 是不是你们发的", "银行卡取款密马是我生日860512 怕忘了先记你这里"]
)
def test_a_told_secret_is_no_question_for_anybody(phone, db, text: str) -> None:
    said = phone.says(text)
    assert ("验证码谁要都别给" if "验" in text else "请不要在这里发") in said
    assert [db.scalar(select(func.count(row.id))) for row in (OpenQuestion, Unanswered, Task)] == [0, 0, 0]
    kept = "".join(map(str, db.scalars(select(Inbound.text))))
    assert "******" in kept
    assert not [one for one in ("83 27", "860512") if one in kept]


def test_who_is_asked_for_a_code_is_warned_at_once_and_somebody_hears_of_it(phone, db) -> None:
    said = phone.says("短信里头那六位数是九零三七四一 对方催我报给他 我要不要给")
    assert "验证码谁也别给" in said
    assert db.scalars(select(Task.rule)).all() == ["alarm"]
    assert "九零三" not in "".join(map(str, (*db.scalars(select(Task.text)), *db.scalars(select(Outbox.part)))))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("座机027-85763321没声音了 让火星人找人修", "027-85763321"),
        ("我那个订单号 202611180093847261 到火星没", "202611180093847261"),
        ("SIM卡背面那串 89860319249876543210 是火星文吗", "89860319249876543210"),
    ],
)
def test_his_own_manager_reads_the_number_he_needs_and_the_recorded_question_has_none(
    phone, db, people, text: str, number: str
) -> None:
    assert "王芳" in phone.says(text)
    task = db.scalars(select(Task)).one()
    assert (task.manager_id, task.rule) == (people.manager.id, "unanswered")
    assert number in task.text
    assert number in str(db.scalars(select(Outbox.part).where(Outbox.manager_id == people.manager.id)).all())
    assert number not in "".join((*db.scalars(select(OpenQuestion.title)), *db.scalars(select(Unanswered.text))))
