"""An entry's life: drafted, published, withdrawn. Each step is in the audit log with who and when.

    draft ── publish ──▶ live ── withdraw ──▶ withdrawn
      ▲                   │                      │
      └──── revise ◀──────┘◀──── publish again ──┘

A live row is never rewritten. Its new form is a draft of the same key that takes its place when it is published, and
gives the place back when it is withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import audit
from bot.learning.live_entries import own_id
from bot.learning.versions import bump
from bot.store.models import EntryState, LiveEntry, Manager, OpenQuestion, OpenQuestionState

EDITABLE = ("question", "variants", "answer", "category", "valid_from", "valid_to")
_IDENTITY = ("pack", "branch_id", "key", "question_id")


class DraftError(Exception):
    """The entry is not in the state that this step needs: somebody else was quicker."""


def draft(
    db: Session,
    *,
    pack: str,
    branch_id: int | None,
    question: str,
    variants: Sequence[str],
    answer: str,
    category: str,
    by: Manager | None,
    now: datetime,
    question_id: int | None = None,
    key: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> LiveEntry:
    """Add a draft; nobody is answered with it yet. Without a `key` it gets one of its own."""
    entry = LiveEntry(
        pack=pack,
        branch_id=branch_id,
        key=key,
        category=category,
        question=question.strip(),
        variants=_wordings(question, variants),
        answer=answer.strip(),
        valid_from=valid_from,
        valid_to=valid_to,
        question_id=question_id,
    )
    return _add(db, entry, by, now)


def revise(db: Session, entry: LiveEntry, by: Manager | None, now: datetime, **changes: Any) -> LiveEntry:
    """Change what `EDITABLE` names of a draft, or draft a live entry anew; return the draft.

    Raises:
        DraftError: the entry was withdrawn.
    """
    _lock(db, entry)
    if entry.state is EntryState.WITHDRAWN:
        raise DraftError(entry.key)
    if entry.state is EntryState.LIVE:
        content = {name: getattr(entry, name) for name in (*_IDENTITY, *EDITABLE)} | changes
        return _add(db, LiveEntry(**content, state=EntryState.DRAFT), by, now)
    before = _content(entry)
    for name, value in changes.items():
        setattr(entry, name, value)
    entry.variants = _wordings(entry.question, entry.variants)
    _record(db, entry, "revised", by, now, before=before, after=_content(entry))
    db.flush()
    return entry


def publish(db: Session, entry: LiveEntry, by: Manager | None, now: datetime) -> int:
    """Answer customers with it from the commit on; return the pack's new version.

    An entry of the same key and branch that is live is put aside. Publishing what is live changes nothing.
    """
    number = bump(db, entry.pack, now)  # first, for it is also the lock that lets one change a pack at a time
    _lock(db, entry)
    if entry.state is EntryState.LIVE:
        return number
    other = find(db, entry.pack, entry.key, entry.branch_id)
    if other is not None:
        _put_aside(db, other, by, now, "replaced")
    entry.replaces_id = other.id if other is not None else None
    _make_live(db, entry, by, now, "published")
    return number


def withdraw(db: Session, entry: LiveEntry, by: Manager | None, now: datetime) -> int:
    """Take it back from the commit on (undo); what it had replaced is live again. Return the pack's new version.

    Raises:
        DraftError: it is not live.
    """
    number = bump(db, entry.pack, now)
    _lock(db, entry)
    if entry.state is not EntryState.LIVE:
        raise DraftError(entry.key)
    _put_aside(db, entry, by, now, "withdrawn")
    before = db.get(LiveEntry, entry.replaces_id) if entry.replaces_id else None
    if before is not None:
        entry.replaces_id = None  # given back once: two that replaced each other could not be got rid of otherwise
        _make_live(db, before, by, now, "restored")
    return number


def find(db: Session, pack: str, key: str, branch_id: int | None = None) -> LiveEntry | None:
    """Return the live entry of that key, None when there is none."""
    branch = func.coalesce(LiveEntry.branch_id, 0) == (branch_id or 0)
    return db.scalar(
        select(LiveEntry).where(
            LiveEntry.pack == pack, branch, LiveEntry.key == key, LiveEntry.state == EntryState.LIVE
        )
    )


def _add(db: Session, entry: LiveEntry, by: Manager | None, now: datetime) -> LiveEntry:
    entry.made_by, entry.made_at = by.id if by else None, now
    db.add(entry)
    db.flush()
    entry.key = entry.key.removesuffix(own_id("", entry.branch_id)) or f"{entry.pack.replace('_', '-')}-live-{entry.id}"
    _record(db, entry, "drafted", by, now, after=_content(entry))
    db.flush()
    return entry


def _make_live(db: Session, entry: LiveEntry, by: Manager | None, now: datetime, action: str) -> None:
    entry.state, entry.published_at, entry.published_by = EntryState.LIVE, now, by.id if by else None
    entry.withdrawn_at = entry.withdrawn_by = None
    _move_question(db, entry, OpenQuestionState.LIVE, now)
    _record(db, entry, action, by, now, after={"state": entry.state.value, "key": entry.key})
    db.flush()


def _put_aside(db: Session, entry: LiveEntry, by: Manager | None, now: datetime, action: str) -> None:
    entry.state, entry.withdrawn_at, entry.withdrawn_by = EntryState.WITHDRAWN, now, by.id if by else None
    _move_question(db, entry, OpenQuestionState.DRAFTED, now)
    _record(db, entry, action, by, now, before={"state": EntryState.LIVE.value, "key": entry.key})
    db.flush()  # before the other goes live: one live row a key


def _move_question(db: Session, entry: LiveEntry, state: OpenQuestionState, now: datetime) -> None:
    """Let the question that the entry answers follow it."""
    question = db.get(OpenQuestion, entry.question_id) if entry.question_id else None
    if question is not None:
        question.state, question.entry_id = state, entry.id
        question.updated_at, question.version = now, question.version + 1


def _lock(db: Session, entry: LiveEntry) -> None:
    db.flush()
    db.refresh(entry, with_for_update=True)


def _wordings(question: str, variants: Sequence[str]) -> list[str]:
    """Return the further wordings: trimmed, none twice, none the question itself."""
    trimmed = dict.fromkeys(text.strip() for text in variants)
    return [text for text in trimmed if text and text != question.strip()]


def _content(entry: LiveEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("question", "variants", "answer", "category")}


def _record(
    db: Session,
    entry: LiveEntry,
    action: str,
    by: Manager | None,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit.record(
        db,
        now=now,
        actor=audit.actor_of(by),
        action=f"entry.{action}",
        object=f"entry:{entry.id}",
        before=before,
        after=after,
    )
