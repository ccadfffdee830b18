"""Fill a database with what a large operator has gathered in some years, by COPY: the ground of `bench_scale`.

With a factor of 1: 1,000,000 customers (20 % with a lunar birthday), 600,000 contacts, 1,000,000 contracts,
208 managers in 8 branches, 500,000 complaints of which 100,000 are open and nearly all of these long noted as
overdue, 1,400,000 steps of their stories, 2,000,000 incoming and 1,000,000 outgoing messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import psycopg

from bot.store.models import Branch, Contact, Customer, Manager, Role
from bot.store.session import Store
from scripts.bench_webhook import fill as fill_bench

SUPERVISOR = "scale1"
"""The UserID of the supervisor of the first branch."""

BRANCHES, MANAGERS = 8, 200
LAST = 10_000_000
"""The highest id the filled tables count as given."""

_TAKEN_EVERY = 20  # every 20th closed complaint was taken before it was answered
_NULL = "\\N"
_CARD = json.dumps(
    {"type": "text", "content": "王芳您好，您的业务有新的进展，详情请联系您的客户经理。"}, ensure_ascii=False
)
_REPLY = json.dumps(
    [{"type": "text", "content": "您好，10元腾讯视频包每月含30GB定向流量，发送KTTXSP到10000即可开通。"}]
)
_ASKED = ("腾讯视频包多少钱", "我的流量怎么用得这么快", "怎么取消来电显示", "谢谢", "人工")
_TOLD = ("宽带老是掉线，一天断好几次", "这个月话费多扣了30块", "营业厅排队两个小时没人理", "信号太差，家里打不了电话")
_OPEN = ("filed", "filed", "filed", "taken", "taken", "answered", "reopened", "filed", "taken", "answered")


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many rows of each kind."""

    customers: int
    contacts: int
    contracts: int
    complaints: int
    inbound: int
    outbox: int

    @classmethod
    def by(cls, factor: float) -> Amounts:
        """Return the full amounts times `factor`."""
        full = (1_000_000, 600_000, 1_000_000, 500_000, 2_000_000, 1_000_000)
        return cls(*(max(100, int(amount * factor)) for amount in full))


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the rows hang on: the ids taken before, and moments as PostgreSQL reads them."""

    amounts: Amounts
    customers: int  # the highest id before
    contacts: int
    managers: tuple[tuple[int, int], ...]  # id, branch
    now: datetime
    ages: tuple[str, ...]  # the moment so many hours before now

    def manager(self, number: int) -> tuple[int, int]:
        """Return who cares for a customer, with his branch."""
        return self.managers[number % len(self.managers)]

    def ago(self, hours: int) -> str:
        """Return the moment `hours` before now."""
        return self.ages[hours % len(self.ages)]


def fill(database_url: str, factor: float, now: datetime) -> None:
    """Fill a migrated, empty database and give the planner its statistics."""
    fill_bench(database_url)
    ground = _ground(database_url, Amounts.by(factor), now)
    with psycopg.connect(database_url, autocommit=True) as connection:
        for table, columns, rows in _TABLES:
            _copy(connection, f"COPY {table} ({columns}) FROM STDIN", rows(ground))
        for table in ("customers", "contacts", "complaints"):
            connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, LAST])
        connection.execute("VACUUM (ANALYZE)")
        with suppress(psycopg.errors.InsufficientPrivilege):  # the embedded server's role may not
            connection.execute("CHECKPOINT")


def _ground(database_url: str, amounts: Amounts, now: datetime) -> _Ground:
    """Add branches and managers; the first manager of each branch is its supervisor."""
    store = Store(database_url)
    with store.begin() as db:
        branches = [db.get_one(Branch, 1)]
        branches += [Branch(name=f"规模分公司{index}", placeholders={}) for index in range(2, BRANCHES + 1)]
        db.add_all(branches)
        db.flush()
        managers = [
            Manager(
                branch_id=branches[index % BRANCHES].id,
                name=f"规模经理{index}",
                wecom_userid=f"scale{index + 1}",
                role=Role.SUPERVISOR if index < BRANCHES else Role.MANAGER,
            )
            for index in range(MANAGERS)
        ]
        db.add_all(managers)
        db.flush()
        known = db.query(Customer).count(), db.query(Contact).count()
        staff = tuple((manager.id, manager.branch_id) for manager in managers)
    store.close()
    ages = tuple((now - timedelta(hours=hours)).isoformat() for hours in range(24 * 500))
    return _Ground(amounts, *known, staff, now, ages)


def _copy(connection: psycopg.Connection[tuple[object, ...]], statement: str, rows: Iterator[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        while lines := "".join(islice(rows, 5000)):
            copy.write(lines.encode())


def _line(*values: object) -> str:
    return "\t".join(map(str, values)) + "\n"


def _customers(ground: _Ground) -> Iterator[str]:
    for number in range(1, ground.amounts.customers + 1):
        manager, branch = ground.manager(number)
        kind, days = ("lunar", 30) if number % 5 == 0 else ("solar", 28)
        level = ("普通", "银", "金", "钻石")[number % 4]
        born = (kind, number // 5 % 12 + 1, number // 60 % days + 1)
        named = (f"客{number}", "女士", level, f"139{number % 100_000_000:08}")
        yield _line(ground.customers + number, branch, manager, *named, *born, "f", ground.ago(number))


def _contacts(ground: _Ground) -> Iterator[str]:
    for number in range(1, ground.amounts.contacts + 1):
        ids = (ground.contacts + number, 1, f"oScale{number:022}", ground.customers + _customer(ground, number))
        yield _line(*ids, f"客户-{number}", "t", ground.ago(number), 0, ground.ago(number))


def _customer(ground: _Ground, number: int) -> int:
    return (number - 1) % ground.amounts.customers + 1


def _contracts(ground: _Ground) -> Iterator[str]:
    ends = [str((ground.now + timedelta(days=day)).date()) for day in range(1430)]
    for number in range(1, ground.amounts.contracts + 1):
        yield _line(ground.customers + _customer(ground, number), "宽带协议", "", ends[number % len(ends)])


def _state(number: int) -> str:
    return "closed" if number % 5 else _OPEN[number // 5 % len(_OPEN)]


def _age(ground: _Ground, number: int) -> int:
    """Return how many hours ago complaint `number` was filed: never today, up to 480 days."""
    return 48 + number * 24 * 478 // ground.amounts.complaints


def _complaints(ground: _Ground) -> Iterator[str]:
    soon = (ground.now + timedelta(days=2)).isoformat()
    for number in range(1, ground.amounts.complaints + 1):
        contact = (number - 1) % ground.amounts.contacts + 1
        owner, branch = ground.manager(_customer(ground, contact))
        state, age = _state(number), _age(ground, number)
        due = soon if number % 250 == 0 else ground.ago(age - 4)
        noted = due if state in {"filed", "taken", "reopened"} and due != soon else _NULL
        done = (ground.ago(age - 2), ground.ago(age - 24)) if state == "closed" else (_NULL, _NULL)
        whose = (branch, 1, ground.contacts + contact, ground.customers + _customer(ground, contact), owner)
        told = (state, "network", _TOLD[number % len(_TOLD)], "", "", "")
        yield _line(number, f"TS-{number:09}", *whose, *told, "", 0, ground.ago(age), due, *done, "", noted)


def _events(ground: _Ground) -> Iterator[str]:
    for number in range(1, ground.amounts.complaints + 1):
        state, age = _state(number), _age(ground, number)
        owner = f"manager:{ground.manager(_customer(ground, (number - 1) % ground.amounts.contacts + 1))[0]}"
        yield _line(number, ground.ago(age), "filed", "customer", _TOLD[number % len(_TOLD)], "{}")
        if state == "closed":
            if number % _TAKEN_EVERY == 1:
                yield _line(number, ground.ago(age - 1), "taken", owner, "", "{}")
            yield _line(number, ground.ago(age - 2), "answered", owner, "已为您处理好，请再试一下。", "{}")
            yield _line(number, ground.ago(age - 24), "solved", "customer", "", "{}")
        elif state != "answered" and number % 250:
            due = json.dumps({"due_at": ground.ago(age - 4)})
            yield _line(number, ground.ago(age - 4), "overdue", "system", "", due)


def _inbound(ground: _Ground) -> Iterator[str]:
    outcomes = ("answered", "answered", "offered", "unknown", _NULL)
    for number in range(1, ground.amounts.inbound + 1):
        at = ground.ago(24 * 60 - number * 24 * 60 // ground.amounts.inbound)
        who = f"oScale{number % ground.amounts.contacts + 1:022}"
        said = ("text", _ASKED[number % len(_ASKED)], _REPLY.replace("\\", "\\\\"), "done", "f")
        about = (outcomes[number % 5], "entry:traffic" if number % 5 < 3 else _NULL)
        yield _line("official", "official", f"msg:{number}", who, *said, *about, at, at)


def _outbox(ground: _Ground) -> Iterator[str]:
    for number in range(1, ground.amounts.outbox + 1):
        at, person = ground.ago(number % (24 * 90)), _customer(ground, number)
        to: tuple[object, ...]
        if number % 5 < 2:
            to = (
                f"customer:{ground.customers + person}",
                ground.customers + person,
                _NULL,
                "care",
                "birthday",
                at[:10],
            )
        else:
            manager = ground.manager(number)[0]
            to = (f"manager:{manager}", _NULL, manager, "staff", "complaint_card", f"TS-{number:09}:{number}")
        yield _line(*to, _CARD, "{}", "sent", at, "f", 1, "wecom", "", "", "", "", at, at)


_Rows = Callable[[_Ground], Iterator[str]]
_TABLES: tuple[tuple[str, str, _Rows], ...] = (
    (
        "customers",
        "id, branch_id, manager_id, name, honorific, level, phone, birthday_calendar, birthday_month, birthday_day,"
        " birthday_leap_month, created_at",
        _customers,
    ),
    (
        "contacts",
        "id, account_id, openid, customer_id, pseudonym, following, followed_at, window_left, created_at",
        _contacts,
    ),
    ("contracts", "customer_id, name, product, ends_on", _contracts),
    (
        "complaints",
        "id, number, branch_id, account_id, contact_id, customer_id, owner_id, state, category, what, since, place,"
        " wish, phone, escalation, filed_at, due_at, answered_at, closed_at, satisfaction_reason, noted_due",
        _complaints,
    ),
    ("complaint_events", "complaint_id, at, kind, actor, text, data", _events),
    (
        "inbound",
        "channel, account, key, person, kind, text, reply, state, late, outcome, item, received_at, done_at",
        _inbound,
    ),
    (
        "outbox",
        "recipient, customer_id, manager_id, purpose, rule, occasion, part, fallback, state, due_at, urgent, attempts,"
        " via, reason, platform_id, response_code, trace, created_at, updated_at",
        _outbox,
    ),
)
