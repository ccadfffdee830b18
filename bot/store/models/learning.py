"""What the assistant learns from: questions it could not answer, and the entries that people made of them."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.store.models.base import Base, word
from bot.store.models.people import Branch, Manager


class OpenQuestionState(enum.StrEnum):
    """How far a question that could not be answered is."""

    OPEN = "open"
    ASKED = "asked"  # the person who knows was asked
    DRAFTED = "drafted"  # his answer became a draft
    LIVE = "live"  # customers get the answer
    DROPPED = "dropped"  # not worth an answer


class OpenQuestion(Base):
    """Questions of one meaning that could not be answered; `title` is a wording without personal data."""

    __tablename__ = "open_questions"
    id: Mapped[int] = mapped_column(primary_key=True)
    pack: Mapped[str]
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    category: Mapped[str | None]
    title: Mapped[str]
    state: Mapped[OpenQuestionState] = mapped_column(word(OpenQuestionState), default=OpenQuestionState.OPEN)
    knower_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))
    asked_on: Mapped[date | None]
    times_asked: Mapped[int] = mapped_column(default=0, server_default="0")  # by card, since it came up
    answered_at: Mapped[datetime | None]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("live_entries.id", use_alter=True))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    knower: Mapped[Manager | None] = relationship()


Index(
    "ix_open_questions_open",
    OpenQuestion.pack,
    OpenQuestion.branch_id,
    postgresql_where=OpenQuestion.state.in_([OpenQuestionState.OPEN, OpenQuestionState.ASKED]),
)


class EntryState(enum.StrEnum):
    """Whether an entry made by people answers customers."""

    DRAFT = "draft"
    LIVE = "live"
    WITHDRAWN = "withdrawn"


class LiveEntry(Base):
    """An entry of the knowledge that was made while serving; `key` is its id as in YAML.

    Without a branch it answers everywhere the pack is used. A published row is never rewritten: an edit is a new row
    that `replaces` the old one, so that each can be undone.
    """

    __tablename__ = "live_entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    pack: Mapped[str]
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    key: Mapped[str]
    category: Mapped[str]
    question: Mapped[str]
    variants: Mapped[list[Any]] = mapped_column(default=list)  # further wordings
    answer: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    state: Mapped[EntryState] = mapped_column(word(EntryState), default=EntryState.DRAFT)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))  # None: by a command
    made_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))
    published_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))
    withdrawn_at: Mapped[datetime | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("live_entries.id"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("open_questions.id"))
    branch: Mapped[Branch | None] = relationship()


Index(
    "uq_live_entries_live",
    LiveEntry.pack,
    func.coalesce(LiveEntry.branch_id, 0),
    LiveEntry.key,
    unique=True,
    postgresql_where=LiveEntry.state == EntryState.LIVE,
)


class Knower(Base):
    """Who answers for a category of a pack; without a branch, for all of them."""

    __tablename__ = "knowers"
    id: Mapped[int] = mapped_column(primary_key=True)
    pack: Mapped[str]
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    category: Mapped[str]
    manager_id: Mapped[int] = mapped_column(ForeignKey("managers.id"))
    manager: Mapped[Manager] = relationship()


Index("uq_knowers", Knower.pack, func.coalesce(Knower.branch_id, 0), Knower.category, unique=True)


class KnowledgeVersion(Base):
    """Which knowledge of a pack is in force: raised by every change, followed by every process."""

    __tablename__ = "knowledge_versions"
    pack: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    files: Mapped[str | None]  # digest of the files that were checked and put into force; None: none since the start
    changed_at: Mapped[datetime]
