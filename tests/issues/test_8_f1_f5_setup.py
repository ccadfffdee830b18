"""Reliability F1 and F5: a set-up that is wrong is said in a sentence, and the documented one is right."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from bot.config import Settings
from bot.customers.responsibility import fallback_owner
from bot.runtime import launch
from bot.store.models import Account
from scripts import add_manager
from tests.auxil.factories import Factory
from tests.runtime.test_doctor import (
    OFFICIAL,
    FakePlatform,
    Report,
    all_alive,
    examined,
    free_port,
    platform,
    set_up,
    settings,
)

__all__ = ["all_alive", "examined", "free_port", "platform", "set_up", "settings"]

MANUAL = Path(__file__).parent.parent.parent / "docs" / "operating.md"


def _manual(kind: str, holding: str) -> str:
    blocks = re.findall(rf"```{kind}\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    return next(block for block in blocks if holding in block)


# -- F1: rows and people ----------------------------------------------------------------------------------------------


def test_the_documented_rows_and_people_work_after_migrate(
    settings: Settings, examined: Callable[..., Report], db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch.add_accounts(settings, settings.database_url)  # what `app.py migrate` does last
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(_manual("sql", "INSERT INTO accounts"))
    for line in _manual("sh", "scripts.add_manager").strip().splitlines():
        words = shlex.split(line, comments=True)
        assert words[:3] == ["python", "-m", "scripts.add_manager"]
        assert add_manager.main(words[3:]) == 0
    report = examined(settings)
    assert report.of("账号") == "✓ 账号：official、work"
    assert [line for line in report.lines if "网点人员" in line or "客户经理" in line] == []
    account = db.query(Account).filter_by(channel="official").one()
    assert fallback_owner(db, account.branch_id).name == "何建华"


def test_an_account_whose_branch_has_nobody_is_a_cross(settings: Settings, examined: Callable[..., Report]) -> None:
    launch.add_accounts(settings, settings.database_url)
    line = examined(settings).of("网点人员")
    assert line.startswith("✗ 网点人员：official:official、wecom:work") and "add_manager" in line


def test_a_branch_whose_last_manager_left_is_a_cross_and_one_above_it_helps(
    settings: Settings, examined: Callable[..., Report], make: Factory, db: Session
) -> None:
    above = make.branch(name="市分公司")
    branch = make.branch()
    branch.parent_id = above.id
    make.account()
    make.account(channel="wecom", name="work")
    last = make.manager()
    make.commit()
    assert [line for line in examined(settings).lines if "网点人员" in line] == []
    last.active = False
    db.commit()
    assert examined(settings).of("网点人员").startswith("✗")
    make.supervisor(branch_id=above.id)
    make.commit()
    assert [line for line in examined(settings).lines if "网点人员" in line] == []


# -- F5 and the rest: one clear sentence each -------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [{"errcode": 0}, {"ip_list": "portal"}, {"ip_list": None}])
def test_an_odd_answer_of_the_platform_is_a_sentence(
    settings: Settings, platform: FakePlatform, examined: Callable[..., Report], answer: dict[str, object]
) -> None:
    platform.answers["/cgi-bin/getcallbackip"] = answer
    report = examined(settings)
    for name in ("公众号", "企业微信"):
        assert report.of(name).startswith(f"✗ {name}") and "答话的不是平台" in report.of(name)


def test_too_few_connections_are_told_with_both_numbers(settings: Settings, examined: Callable[..., Report]) -> None:
    line = examined(settings, web_processes=4, web_threads=200).of("数据库连接数")
    assert line.startswith("✗") and "856 个" in line and "max_connections" in line
    assert [line for line in examined(settings).lines if "连接数" in line] == []


def test_a_wrong_port_and_a_wrong_database_are_told_apart(settings: Settings, examined: Callable[..., Report]) -> None:
    closed = examined(settings, database_url="postgresql://127.0.0.1:1/x").of("数据库")
    assert "没有服务器在这个地址和端口上" in closed and "%40" not in closed
    missing = make_url(settings.database_url).set(database="nowhere").render_as_string(hide_password=False)
    assert "没有这个数据库或用户" in examined(settings, database_url=missing).of("数据库")


def test_the_token_call_with_an_odd_answer_is_a_sentence(
    settings: Settings, platform: FakePlatform, examined: Callable[..., Report]
) -> None:
    platform.answers[OFFICIAL] = json.loads('{"hello": "portal"}')
    assert examined(settings).of("公众号").startswith("✗ 公众号")
