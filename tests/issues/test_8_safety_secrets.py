"""Passwords, codes, papers and what stands beside a card are hidden however they are told; questions about them stay.

The first ones were written before the patterns were read.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.customers.masking import without_personal
from bot.store.models import Inbound, OpenQuestion
from bot.understanding.pii import mask, only_masked
from tests.auxil.patterns import slowest
from tests.handlers.conftest import clock, pack, people, phone, pipeline

__all__ = ["clock", "pack", "people", "phone", "pipeline"]

TOLD = [
    ("短信校验码 902144 发我手机了", "902144"),
    ("wifi口令换成了Home8888", "Home8888"),
    ("我收到的动态口令是558210", "558210"),
    ("通行证C12345678可以实名吗", "C12345678"),
    ("港澳通行证号码：CA1234567", "CA1234567"),
    ("护照号码是G98765432", "G98765432"),
    ("安全码是456", "456"),
    ("信用卡背面三位数是789", "789"),
    ("有效期 2709，卡号6222021234567890128", "2709"),
    ("qwe789是我wifi密码", "qwe789"),
    ("888666就是我的服务密码", "888666"),
    ("我把密码设置成了lover520", "lover520"),
    ("wifi的口令改成了Hello2026怎么还连不上", "Hello2026"),
    ("收到的短信码是775102，填哪里", "775102"),
    ("护照E12345678能办卡吗", "E12345678"),
    ("信用卡4392258312345678有效期08/29 cvv 123", "08/29"),
    ("信用卡4392258312345678有效期08/29 cvv 123", "cvv 123"),
    ("abc123是我的密码", "abc123"),
    ("E12345678是我的护照号", "E12345678"),
    ("E 1234 5678这本护照", "1234 5678"),
    ("台胞证12345678能办吗", "12345678"),
    ("信用卡4392258312345678，08/29，123 扣款失败", "08/29"),
    ("CVV2：0456", "0456"),
    ("密碼設成了pass2026", "pass2026"),
    ("口令我昨天改成Spring88", "Spring88"),
]
STAY = [
    "口令红包怎么抢",
    "短信码收不到",
    "短信码10086发的",
    "护照能办卡吗",
    "护照20261231到期能办吗",
    "护照办好了，订单号E12345678",
    "通行证办卡要带什么",
    "E5 2680多少钱",
    "护照办卡要399元吗",
    "CVV是什么",
    "CVV是3位还是4位",
    "安全码在哪里看",
    "身份证有效期2026-12-31还能用吗",
    "优惠券有效期到08/29",
    "卡有效期到几号",
    "验证码是不是6位的",
    "订单A12345678的密码怎么查",
    "5G是我的套餐，密码忘了",
    "13912345678是我的号码，密码忘了",
    "2026年是我的密码最后一次修改",
    "密码改成了什么样才安全",
    "iPhone15是什么密码都要8位吗",
]


@pytest.mark.parametrize(("text", "secret"), TOLD)
def test_it_is_hidden(text: str, secret: str) -> None:
    hidden = mask(text)
    assert secret not in hidden
    assert mask(hidden) == hidden
    assert secret not in without_personal(text)


@pytest.mark.parametrize("text", STAY)
def test_questions_about_them_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("text", ["短信码是775102", "护照E12345678", "abc123是我的密码", "cvv 123"])
def test_a_secret_alone_is_no_question(text: str) -> None:
    assert only_masked(mask(text))


@pytest.mark.parametrize(
    "token", ["护照", "E1234", "abc123是", "cvv", "有效期", "****1234 ", "口令我", "08/29", "尾号8"]
)
def test_hiding_takes_time_that_grows_with_the_text(token: str) -> None:
    for card in ("", "6222021234567890128 密码 "):
        assert slowest(lambda text, card=card: mask(card + text), [token]) == ""


@pytest.mark.parametrize(("text", "kept"), [("建行尾号8812", "建行尾号〔号码〕"), ("建行的95533", "建行的95533")])
def test_the_end_of_a_number_is_not_shown_to_others(text: str, kept: str) -> None:
    assert without_personal(text) == kept


def test_neither_is_kept_nor_put_to_staff(phone, db, people) -> None:
    people.customer.name = "王建国"
    db.commit()
    phone.says("王建国护照E12345678怎么办养老年卡的火星漫游")
    titles, texts = (list(db.scalars(select(column))) for column in (OpenQuestion.title, Inbound.text))
    assert titles
    for secret in ("E12345678", "12345678"):
        assert secret not in "".join((*titles, *texts))
    assert "王建国" not in "".join(titles)
