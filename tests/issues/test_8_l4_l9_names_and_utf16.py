"""L4: a manager's name is a name, whatever is in it. L9: only UTF-8 is read, with or without a byte order mark."""

from __future__ import annotations

import pytest

from bot.channels.errors import Refused
from bot.channels.xml import parse
from tests.handlers.conftest import clock, pack, people, phone, pipeline

__all__ = ["clock", "pack", "people", "phone", "pipeline"]

MESSAGE = "<xml><MsgType>text</MsgType><Content>宽带断了</Content></xml>"


@pytest.mark.parametrize("name", ["周(敏", "周[敏", "*周敏", "周敏\\", "周+敏?", "(?:周", "周敏)"])
def test_a_manager_with_marks_in_the_name_is_found_and_stops_nobody(phone, people, db, name) -> None:
    people.manager.name = name
    db.commit()
    assert "账单" in phone.says("怎么查话费和账单")
    assert name in phone.says(f"{name}电话多少")
    assert name in phone.says(f"我要找{name}")


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le", "utf-16", "utf-32-be", "utf-32-le", "utf-32"])
def test_a_body_in_another_encoding_is_refused(encoding: str) -> None:
    assert parse(MESSAGE.encode())["Content"] == "宽带断了"
    for declared in ("", f'<?xml version="1.0" encoding="{encoding}"?>'):
        with pytest.raises(Refused) as refused:
            parse((declared + MESSAGE).encode(encoding))
        assert refused.value.status == 400
