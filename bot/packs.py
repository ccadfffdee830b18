"""The packs in force: read from the files, joined with the entries people made, followed while serving.

A turn takes the pack as it is when the turn begins. A change is worked out beside the running turns and put in place
by one assignment, so nobody waits for it and nobody sees a half of it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import structlog
from sqlalchemy.orm import Session

from bot import metrics
from bot.knowledge.texts import Texts, TextsError
from bot.learning.background_priority import gently
from bot.learning.live_entries import Live, live, spread
from bot.learning.versions import FIRST, Version, in_force
from bot.understanding import KnowledgeError, Understanding

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pack:
    """An industry's knowledge, loaded; `branches` holds it once more for those that have entries of their own."""

    texts: Texts
    understanding: Understanding
    branches: Mapping[int, Understanding] = field(default_factory=dict)

    def at(self, branch_id: int) -> Understanding:
        """Return what a branch knows."""
        return self.branches.get(branch_id, self.understanding)


@dataclass(frozen=True, slots=True)
class Files:
    """What the files of a pack hold; `digest` is that of their bytes."""

    digest: str
    texts: Texts
    understanding: Understanding


def digest_of(knowledge: Path, pack: str) -> str:
    """Return the digest of everything a pack is read from."""
    found = hashlib.sha256()
    for folder in (knowledge / "common", knowledge / pack):
        for file in sorted(folder.rglob("*.yaml")):
            found.update(file.relative_to(knowledge).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def read_files(knowledge: Path, pack: str) -> Files:
    """Read a pack.

    Raises:
        KnowledgeError: a file is wrong; names file, line and what to write instead.
        TextsError: the same for the sentences.
    """
    digest = digest_of(knowledge, pack)  # first: what changes while it is read counts as not read
    return Files(digest, Texts.load(knowledge, pack), Understanding.load(knowledge, pack))


_NOT_ASKED = Version(-1)
"""What a process has that could not ask the database yet."""


@dataclass(frozen=True, slots=True)
class State:
    """A pack in force and what it was made of."""

    pack: Pack
    files: Files
    version: Version = _NOT_ASKED
    live: Live = field(default_factory=Live)

    @property
    def content(self) -> str:
        """The same in every process that answers from the same knowledge."""
        made = (self.files.digest, self.live.common, sorted(self.live.branches.items()))
        return hashlib.sha256(repr(made).encode()).hexdigest()[:12]


class LivePacks(Mapping[str, Pack]):
    """The packs by name, each as it is in force now; one a process, read by many threads."""

    def __init__(self, knowledge: Path, files: Mapping[str, Files]) -> None:
        self._knowledge = knowledge
        self._states = {name: State(Pack(each.texts, each.understanding), each) for name, each in files.items()}
        self._lock = Lock()

    def __getitem__(self, name: str) -> Pack:
        return self._states[name].pack

    def __iter__(self) -> Iterator[str]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)

    def states(self) -> Mapping[str, State]:
        """Return what is in force."""
        return self._states

    def catch_up(self, db: Session, known: Mapping[str, Version] | None = None) -> bool:
        """Take up what was changed since the last look (`known`: the versions when just read); False when nothing was.

        A file that is wrong, or not the one that was checked, is refused and logged; the old one stays in force.
        """
        with self._lock:
            newest = in_force(db) if known is None else known
            behind = [name for name, state in self._states.items() if newest.get(name, FIRST) != state.version]
            for name in behind:
                self._take_up(name, newest.get(name, FIRST), live(db, name))
        return bool(behind)

    def _take_up(self, name: str, version: Version, entries: Live) -> None:
        started, old = time.monotonic(), self._states[name]
        with gently():
            files = self._checked_files(name, old.files, version)
            state = State(_joined(old, files, entries), files, version, entries)
        self._states = {**self._states, name: state}
        metrics.KNOWLEDGE_VERSION.labels(name).set(version.number)
        took = round(time.monotonic() - started, 2)
        log.info("knowledge_in_force", pack=name, version=version.number, content=state.content, seconds=took)

    def _checked_files(self, name: str, mine: Files, version: Version) -> Files:
        """Return the files that were checked, or mine when those of the disk are others."""
        if version.files in (None, mine.digest):
            return mine
        if digest_of(self._knowledge, name) != version.files:
            remedy = "copy the checked files to this machine, or run python -m scripts.reload_knowledge"
            log.warning("knowledge_files_differ", pack=name, checked=version.files, remedy=remedy)
            return mine
        try:
            return read_files(self._knowledge, name)
        except (KnowledgeError, TextsError) as error:
            log.error("knowledge_refused", pack=name, error=str(error), remedy="mend it, then reload_knowledge again")
            return mine


def _joined(old: State, files: Files, entries: Live) -> Pack:
    """Join files and entries; what has not changed is not built again."""
    if files is old.files and entries == old.live:
        return old.pack
    return Pack(files.texts, *spread(files.understanding, entries))
