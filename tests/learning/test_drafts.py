"""An entry's life, each step undone, each step in the log."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.learning import drafts
from bot.learning.live_entries import live
from bot.learning.versions import in_force
from bot.store.models import AuditEntry, EntryState, OpenQuestion, OpenQuestionState
from tests.auxil.factories import Factory
from tests.learning.conftest import Write


def number(db: Session) -> int:
    return in_force(db)["bikes"].number


def keys(db: Session) -> list[str]:
    return [entry.answer for entry in live(db, "bikes").common]


def test_a_draft_answers_nobody(db: Session, write: Write) -> None:
    entry = write()
    assert entry.key == f"bikes-live-{entry.id}"
    assert live(db, "bikes").common == ()
    assert in_force(db) == {}


def test_wordings_are_kept_once(write: Write) -> None:
    assert write(variants=[" 带猫能骑吗", "带猫能骑吗", "可以带猫骑车吗", ""]).variants == ["带猫能骑吗"]


def test_publishing_raises_the_version_and_withdrawing_does_again(
    db: Session, make: Factory, clock: ManualClock, write: Write
) -> None:
    entry, by = write(), make.manager()
    assert drafts.publish(db, entry, by, clock.now()) == 1
    assert [each.id for each in live(db, "bikes").common] == [entry.key]
    assert drafts.withdraw(db, entry, by, clock.now()) == 2
    assert live(db, "bikes").common == ()


def test_who_and_when_are_in_the_log(db: Session, make: Factory, clock: ManualClock, write: Write) -> None:
    by = make.manager()
    entry = write(by=by)
    drafts.publish(db, entry, by, clock.now())
    drafts.withdraw(db, entry, None, clock.now())
    told = [(row.action, row.actor) for row in db.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    me = f"manager:{by.id}"
    assert told == [("entry.drafted", me), ("entry.published", me), ("entry.withdrawn", "system")]
    assert (entry.published_by, entry.withdrawn_by, entry.withdrawn_at) == (by.id, None, clock.now())


def test_an_edit_takes_the_place_and_gives_it_back(
    db: Session, make: Factory, clock: ManualClock, write: Write
) -> None:
    first, by = write(), make.manager()
    drafts.publish(db, first, by, clock.now())
    second = drafts.revise(db, first, by, clock.now(), answer="可以，猫要装进猫包。")
    assert (second.id != first.id, second.key, second.state) == (True, first.key, EntryState.DRAFT)
    assert keys(db) == ["可以，请用猫包。"]
    drafts.publish(db, second, by, clock.now())
    assert keys(db) == ["可以，猫要装进猫包。"]
    drafts.withdraw(db, second, by, clock.now())
    assert keys(db) == ["可以，请用猫包。"]
    drafts.withdraw(db, first, by, clock.now())
    assert keys(db) == []


def test_two_that_replaced_each_other_can_both_be_taken_back(
    db: Session, make: Factory, clock: ManualClock, write: Write
) -> None:
    first, by = write(), make.manager()
    drafts.publish(db, first, by, clock.now())
    second = drafts.revise(db, first, by, clock.now(), answer="可以。")
    drafts.publish(db, second, by, clock.now())
    drafts.publish(db, first, by, clock.now())
    for _ in range(3):
        if found := drafts.find(db, "bikes", first.key):
            drafts.withdraw(db, found, by, clock.now())
    assert keys(db) == []


def test_a_draft_is_changed_in_place(db: Session, make: Factory, clock: ManualClock, write: Write) -> None:
    entry = write()
    changed = drafts.revise(db, entry, make.manager(), clock.now(), answer="带猫请用猫包。")
    assert (changed.id, changed.answer) == (entry.id, "带猫请用猫包。")


def test_what_is_not_live_cannot_be_taken_back(db: Session, make: Factory, clock: ManualClock, write: Write) -> None:
    with pytest.raises(drafts.DraftError):
        drafts.withdraw(db, write(), make.manager(), clock.now())


def test_publishing_twice_is_publishing_once(db: Session, make: Factory, clock: ManualClock, write: Write) -> None:
    entry, by = write(), make.manager()
    for _ in range(2):
        drafts.publish(db, entry, by, clock.now())
    assert len(live(db, "bikes").common) == 1


def test_the_question_follows_its_entry(db: Session, make: Factory, clock: ManualClock, write: Write) -> None:
    branch, now = make.branch(), clock.now()
    question = OpenQuestion(pack="bikes", branch_id=branch.id, title="带猫", created_at=now, updated_at=now)
    db.add(question)
    db.flush()
    entry = write(question_id=question.id)
    drafts.publish(db, entry, make.manager(), now)
    assert (question.state, question.entry_id) == (OpenQuestionState.LIVE, entry.id)
    drafts.withdraw(db, entry, make.manager(), now)
    assert question.state is OpenQuestionState.DRAFTED


def test_an_entry_of_a_branch_is_kept_apart(db: Session, make: Factory, clock: ManualClock, write: Write) -> None:
    branch = make.branch()
    entry = write(branch_id=branch.id)
    drafts.publish(db, entry, make.manager(), clock.now())
    found = live(db, "bikes")
    assert found.common == ()
    assert [each.id for each in found.branches[branch.id]] == [entry.key]
    assert drafts.find(db, "bikes", entry.key) is None
    assert drafts.find(db, "bikes", entry.key, branch.id) is entry


def test_two_changes_of_a_pack_come_one_after_the_other(
    db: Session, make: Factory, clock: ManualClock, write: Write
) -> None:
    numbers = [drafts.publish(db, write(), make.manager(), clock.now()) for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert number(db) == 3
