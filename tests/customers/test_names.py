"""Addresses, masks, and texts without personal data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.customers import address, mask, scrub
from bot.customers.names import scrub_wholly


@pytest.mark.parametrize(
    ("name", "honorific", "said"),
    [
        ("王建国", "总", "王总"),
        ("李秀梅", "女士", "李女士"),
        ("欧阳修文", "先生", "欧阳先生"),
        ("欧阳", "先生", "欧先生"),
        ("张伟", "", "张伟"),
        ("", "总", "您"),
    ],
)
def test_address(name, honorific, said):
    assert address(name, honorific) == said


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("13812345678", "138****5678"), ("057188001234", "057*****1234"), ("88001234", "******34"), ("", "")],
)
def test_mask(phone, shown):
    assert mask(phone) == shown


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("我的号13812345678停了", "我的号138****5678停了"),
        ("138 1234 5678", "138****5678"),
        ("身份证330102199001011234办卡", "身份证〔证件或卡号〕办卡"),
        ("33010219900101123X", "〔证件或卡号〕"),
        ("卡6222021234567890123到账了吗", "卡〔证件或卡号〕到账了吗"),
        ("6222 0212 3456 7890 123", "〔证件或卡号〕"),
        ("座机0571-88001234", "座机0571-****1234"),
        ("发到a.b@c.com", "发到〔邮箱〕"),
        ("59元套餐20G流量", "59元套餐20G流量"),
        ("TS20261121-0007", "TS20261121-0007"),
    ],
)
def test_scrub(text, clean):
    assert scrub(text) == clean


def test_scrub_names():
    assert scrub("我是王建国，王总", ("王建国", "王总", ""), "客户-1") == "我是客户-1，客户-1"


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "我的号码是", "打"]))
def test_no_mobile_survives(phone, before):
    assert phone not in scrub(f"{before}{phone}，谢谢")
    assert phone[-4:] not in scrub_wholly(f"{before}{phone}，谢谢", (), "客")
