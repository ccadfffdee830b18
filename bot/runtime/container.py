"""The parts of a running process, built from the settings: every process of the program has the same ones."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.channels.accounts import Accounts
from bot.channels.official_client import OfficialClient
from bot.channels.tokens import MemoryTokenStore, RedisTokenStore
from bot.channels.wecom_client import WeComClient
from bot.clock import Clock, SharedClock, SystemClock
from bot.config import ConfigError, Settings
from bot.delivery.spool import Spool
from bot.delivery.worker import run_worker
from bot.dialogue import Router
from bot.intake.acknowledge import Acknowledger
from bot.intake.deduplication import Deduplicator
from bot.intake.pipeline import Pipeline
from bot.intake.read_only_turns import PlainTurns
from bot.intake.resume import Resumption
from bot.knowledge.texts import TextBook
from bot.learning.versions import in_force
from bot.messages import Channel
from bot.packs import Files, LivePacks, Pack, read_files
from bot.runtime.knowledge_watcher import KnowledgeWatcher
from bot.store.session import Store
from bot.watchdog import Watchdog

log = structlog.get_logger(__name__)


def redis_client(url: str) -> redis.Redis:
    """Return a client with timeouts; calls from many threads share its pool."""
    return redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3, health_check_interval=30)


_SPOOL_SECONDS = 2.0
"""How long the spool may block: it is asked when the platform's five seconds are nearly over."""


def spool_client(url: str) -> redis.Redis:
    """Return a client for the spool: nothing is tried again, a second try would come too late."""
    return redis.Redis.from_url(
        url, socket_timeout=_SPOOL_SECONDS, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )


def load_packs(knowledge: Path, names: set[str]) -> dict[str, Pack]:
    """Load the named industry packs as their files have them.

    Raises:
        KnowledgeError: a file is wrong; names file, line and what to write instead.
    """
    return dict(LivePacks(knowledge, {name: read_files(knowledge, name) for name in sorted(names)}))


_preloaded: dict[tuple[Path, frozenset[str]], dict[str, Files]] = {}


def preload(settings: Settings) -> None:
    """Load the knowledge into this process for the ones forked from it: seconds and memory once instead of each."""
    accounts = Accounts(settings, MemoryTokenStore(), SystemClock())
    names, folder = pack_names(settings, accounts), settings.tiexin_knowledge
    _preloaded[folder, names] = {name: read_files(folder, name) for name in sorted(names)}


def pack_names(settings: Settings, accounts: Accounts) -> frozenset[str]:
    """Return the packs that the settings name, which are those a process loads."""
    names = {accounts.official(name).pack for kind, name in accounts.names() if kind is Channel.OFFICIAL}
    return frozenset(names | {settings.tiexin_pack})


@dataclass(frozen=True)
class _Clients:
    """The outbound side of the accounts."""

    accounts: Accounts

    def official(self, account: str) -> OfficialClient:
        """Return the client of an Official Account."""
        return self.accounts.official(account).client

    def wecom(self, account: str) -> WeComClient:
        """Return the client of a WeCom app."""
        return self.accounts.wecom(account).client


@dataclass
class Services:
    """Settings and what is made from them, each when first asked for.

    `router` comes from the program's handlers; `clock` is given by tests.
    """

    settings: Settings
    router: Router
    given_clock: Clock | None = None
    _watcher: KnowledgeWatcher | None = field(default=None, init=False, repr=False)
    _files: dict[str, str | None] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.settings.database_url or not self.settings.redis_url:
            raise ConfigError("缺少 DATABASE_URL 或 REDIS_URL：单独启动各部分时请指定两个服务器，或用 `app.py all`")

    @cached_property
    def redis(self) -> redis.Redis:
        """The Redis client."""
        return redis_client(self.settings.redis_url)

    def rewrite_append_file(self) -> bool:
        """Let Redis write its append-only file anew, without what was deleted; return whether it does."""
        try:
            return bool(self.redis.bgrewriteaof())
        except redis.RedisError as error:  # at work already, or a hosted server that does it by itself
            log.warning("append_file_not_rewritten", error=type(error).__name__)
            return False

    @cached_property
    def spool(self) -> Spool:
        """What came while PostgreSQL was away."""
        return Spool(spool_client(self.settings.redis_url))

    @cached_property
    def clock(self) -> Clock:
        """The clock: movable in the demo, the system's otherwise."""
        if self.given_clock is not None:
            return self.given_clock
        return SharedClock(self.redis) if self.settings.tiexin_demo else SystemClock()

    @cached_property
    def store(self) -> Store:
        """The database; as many connections as turns may run at once."""
        return Store(self.settings.database_url, pool_size=self.settings.web_threads)

    @cached_property
    def accounts(self) -> Accounts:
        """The transports of all accounts."""
        return Accounts(self.settings, RedisTokenStore(self.redis), self.clock)

    @cached_property
    def packs(self) -> Mapping[str, Pack]:
        """The knowledge of every industry that an account of this deployment belongs to, as it is in force now."""
        folder, names = self.settings.tiexin_knowledge, pack_names(self.settings, self.accounts)
        files = _preloaded.get((folder, names)) or {name: read_files(folder, name) for name in sorted(names)}
        packs = LivePacks(folder, files)
        try:
            with self.store.begin() as db:
                packs.catch_up(db)
        except SQLAlchemyError as error:  # the files' knowledge serves until the database is there
            log.warning("live_entries_not_read", error=type(error).__name__, remedy="they are taken up when it answers")
        return packs

    def follow(self) -> None:
        """Take up changes of the knowledge from now on; after the fork, for it starts a thread."""
        if self._watcher is None:
            self._watcher = KnowledgeWatcher(self.settings.database_url, self._look)
            self._watcher.start()

    def knowledge(self) -> dict[str, dict[str, int | str]]:
        """Return by pack which knowledge this process answers from; `content` is the same where the version is."""
        packs = self.__dict__.get("packs")
        states = packs.states() if isinstance(packs, LivePacks) else {}
        return {name: {"version": each.version.number, "content": each.content} for name, each in states.items()}

    def _look(self, db: Session) -> None:
        """Take up what was changed; a process that has not needed the packs yet keeps only its sentences fresh."""
        known = in_force(db)
        if isinstance(packs := self.__dict__.get("packs"), LivePacks):
            packs.catch_up(db, known)
        files = {pack: version.files for pack, version in known.items()}
        if files != self._files:
            self._files = files
            self.book.forget()

    @cached_property
    def book(self) -> TextBook:
        """The sentences of all packs."""
        return TextBook(self.settings.tiexin_knowledge)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The conversation."""
        return Pipeline(
            store=self.store,
            client=self.redis,
            router=self.router,
            packs=self.packs,
            settings=self.settings,
            clock=self.clock,
        )

    @cached_property
    def resumption(self) -> Resumption:
        """Finishes the turns of kept messages."""
        return Resumption(self.pipeline, self.store, self.clock)

    @cached_property
    def acknowledger(self) -> Acknowledger:
        """The five-second contract."""
        deduplicator = Deduplicator(self.redis, window_seconds=self.settings.signature_window_seconds)
        return Acknowledger(
            self.pipeline,
            PlainTurns(self.pipeline, deduplicator, self.store),
            deduplicator,
            self.spool,
            deadline=self.settings.turn_deadline_seconds,
            threads=self.settings.web_threads,
        )

    def work(self, stop: threading.Event | None = None, watchdog: Watchdog | None = None) -> None:
        """Run a worker until `stop`; without it do everything that is due and return."""
        run_worker(
            self.settings,
            store=self.store,
            clock=self.clock,
            transports=_Clients(self.accounts),
            book=self.book,
            resume_turn=lambda inbound_id: self.resumption.resume(inbound_id),  # loads the knowledge when first needed
            stop=stop,
            once=stop is None,
            watchdog=watchdog,
        )

    def close(self) -> None:
        """Let running turns end and close the connections that were opened."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None
        if "acknowledger" in self.__dict__:
            self.acknowledger.close()
        if "store" in self.__dict__:
            self.store.close()
        if "spool" in self.__dict__:
            self.spool.close()
        if "redis" in self.__dict__:
            self.redis.close()
