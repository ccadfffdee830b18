"""`/healthz` (the process answers), `/readyz` (it can work) and `/metrics` (Prometheus)."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

import redis
import structlog
from flask import Blueprint, Response, jsonify
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import heartbeat, metrics
from bot.business_hours import Calendars, said_missing
from bot.clock import local_date
from bot.customers.provisioning import unattended, unstaffed
from bot.delivery import stalled_turns
from bot.runtime.container import Services
from bot.store import migrate
from bot.store.models import Outbox, OutboxState
from bot.store.session import Store, driver

log = structlog.get_logger(__name__)

_OPEN = (OutboxState.WAITING, OutboxState.QUEUED, OutboxState.SENDING)


def health_blueprint(services: Services) -> Blueprint:
    """Return the routes that tell how the program is."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return Response("ok", mimetype="text/plain")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        checks = readiness(services)
        ready = all(state == "ok" for state in checks.values())
        told = {"ready": ready, "checks": checks, "knowledge": services.knowledge(), "details": details(services)}
        return jsonify(told), 200 if ready else 503

    @blueprint.get("/metrics")
    def exposition() -> Response:
        _measure_outbox(services.store, services.clock.now())
        _measure_spool(services)
        body = metrics.exposition(os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""))
        return Response(body, mimetype="text/plain; version=0.0.4")

    return blueprint


def readiness(services: Services) -> dict[str, str]:
    """Return the state of everything the program needs: `ok` or what is wrong."""
    checks = {
        "database": _checked(lambda: _database_answers(services.store)),
        "migrations": _checked(lambda: _migrated(services.store)),
        "redis": _checked(lambda: bool(services.redis.ping())),
    }
    for part in heartbeat.PARTS:
        checks[part] = _checked(lambda part=part: heartbeat.alive(services.redis, part))  # type: ignore[misc]
    return checks


def details(services: Services) -> dict[str, Any]:
    """Return what an operator should mend although messages are answered: it does not make the program unready."""
    try:
        with services.store.begin() as db:
            return {
                "accounts_without_staff": unstaffed(db.connection()),
                "complaints_without_owner_at_work": unattended(db.connection()),
                "holidays": _holidays(services, db),
                "parked_messages": stalled_turns.parked(driver(db)),
            }
    except SQLAlchemyError as error:
        return {"unknown": type(error).__name__}


def _holidays(services: Services, db: Session) -> str:
    """Return `ok`, or that a year's notice of holidays is to be imported."""
    zone = services.settings.zone
    years = Calendars(zone).unannounced(driver(db), local_date(services.clock.now(), zone))
    return said_missing(years) if years else "ok"


def _checked(check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "missing"
    except (SQLAlchemyError, redis.RedisError, OSError) as error:
        return type(error).__name__


def _database_answers(store: Store) -> bool:
    with store.begin() as db:
        return bool(db.execute(text("SELECT 1")).scalar_one() == 1)


def _migrated(store: Store) -> bool:
    with store.begin() as db:
        return migrate.revision_of(db.connection()) == migrate.head()


def _measure_spool(services: Services) -> None:
    """Count what waits in Redis for PostgreSQL."""
    try:
        metrics.SPOOL_DEPTH.set(services.spool.depth())
    except redis.RedisError as error:
        log.warning("spool_not_measured", error=type(error).__name__)


def _measure_outbox(store: Store, now: datetime) -> None:
    """Count what is not yet sent; the database is the only place that knows."""
    query = select(Outbox.state, func.count(), func.min(Outbox.due_at)).where(Outbox.state.in_(_OPEN))
    try:
        with store.begin() as db:
            rows = {state: (count, oldest) for state, count, oldest in db.execute(query.group_by(Outbox.state))}
    except SQLAlchemyError as error:
        log.warning("outbox_not_measured", error=type(error).__name__)
        return
    for state in _OPEN:
        metrics.OUTBOX_DEPTH.labels(state.value).set(rows[state][0] if state in rows else 0)
    due = [oldest for _, oldest in rows.values() if oldest <= now]
    metrics.OUTBOX_AGE.set((now - min(due)).total_seconds() if due else 0)
