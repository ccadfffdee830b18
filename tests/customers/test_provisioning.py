"""Branches, accounts and staff before the first customer."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.customers.provisioning import StaffError, add_staff, ensure_account, ensure_branch
from bot.store.models import Account, AuditEntry, Branch, Role
from scripts import add_manager
from tests.auxil.factories import Factory


def test_an_account_gets_one_row_and_a_branch(db: Session) -> None:
    assert ensure_account(db, channel="official", name="official", branch="", pack="telecom")
    assert not ensure_account(db, channel="official", name="official", branch="", pack="telecom")
    assert ensure_account(db, channel="wecom", name="work", branch="", pack="telecom")
    assert db.execute(select(Branch.name)).scalars().all() == ["总部"]
    assert len(db.execute(select(Account)).scalars().all()) == 2


def test_the_same_name_on_two_channels_is_two_accounts(db: Session) -> None:
    assert ensure_account(db, channel="official", name="east", branch="城东", pack="telecom")
    assert ensure_account(db, channel="wecom", name="east", branch="城东", pack="telecom")
    assert ensure_branch(db, "").name == "城东"


def test_a_manager_is_led_by_the_supervisor_of_the_branch(db: Session, clock: ManualClock) -> None:
    boss = add_staff(db, name="何建华", userid="he", now=clock.now(), supervisor=True)
    manager = add_staff(db, name="周敏", userid="zhou", now=clock.now())
    assert boss.role is Role.SUPERVISOR
    assert manager.supervisor_id == boss.id
    assert db.execute(select(AuditEntry.action)).scalars().all() == ["staff.added", "staff.added"]
    with pytest.raises(StaffError, match="zhou"):
        add_staff(db, name="周敏二", userid="zhou", now=clock.now())


def test_the_script_adds_a_manager_and_refuses_a_second_one(
    make: Factory, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert add_manager.main(["--name", "周敏", "--userid", "zhou"]) == 0
    assert capsys.readouterr().out == "已登记客户经理周敏。\n"
    assert add_manager.main(["--name", "周敏", "--userid", "zhou"]) == 2
    assert "zhou" in capsys.readouterr().err
