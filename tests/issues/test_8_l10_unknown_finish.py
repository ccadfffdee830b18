"""L10: a finish event of a message that is not ours ended in a traceback of the worker."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from bot.delivery.worker import NotRecordedYetError, Worker


@pytest.fixture
def worker(settings, store, clock) -> Worker:
    return Worker(settings, store, clock, sender=None, resume_turn=lambda _: None)


def _job(attempts: int) -> SimpleNamespace:
    return SimpleNamespace(job=SimpleNamespace(attempts=attempts))


def test_the_last_look_takes_the_message_for_a_strangers(worker, caplog):
    caplog.set_level(logging.INFO)
    for attempts in range(3):
        with pytest.raises(NotRecordedYetError):
            worker.finish(_job(attempts), "99887766", "success")
    worker.finish(_job(3), "99887766", "success")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
