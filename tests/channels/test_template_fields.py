"""Typed template fields: words are cut, types are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.split import width
from bot.channels.template_fields import FieldError, field_value, template_data


@pytest.mark.parametrize(
    ("name", "value", "shaped"),
    [
        ("thing1", "宽带报修", "宽带报修"),
        ("thing1", "第一行\n第二行", "第一行 第二行"),
        ("thing1", "网" * 21, "网" * 19 + "…"),
        ("thing1.DATA", "网" * 21, "网" * 19 + "…"),
        ("phrase2", "处理中", "处理中"),
        ("phrase2", "已解决，请确认。OK", "已解决请确"),
        ("character_string3", "TS20261121-0007号", "TS20261121-0007"),
        ("character_string3", "x" * 40, "x" * 32),
        ("time4", "2026-11-21 10:00", "2026年11月21日 10:00"),
        ("time4", "2026-11-21T10:00:30", "2026年11月21日 10:00"),
        ("time4", "2026年11月21日 10:00", "2026年11月21日 10:00"),
        ("time4", "15:01", "15:01"),
        ("time4", "15:01~16:00", "15:01~16:00"),
        ("date5", "2026-11-21", "2026年11月21日"),
        ("amount6", "￥129.50", "￥129.50"),
        ("amount6", "129元", "129元"),
        ("number7", "12.5", "12.5"),
        ("phone_number8", "+86-020 1234567", "+86-020 1234567"),
        ("car_number9", "粤A8Z888挂", "粤A8Z888挂"),
        ("name1", "欧阳先生", "欧阳先生"),
        ("name1", "A" * 30, "A" * 19 + "…"),
        ("letter1", "abc1", "abc"),
        ("symbol1", "a!?", "!?"),
        ("enum1", "已发货", "已发货"),
        ("const1", "审核通过", "审核通过"),
        ("keyword1", "旧模板的值", "旧模板的值"),
    ],
)
def test_values(name: str, value: str, shaped: str) -> None:
    assert field_value(name, value) == shaped


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("thing1", ""),
        ("thing1", " \n\x00"),
        ("phrase1", "OK"),
        ("character_string1", "号码"),
        ("time1", "明天"),
        ("date1", "下周"),
        ("amount1", "很多"),
        ("amount1", "12345678901"),
        ("number1", "十"),
        ("phone_number1", "138 0000 0000 0000 0000"),
        ("letter1", "123"),
        ("car_number1", "粤A8Z888挂车九"),
    ],
)
def test_what_cannot_be_brought_into_form(name: str, value: str) -> None:
    with pytest.raises(FieldError, match=name) as error:
        field_value(name, value)
    assert not value.strip() or value not in str(error.value)


@given(st.sampled_from(["thing1", "phrase1", "character_string1", "name1", "car_number1"]), st.text(max_size=80))
def test_no_value_is_ever_too_long(name: str, value: str) -> None:
    limit = {"thing1": 20, "phrase1": 5, "character_string1": 32, "name1": 20, "car_number1": 8}[name]
    try:
        shaped = field_value(name, value)
    except FieldError:
        return
    assert 0 < width(shaped) <= limit


def test_a_whole_message() -> None:
    data = template_data({"thing1": "宽带", "phrase2": "处理中"})
    assert data == {"thing1": {"value": "宽带"}, "phrase2": {"value": "处理中"}}
