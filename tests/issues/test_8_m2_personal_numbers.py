"""M2: no ID card's or bank card's number, no password is kept, however it is written; phones and orders stay.

`SEEN` were written beside the code, `UNSEEN` before it was read. Numbers are made up.
"""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from bot.customers.masking import without_personal
from bot.intake.inbound_job import Work
from bot.messages import Kind, Media
from bot.store.models import Inbound, OpenQuestion, Outbox, Task, Unanswered
from bot.understanding.pii import mask
from tests.auxil.turns import incoming
from tests.handlers.conftest import clock, pack, people, phone, pipeline, staff

__all__ = ["clock", "pack", "people", "phone", "pipeline", "staff"]

ID, CARD = "110101199003074514", "6222021234567890128"

UNSEEN = [
    ("我身份证110101199003074514麻烦查一下", ID),
    ("身份证号：1101 0119 9003 0745 14", "119900307"),
    ("证件号是11010119900307451X哈", "11010119900307451X"),
    ("sfz是110101199003074514谢谢", ID),
    ("身份证110101/19900307/4514", "19900307"),
    ("110101.1990.0307.4514这是我的身份证", "4514"),
    ("我的卡号6222021234567890123", "6222021234567890123"),
    ("工行6222 0212 3456 7890 123转的", "3456"),
    ("卡号：6217-0012-1002-4455-667，退到这里", "4455"),
    ("建行卡6227001234567890123余额不对", "6227001234567890123"),
    ("ABC卡9558801234567890123扣款了", "9558801234567890123"),
    ("CCB6227001234567890123", "6227001234567890123"),
    ("手机13912345678身份证110101199003074514", ID),
    ("13912345678110101199003074514", "199003074514"),
    ("１１０１０１１９９００３０７４５１４", "４５１４"),
    ("身份证一一零一零一一九九零零三零七四五一四", "九九零零三零七"),
    ("幺幺零幺零幺幺九九零零三零七四五幺四我的证件", "九九零零三零七"),
    ("我服务密码是123456，帮我改", "123456"),
    ("密码: 888888", "888888"),
    ("网厅密码Abc@2024!", "Abc@2024"),
    ("pwd=hello123", "hello123"),
    ("password: Qwerty99", "Qwerty99"),
    ("验证码 384756", "384756"),
    ("收到的验证码是3847", "3847"),
    ("mima: a1b2c3", "a1b2c3"),
    ("我的密码为zhangsan88", "zhangsan88"),
    ("老身份证 110101900307451 还能用吗", "110101900307451"),
    ("110101\u200b19900307\u200b4514", "19900307"),
    ("身份证\n110101\n19900307\n4514", "4514"),
    ("身份证110101 19900307 4515", "19900307"),
    ("登录密码：woaini1314", "woaini1314"),
    ("身份证号写错一位110101199013074514", "110101199013074514"),
]
SEEN = [
    (f"ID{ID}", ID),
    (f"No{ID}", ID),
    (f"{ID}abc", ID),
    (f"ICBC{CARD}", CARD),
    (f"3 {ID}", ID),
    (f"6栋2-{ID}", ID),
    (f"{ID}{ID}", ID),
    (f"{CARD}13912345678", "62220212345"),
    ("110101  19900307  4514", "19900307"),
    ("110101\xa019900307\xa04514", "19900307"),
    ("110101\t19900307\t4514", "19900307"),
    ("110101\n19900307\n4514", "19900307"),
    ("110101\u300019900307\u30004514", "19900307"),
    ("110101,19900307,4514", "19900307"),
    ("110101_19900307_4514", "19900307"),
    ("110101—19900307—4514", "19900307"),
    ("1 1 0 1 0 1 1 9 9 0 0 3 0 7 4 5 1 4", "1 9 9 0"),
    ("110101900307451", "110101900307451"),
    ("一一〇一〇一一九九〇〇三〇七四五一四", "一九九〇"),
    ("110101199003074513", "110101199003074513"),
    ("6222021234567890127", "6222021234567890127"),
    ("卡号4392250012345678", "4392250012345678"),
    ("银行卡9876543210123456", "9876543210123456"),
    ("9558 8012 3456 7890 123", "8012"),
    ("pwd:abc123", "abc123"),
    ("密码：qwerty", "qwerty"),
    ("密码是abcdef", "abcdef"),
    ("密码设为Zhang1990", "Zhang1990"),
    ("口令=open2026", "open2026"),
    ("动态码是837261，帮我填", "837261"),
    ("密碼是pass99", "pass99"),
    ("密码是一二三四五六", "一二三四五六"),
]
STAY_UNSEEN = [
    "我的手机号是13912345678",
    "请打13912345678或者13887654321",
    "电话010-88886666转8001",
    "订单号202611230001还没到",
    "投诉编号TS202611230042处理到哪了",
    "订单号 20261123001 没发货",
    "话费扣了128.50元",
    "我每月消费399元太贵了",
    "2026年11月23日开始断网",
    "2026-11-23 14:30断的",
    "套餐从59元改成129元",
    "合同HT20261123没签",
    "100M升级到1000M多少钱",
    "密码忘了怎么改",
    "怎么修改服务密码",
    "密码是什么时候设置的",
    "验证码收不到怎么办",
    "收不到验证码",
    "密码错误次数太多被锁了",
    "初始密码是多少",
    "我要查10086发的短信",
    "12315投诉电话",
    "6栋2单元1101室",
    "我家6-2-1101没网",
    "银行卡怎么绑定",
    "身份证过期了能办吗",
    "宽带密码怎么找回",
    "WiFi密码在哪里看",
    "路由器密码改了连不上",
    "身份证号码填错了怎么改",
    "三千五百元的手机有哪些",
    "一二三四五号楼都没信号",
]
STAY_SEEN = [
    "13912345678 13887654321",
    "13912345678/13887654321",
    "13912345678,13887654321,13700001111",
    "手机13912345678，备用13887654321",
    "+86 139 1234 5678",
    "订单号6222021234567890128",
    "订单号 202611231430001234",
    "运单号 7731234567890123",
    "快递单号 431234567890123",
    "TS20261123-0042",
    "投诉编号 TS 20261123-0042 催一下",
    "2026-11-23 14:30:15 到 2026-11-24 09:00:00",
    "2026-11-23 2026-12-23",
    "2026.11.23 14.30",
    "59 79 99 129 159 199",
    "59/79/99/129/159/199元",
    "套餐59、79、99、129、159、199、299",
    "流量10G 20G 30G 40G 50G 60G 100G",
    "1000M 500M 300M 200M 100M",
    "1,234,567.89元",
    "转了5000元和3000元",
    "充值100、200、300、500",
    "密码是6位还是8位",
    "密码是8位数字吗",
    "验证码10086发的吗",
    "验证码发到13912345678了",
    "密码是wifi的还是宽带的",
    "密码：在哪里改",
    "密码2026年改过",
    "密码输错3次了",
    "010-88886666 021-66668888",
    "早上8点到晚上10点",
]


@pytest.mark.parametrize(("text", "secret"), [*UNSEEN, *SEEN])
def test_personal_numbers_are_hidden(text: str, secret: str) -> None:
    hidden = mask(text)
    assert hidden != text
    assert secret not in hidden
    assert mask(hidden) == hidden
    assert secret not in without_personal(text)


@pytest.mark.parametrize("text", [*STAY_UNSEEN, *STAY_SEEN])
def test_other_numbers_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (Kind.LOCATION, {"label": f"某小区 身份证{ID}", "latitude": "30.123456789012345", "longitude": "120.1"}),
        (Kind.LINK, {"title": f"卡{CARD}", "description": "密码：qwerty", "url": f"http://x.test/?id={ID}"}),
        (Kind.VOICE, {"recognition": "身份证一一零一零一一九九零零三零七四五一四"}),
    ],
)
def test_names_of_places_and_links_hold_none(kind: Kind, detail: dict[str, str]) -> None:
    media = Work(incoming(kind=kind, media=Media(kind, "M", detail))).incoming.media
    assert media is not None
    told = json.dumps(dict(media.detail), ensure_ascii=False)
    assert not any(secret in told for secret in (ID, CARD, "qwerty", "九九零零"))
    assert media.detail.get("latitude") == detail.get("latitude")


def test_nothing_of_it_is_kept_anywhere(phone, db, redis_client) -> None:
    for words in (
        f"sfz{ID}怎么办养老年卡的火星漫游",
        "找经理，我的卡6222 0212 3456 7890 127",
        "密码：qwerty能查火星流量吗",
    ):
        phone.says(words)
    kept = [
        str(one)
        for column in (Inbound.text, Task.text, Outbox.part, Unanswered.text, OpenQuestion.title)
        for one in db.scalars(select(column))
    ]
    kept += [str(redis_client.dump(key)) for key in redis_client.scan_iter()]
    assert kept
    for secret in (ID, "0212 3456", "7890127", "qwerty"):
        assert not [one for one in kept if secret in one]
