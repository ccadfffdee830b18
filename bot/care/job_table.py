"""The timetable: what is planned when, and what is looked after all the time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Protocol

from bot.care import (
    birthdays,
    brief,
    confirmations,
    contracts,
    deadlines,
    departed,
    open_question_digest,
    orphans,
    promises,
    retention,
    return_visits,
    weekly_report,
)
from bot.care.planning_context import Desk
from bot.clock import Clock
from bot.config import Settings
from bot.delivery import stalled_turns
from bot.delivery.spool import Spool
from bot.delivery.sweep import sweep
from bot.knowledge.texts import TextBook
from bot.learning.topics import topics
from bot.packs import Pack
from bot.schedule import Job, Sweep, Timetable
from bot.store.session import Store


class Parts(Protocol):
    """The parts of the process that planning needs (`bot.runtime.container.Services`)."""

    @property
    def settings(self) -> Settings:
        """The settings."""
        ...

    @property
    def store(self) -> Store:
        """The database."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock."""
        ...

    @property
    def book(self) -> TextBook:
        """The texts."""
        ...

    @property
    def spool(self) -> Spool:
        """The messages that wait for PostgreSQL."""
        ...

    @property
    def packs(self) -> Mapping[str, Pack]:
        """The packs by name, loaded when first asked for."""
        ...

    def rewrite_append_file(self) -> bool:
        """Let Redis write its append-only file anew; return whether it does."""
        ...


def jobs(parts: Parts) -> Timetable:
    """Return everything the scheduler does, at the hours of the business zone."""
    desk = Desk(parts.settings, parts.book, partial(_title, parts))
    return Timetable(
        store=parts.store,
        clock=parts.clock,
        zone=parts.settings.zone,
        jobs=(
            Job("birthdays", "0 7 * * *", partial(birthdays.plan, desk)),
            Job("brief", "0 8 * * *", partial(brief.plan, desk), catch_up=timedelta(days=1)),
            Job("contracts", "0 9 * * *", partial(contracts.plan, desk)),
            Job("return_visits", "0 10 * * *", partial(return_visits.plan, desk)),
            Job("departed", "10 9 * * *", partial(departed.close, desk), catch_up=timedelta(days=1), max_runs=1),
            Job("orphans", "*/10 * * * *", partial(orphans.hand_on, desk), catch_up=timedelta(minutes=10), max_runs=1),
            Job("untaken", "*/10 * * * *", partial(deadlines.remind, desk), catch_up=timedelta(minutes=10), max_runs=1),
            Job("open_questions", "30 9 * * *", partial(open_question_digest.plan, desk), catch_up=timedelta(days=1)),
            Job("question_week", "45 8 * * *", partial(weekly_report.plan, desk, partial(_topics, parts)), max_runs=1),
            Job("retention", "*/5 1-5 * * *", partial(retention.plan, parts.store, parts.settings), max_runs=1),
            Job("append_file", "20 * * * *", partial(retention.rewrite, parts.rewrite_append_file), max_runs=1),
        ),
        sweeps=(
            Sweep("deadlines", partial(deadlines.tick, desk)),
            Sweep("confirmations", partial(confirmations.tick, desk)),
            Sweep("promises", partial(promises.tick, desk)),
            Sweep("accepted_turns", partial(stalled_turns.resume, parts.spool)),
            Sweep("outbox", sweep),
        ),
    )


def _title(parts: Parts, pack: str, category: str) -> str:
    """Return a category's name; the pack is loaded only now, for most of the time nobody asks."""
    known = parts.packs.get(pack)
    titles: dict[str, str] = {each.id: each.title for each in known.understanding.categories()} if known else {}
    return titles.get(category, titles.get("other", category))


def _topics(parts: Parts, pack: str) -> Mapping[str, str]:
    """Return what the items of a pack are about."""
    known = parts.packs.get(pack)
    return topics(known.understanding.knowledge) if known else {}
