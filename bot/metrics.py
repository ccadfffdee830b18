"""What is counted. With several processes the counts are shared through `PROMETHEUS_MULTIPROC_DIR`."""

from __future__ import annotations

from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

ACK_SECONDS = Histogram(
    "tiexin_ack_seconds",
    "Time until a webhook request was answered",
    ["channel"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 4.2, 5),
)
REFUSED = Counter("tiexin_refused_total", "Webhook requests refused, by reason", ["channel", "reason"])
RETRIES = Counter("tiexin_retries_total", "Deliveries of a message that had been seen before")
DUPLICATES = Counter("tiexin_duplicates_stopped_total", "Deliveries answered from the stored reply, without effect")
LATE_ANSWERS = Counter("tiexin_late_answers_total", "Replies that missed the deadline and were sent afterwards")
HANDLER_ERRORS = Counter("tiexin_handler_errors_total", "Turns that ended in an apology")
KEPT = Counter("tiexin_kept_total", "Messages acknowledged before they were answered, by what keeps them", ["where"])
PARKED = Counter("tiexin_parked_total", "Messages whose turn died twice, left to people")
SPOOL_DEPTH = Gauge("tiexin_spool_depth", "Messages in Redis that wait for PostgreSQL", multiprocess_mode="mostrecent")
UNANSWERED = Counter("tiexin_unanswered_total", "Questions the assistant was not sure of")
SENDS = Counter("tiexin_sends_total", "Outgoing messages by way and result", ["via", "result"])
PLATFORM_ERRORS = Counter("tiexin_platform_errors_total", "Error codes of the platform's API", ["code"])
OUTBOX_DEPTH = Gauge(
    "tiexin_outbox_depth", "Outgoing messages not yet sent, by state", ["state"], multiprocess_mode="mostrecent"
)
OUTBOX_AGE = Gauge(
    "tiexin_outbox_oldest_seconds", "Age of the oldest message that is due and not sent", multiprocess_mode="mostrecent"
)
RETIRED = Counter("tiexin_retired_total", "Rows deleted because they were kept long enough, by table", ["table"])
KNOWLEDGE_VERSION = Gauge(
    "tiexin_knowledge_version",
    "Version of the pack's knowledge that the process answers from",
    ["pack"],
    multiprocess_mode="liveall",
)


def exposition(shared_folder: str) -> bytes:
    """Return all metrics in Prometheus' text form, summed over processes when they share a folder."""
    if not shared_folder:
        return generate_latest()
    _forget_the_dead(Path(shared_folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=shared_folder)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _forget_the_dead(folder: Path) -> None:
    """Remove what processes that were killed said of themselves; gunicorn does it for its own only."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            file.unlink(missing_ok=True)
