"""A process's own parts follow the knowledge: its packs, and the sentences of what it sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.config import Settings
from bot.dialogue import Router
from bot.learning import drafts
from bot.learning.versions import bump
from bot.packs import digest_of
from bot.runtime.container import Services
from bot.understanding import Answer, Context
from tests.auxil.waiting import until
from tests.learning.conftest import Write
from tests.understanding.conftest import FILES

CAT = "带猫能骑吗"


@pytest.fixture
def services(settings: Settings, knowledge: Path, clock: ManualClock) -> Iterator[Services]:
    """The parts of a process that serves the small pack."""
    mine = settings.model_copy(update={"tiexin_knowledge": knowledge, "tiexin_pack": "bikes", "tiexin_demo": False})
    services = Services(mine, Router(), clock)
    yield services
    services.close()


def answered(services: Services) -> bool:
    return isinstance(services.packs["bikes"].understanding.understand(CAT, Context(date(2026, 11, 21))), Answer)


def test_what_was_published_before_the_start_is_there(
    services: Services, db: Session, clock: ManualClock, write: Write
) -> None:
    drafts.publish(db, write(), None, clock.now())
    db.commit()
    assert answered(services)
    assert services.knowledge()["bikes"]["version"] == 1


def test_what_is_published_later_is_followed(services: Services, db: Session, clock: ManualClock, write: Write) -> None:
    assert not answered(services)
    services.follow()
    services.follow()  # one thread is enough
    drafts.publish(db, write(), None, clock.now())
    db.commit()
    until(lambda: answered(services))


def test_a_process_without_packs_keeps_its_sentences_fresh(
    services: Services, db: Session, clock: ManualClock, knowledge: Path, pack_folder: Callable[..., Path]
) -> None:
    services.follow()
    assert services.book.of("bikes").say("choices.head") == "您想问的是哪一个？"
    pack_folder(common__texts=FILES["common/texts.yaml"].replace("您想问的是哪一个？", "您问的是哪一样？"))
    bump(db, "bikes", clock.now(), digest_of(knowledge, "bikes"))
    db.commit()
    until(lambda: services.book.of("bikes").say("choices.head") == "您问的是哪一样？")
    assert services.knowledge() == {}


def test_a_database_that_is_away_leaves_the_files_knowledge(settings: Settings, knowledge: Path) -> None:
    away = {"database_url": "postgresql://u:p@127.0.0.1:1/x", "tiexin_knowledge": knowledge, "tiexin_pack": "bikes"}
    services = Services(settings.model_copy(update={**away, "tiexin_demo": False}), Router())
    assert list(services.packs) == ["bikes"]
    assert services.knowledge()["bikes"]["version"] == -1
    services.close()
