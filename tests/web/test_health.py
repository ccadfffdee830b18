"""Health over real HTTP: alive, ready or what is missing, and the counts."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import psycopg
import pytest
import redis
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.serving import make_server

from bot import heartbeat
from bot.clock import ManualClock
from bot.config import Settings
from bot.dialogue import Router
from bot.packs import Pack
from bot.runtime.container import Services, load_packs
from bot.store import migrate
from bot.store.models import Outbox, OutboxState, Purpose
from bot.web import build_app
from tests.auxil.factories import Factory
from tests.conftest import KNOWLEDGE


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: str
    headers: dict[str, str]

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.body)


class Site:
    """A running web server and how to ask it."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str, method: str = "GET") -> Answer:
        request = urllib.request.Request(self._base + path, method=method)
        try:
            with self._opener.open(request, timeout=20) as answer:
                return Answer(answer.status, answer.read().decode(), dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(), dict(error.headers))

    def sample(self, name: str, **labels: str) -> float | None:
        """Return one figure of /metrics, summed over the labels not given; None when it is not there."""
        found = [
            sample.value
            for family in text_string_to_metric_families(self.get("/metrics").body)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        return sum(found) if found else None


@pytest.fixture(scope="module")
def packs() -> dict[str, Pack]:
    """The knowledge, loaded once: health does not depend on it."""
    return load_packs(KNOWLEDGE, {"telecom"})


@pytest.fixture
def services(settings: Settings, clock: ManualClock, packs: dict[str, Pack]) -> Iterator[Services]:
    services = Services(settings, Router(), clock)
    services.packs = packs
    yield services
    services.close()


@pytest.fixture
def away(settings: Settings, clock: ManualClock, packs: dict[str, Pack]) -> Iterator[FlaskClient]:
    """The same program while neither server answers."""
    addresses = {"database_url": "postgresql://u:p4ss@127.0.0.1:1/x", "redis_url": "redis://:p4ss@127.0.0.1:1/0"}
    services = Services(settings.model_copy(update=addresses), Router(), clock)
    services.packs = packs
    yield build_app(services).test_client()
    services.close()


@pytest.fixture
def site(services: Services) -> Iterator[Site]:
    server = make_server("127.0.0.1", 0, build_app(services), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(server.port)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def all_alive(redis_client: redis.Redis) -> Iterator[list[heartbeat.Heartbeat]]:
    """A worker and a scheduler that say they are alive."""
    beats = [heartbeat.Heartbeat(redis_client, part) for part in heartbeat.PARTS]
    for beat in beats:
        beat.start()
    pause = threading.Event()
    while not all(heartbeat.alive(redis_client, part) for part in heartbeat.PARTS):
        pause.wait(0.01)
    yield beats
    for beat in beats:
        beat.stop()


# -- alive and ready --------------------------------------------------------------------------------------------------


def test_a_process_that_answers_is_healthy(site: Site) -> None:
    answer = site.get("/healthz")
    assert (answer.status, answer.body) == (200, "ok")


@pytest.mark.usefixtures("all_alive")
def test_it_is_ready_when_everything_is_there(site: Site) -> None:
    answer = site.get("/readyz")
    assert answer.status == 200
    assert answer.data == {
        "ready": True,
        "checks": dict.fromkeys(("database", "migrations", "redis", "worker", "scheduler"), "ok"),
        "knowledge": {},
        "details": {
            "accounts_without_staff": [],
            "complaints_without_owner_at_work": 0,
            "holidays": "ok",
            "parked_messages": 0,
        },
    }


def test_without_worker_and_scheduler_it_is_not_ready(site: Site) -> None:
    answer = site.get("/readyz")
    assert answer.status == 503
    assert answer.data["ready"] is False
    assert (answer.data["checks"]["worker"], answer.data["checks"]["scheduler"]) == ("missing", "missing")
    assert answer.data["checks"]["database"] == "ok"


def test_a_part_that_fell_silent_is_missed(
    site: Site, all_alive: list[heartbeat.Heartbeat], redis_client: redis.Redis
) -> None:
    all_alive[0].stop()
    redis_client.delete("tiexin:alive:worker")
    assert site.get("/readyz").data["checks"] == {
        "database": "ok",
        "migrations": "ok",
        "redis": "ok",
        "worker": "missing",
        "scheduler": "ok",
    }


@pytest.mark.usefixtures("all_alive")
@pytest.mark.parametrize(
    "statement", ["UPDATE alembic_version SET version_num = 'older'", "DELETE FROM alembic_version"]
)
def test_a_database_of_another_version_is_not_ready(site: Site, database_url: str, statement: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(statement)
    answer = site.get("/readyz")
    assert answer.status == 503
    assert answer.data["checks"]["migrations"] == "missing"


@pytest.mark.usefixtures("all_alive")
def test_it_is_ready_again_after_the_migration(site: Site, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    assert site.get("/readyz").data["checks"]["migrations"] == "missing"
    migrate.migrate(database_url)
    assert site.get("/readyz").data["ready"] is True


def test_servers_that_are_away_are_named_and_nothing_of_their_address(away: FlaskClient) -> None:
    answer = away.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert set(answer.json["checks"].values()) == {"OperationalError", "ConnectionError"}
    assert "p4ss" not in answer.text and "127.0.0.1" not in answer.text


def test_it_stays_healthy_while_servers_are_away(away: FlaskClient) -> None:
    """An orchestrator must not restart the process for what its restart does not mend."""
    assert away.get("/healthz").status_code == 200
    assert away.get("/metrics").status_code == 200


# -- metrics ----------------------------------------------------------------------------------------------------------

NAMES = {
    "tiexin_ack_seconds",
    "tiexin_refused",
    "tiexin_retries",
    "tiexin_duplicates_stopped",
    "tiexin_late_answers",
    "tiexin_handler_errors",
    "tiexin_unanswered",
    "tiexin_sends",
    "tiexin_platform_errors",
    "tiexin_outbox_depth",
    "tiexin_outbox_oldest_seconds",
}


def test_every_figure_is_offered_with_its_help(site: Site) -> None:
    answer = site.get("/metrics")
    families = {family.name: family for family in text_string_to_metric_families(answer.body)}
    assert families.keys() >= NAMES
    assert all(families[name].documentation for name in NAMES)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_a_refused_request_is_counted_by_its_reason(site: Site) -> None:
    before = site.sample("tiexin_refused_total", channel="official") or 0
    assert site.get("/wechat/official?signature=x", method="POST").status in {400, 403}
    assert site.sample("tiexin_refused_total", channel="official") == before + 1


def waiting(make: Factory, clock: ManualClock, number: int, state: OutboxState, due: timedelta) -> Outbox:
    contact = make.contact()
    return Outbox(
        recipient=f"contact:{contact.id}",
        contact_id=contact.id,
        purpose=Purpose.CARE,
        rule="birthday",
        occasion=str(number),
        part={"type": "text", "content": "生日快乐"},
        state=state,
        due_at=clock.now() + due,
        created_at=clock.now(),
        updated_at=clock.now(),
    )


def test_the_outbox_is_measured_when_asked(site: Site, make: Factory, clock: ManualClock) -> None:
    states = [
        (OutboxState.WAITING, timedelta(hours=1)),
        (OutboxState.WAITING, timedelta(minutes=-2)),
        (OutboxState.QUEUED, timedelta(minutes=-5)),
        (OutboxState.SENT, timedelta(days=-3)),
        (OutboxState.SUPPRESSED, timedelta(days=-3)),
    ]
    make.db.add_all(waiting(make, clock, number, state, due) for number, (state, due) in enumerate(states))
    make.commit()
    assert site.sample("tiexin_outbox_depth", state="waiting") == 2
    assert site.sample("tiexin_outbox_depth", state="queued") == 1
    assert site.sample("tiexin_outbox_depth", state="sending") == 0
    assert site.sample("tiexin_outbox_oldest_seconds") == 300


def test_an_empty_outbox_has_no_age(site: Site, make: Factory, clock: ManualClock) -> None:
    make.db.add(waiting(make, clock, 1, OutboxState.WAITING, timedelta(hours=1)))
    make.commit()
    assert site.sample("tiexin_outbox_oldest_seconds") == 0


# -- what nobody asked for --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/admin", "/wechat/nobody", "/wecom/nobody", "/static/x", "/wechat/%2e%2e/x"])
def test_any_other_address_says_nothing(site: Site, path: str) -> None:
    answer = site.get(path)
    assert (answer.status, answer.body) == (404, "")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_health_is_only_read(site: Site, path: str) -> None:
    answer = site.get(path, method="POST")
    assert (answer.status, answer.body) == (405, "")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/nothing"])
def test_every_answer_carries_the_guarding_headers(site: Site, path: str) -> None:
    headers = site.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
