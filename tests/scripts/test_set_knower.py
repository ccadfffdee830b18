"""Who knows what is set from the command line, with a sentence for everything that is wrong."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config import Settings
from bot.store.models import Knower
from scripts import set_knower
from tests.auxil.factories import Factory


@pytest.fixture(autouse=True)
def configured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_knower, "load_settings", lambda: settings)


def test_appointed_and_changed(db: Session, make: Factory, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = make.manager(name="林浩"), make.manager(name="许静")
    make.commit()
    assert set_knower.main(["宽带", "林浩"]) == 0
    assert "宽带类的问题今后请教林浩" in capsys.readouterr().out
    assert db.scalars(select(Knower.manager_id)).all() == [first.id]
    assert set_knower.main(["宽带", "许静"]) == 0
    assert set_knower.main(["宽带", "许静", "--branch", "城南分公司"]) == 0
    db.rollback()
    assert db.scalars(select(Knower.manager_id)).all() == [second.id, second.id]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["光纤", "林浩"], "没有“光纤”这一类"),
        (["宽带", "张三"], "没有找到张三"),
        (["宽带", "李四"], "不止一位"),
        (["宽带", "林浩", "--branch", "月球"], "没有叫“月球”的网点"),
        (["宽带", "林浩", "--pack", "moon"], "行业包"),
    ],
)
def test_what_is_wrong_is_said(
    make: Factory, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    for name in ("林浩", "李四", "李四"):
        make.manager(name=name)
    make.commit()
    assert set_knower.main(arguments) == 2
    assert reason in capsys.readouterr().err
