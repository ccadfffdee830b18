"""What became of everything: read from the people's phones and from the database, once nothing moves any more."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery.spool import Spool
from bot.runtime.container import spool_client
from bot.store.session import Store
from scripts.chaos.crowd import NUMBER, Crowd, Said
from scripts.chaos.stage import Stage
from scripts.simulator.actors import words
from scripts.simulator.judge import ERROR, REPLIED, SUCCESS

APOLOGY = re.compile(r"E\d{4}-[0-9A-F]{6}")
_LOOK_SECONDS = 1.0

_MOVING = """
SELECT 'inbound ' || state, count(*) FROM inbound WHERE resume_at IS NOT NULL OR state = 'accepted' GROUP BY state
UNION ALL
SELECT 'outbox ' || state || ' ' || rule, count(*) FROM outbox
WHERE state = 'sending' AND purpose <> 'staff' OR purpose = 'reply' AND (
  state = 'queued' OR state = 'waiting' AND due_at <= now()) GROUP BY state, rule
UNION ALL
SELECT 'jobs ' || status::text || ' ' || task_name, count(*) FROM procrastinate_jobs
WHERE status IN ('todo', 'doing') AND task_name = 'resume_turn' GROUP BY status, task_name
"""
"""Without what goes to the staff: a member gets 25 messages a minute, so his cards are on their way for long."""
_INBOUND = "SELECT key, state, late, jsonb_array_length(coalesce(reply, '[]')) FROM inbound"
_LATE = "SELECT split_part(occasion, ':', 2), recipient FROM outbox WHERE rule = 'late_reply'"
_FOLDED = """
SELECT c.openid FROM outbox o JOIN contacts c ON o.recipient = 'contact:' || c.id
WHERE o.rule = 'late_reply' AND o.occasion LIKE 'many:%'
"""
_FILED = "SELECT c.number, k.openid FROM complaints c JOIN contacts k ON k.id = c.contact_id"


class Row(NamedTuple):
    """A message as the database has it."""

    state: str
    late: bool
    parts: int


def settle(stage: Stage, seconds: float) -> dict[str, int]:
    """Wait until nothing is on its way any more, at most so long; return how much still is, by where it is."""
    store, spool, pause = stage.store(), Spool(spool_client(stage.servers.redis_url)), threading.Event()
    until, calm = time.monotonic() + seconds, 0
    left = {"pushes": 1}
    while time.monotonic() < until and calm < 3:
        left = _moving(store, spool) if stage.platform.pushes.idle else {"pushes": 1}
        calm = calm + 1 if not any(left.values()) else 0
        pause.wait(_LOOK_SECONDS)
    store.close()
    spool.close()
    return left


def _moving(store: Store, spool: Spool) -> dict[str, int]:
    try:
        with store.begin() as db:
            left: dict[str, int] = {str(row[0]): int(row[1]) for row in db.execute(text(_MOVING))}
        return left | {"spool": spool.depth()}
    except (SQLAlchemyError, RedisError):
        return {"servers": 1}


def judge(stage: Stage, crowd: Crowd, stuck: dict[str, int]) -> dict[str, Any]:
    """Return the figures; see docs/operating.md for what each means."""
    store = stage.store()
    with store.begin() as db:
        rows = {_id(key): Row(state, late, parts) for key, state, late, parts in db.execute(text(_INBOUND))}
        answered = {number for number, _ in db.execute(text(_LATE))}
        folded = set(db.scalars(text(_FOLDED)))
        filed = db.execute(text(_FILED)).all()
    store.close()
    outcomes = {id(said): said.deed.future.result().outcome for said in crowd.said}
    address = {person.id: person.address for person in stage.platform.people.all()}
    lost = [
        said
        for said in crowd.said
        if outcomes[id(said)] in {REPLIED, SUCCESS}
        and not _told(said, outcomes[id(said)], rows, answered, address[said.person] in folded)
    ]
    phones = [stage.platform.phones.read(person, 0, 100_000) for person in stage.platform.people.all()]
    shown = [one for phone in phones for one in phone if one["side"] == "them"]
    numbers = {each for one in shown for each in NUMBER.findall(words(one))}
    cards = Counter(one["task_id"] for one in shown if one["type"] == "card" and one.get("task_id"))
    apologies = sum(bool(APOLOGY.search(words(one))) for one in shown)
    return {
        "messages": len(crowd.said),
        "lost": len(lost),
        "undeliverable": sum(outcome == ERROR for outcome in outcomes.values()),
        "doubled": _doubled(crowd.said, outcomes, rows, answered) + _more_than_one(openid for _, openid in filed),
        "stuck": sum(stuck.values()),
        "stuck_in": {where: count for where, count in stuck.items() if count},
        "apologies_share": round(apologies / max(1, len(crowd.said)), 4),
        "numbers_missing": len(numbers - {number for number, _ in filed}),
        "cards_doubled": sum(count - 1 for count in cards.values()),
        "late": sum(outcome == SUCCESS for outcome in outcomes.values()),
        "complaints": len(filed),
        "lost_messages": [str(said.deed.push.fields["MsgId"]) for said in lost[:20]],
    }


def _id(key: str) -> str:
    return key.split(":")[1]


def _told(said: Said, outcome: str, rows: dict[str, Row], answered: set[str], folded: bool) -> bool:
    """Tell whether an acknowledged message had its effect and its answer: on the phone, late, or one word for many."""
    number = str(said.deed.push.fields["MsgId"])
    row = rows.get(number)
    if row is None or row.state == "accepted":
        return False
    return outcome == REPLIED or number in answered or folded


def _doubled(said: Sequence[Said], outcomes: dict[int, str], rows: dict[str, Row], answered: set[str]) -> int:
    """Count the messages that were answered both at once and late; what follows a long reply is no second one."""
    numbers = [str(one.deed.push.fields["MsgId"]) for one in said if outcomes[id(one)] == REPLIED]
    return sum(number in answered and number in rows and rows[number].parts == 0 for number in numbers)


def _more_than_one(owners: Iterable[str | None]) -> int:
    """Count complaints beyond the one that each person has filed."""
    return sum(count - 1 for count in Counter(owners).values())
