"""Questions that could not be answered: kept without personal data, put together by meaning, worked off by people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zlib import crc32

from psycopg import Connection
from psycopg.types.json import Jsonb
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from bot import audit
from bot.customers.masking import plainly, without_personal
from bot.learning.live_entries import as_entry
from bot.learning.probe import ANSWERED, land
from bot.learning.question_similarity import SAME, likeness
from bot.store.models import (
    Contact,
    LiveEntry,
    Manager,
    OpenQuestion,
    OpenQuestionState,
    OutboxState,
    Outcome,
    Task,
    TaskState,
    Unanswered,
)
from bot.store.session import driver
from bot.understanding import Understanding, normalise
from bot.understanding.intents import upset
from bot.understanding.tone import cross

NEARLY = 0.9
"""A question this like one of the further wordings joins too; less like, it would drift from wording to wording."""

MOST_ASKED = 3
"""So many cards ask for an answer, then the supervisor's weekly picture lists the question."""

AGAIN_AFTER = timedelta(days=3)
"""Who was asked and has not answered is asked again after so many days."""

WORDINGS = 8
"""So many wordings of one question are shown and learnt."""

WAITING = (OpenQuestionState.OPEN, OpenQuestionState.ASKED, OpenQuestionState.DRAFTED)
_JOINED = (*WAITING, OpenQuestionState.DROPPED)
_TITLE = 60
_LOOKED_AT = 1000
_CLUSTERS = 0x51  # one of the database's advisory locks a pack and branch


@dataclass(frozen=True, slots=True)
class Asked:
    """What a customer asked and how it ended; `text` still holds what he wrote, `names` what he is called."""

    text: str
    reason: str
    outcome: Outcome = Outcome.UNKNOWN  # unknown, refused (none of the choices) or useless
    candidates: tuple[str, ...] = ()
    category: str | None = None
    names: tuple[str, ...] = ()


class Where(NamedTuple):
    """Where it was asked: each branch keeps its own questions of a pack."""

    account_id: int
    pack: str
    branch_id: int


_ALL = f"""
SELECT id, title FROM open_questions
WHERE pack = %s AND branch_id = %s AND state IN ({", ".join(f"'{state.value}'" for state in _JOINED)})
ORDER BY id DESC LIMIT {_LOOKED_AT}
"""  # noqa: S608 - our own words
_WORDINGS = f"SELECT DISTINCT question_id, text FROM unanswered WHERE question_id = ANY(%s) LIMIT {_LOOKED_AT}"  # noqa: S608
_KEEP = """
INSERT INTO unanswered (account_id, manager_id, text, reason, candidates, at, question_id, outcome)
SELECT %(account)s, %(manager)s, %(text)s, %(reason)s, %(candidates)s, %(now)s, question.id, %(outcome)s FROM question
RETURNING question_id
"""
_OPEN_IT = f"""
WITH question AS (
    INSERT INTO open_questions (pack, branch_id, category, title, state, created_at, updated_at, version)
    VALUES (%(pack)s, %(branch)s, %(category)s, %(title)s, '{OpenQuestionState.OPEN}', %(now)s, %(now)s, 1)
    RETURNING id
) {_KEEP}"""  # noqa: S608 - our own words
_JOIN_IT = f"""
WITH question AS (
    UPDATE open_questions SET title = %(title)s, category = coalesce(nullif(category, ''), %(category)s),
                              updated_at = %(now)s
    WHERE id = %(question)s RETURNING id
) {_KEEP}"""  # noqa: S608 - our own words
"""The question and this asking of it, in one round trip."""


def record(connection: Connection[Any], where: Where, manager_id: int, asked: Asked, now: datetime) -> int:
    """Keep a question without personal data and join it to the open one of the same meaning, or open a new one.

    Turns that record at once wait for each other, so that the same question never opens twice. Returns the number of
    the open question.
    """
    clean = without_personal(asked.text, asked.names)
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CLUSTERS, _key(where.pack, where.branch_id)])
    known = dict(connection.execute(_ALL, [where.pack, where.branch_id]).fetchall())
    number = _same(connection, known, clean)
    title = known[number] if number is not None else ""
    row = {
        "question": number,
        "pack": where.pack,
        "branch": where.branch_id,
        "category": asked.category,
        "title": _title(clean) if not title or (_heated(title) and not _heated(clean)) else title,
        "account": where.account_id,
        "manager": manager_id,
        "text": clean,
        "reason": asked.reason,
        "candidates": Jsonb(list(asked.candidates)),
        "outcome": asked.outcome,
        "now": now,
    }
    kept = connection.execute(_OPEN_IT if number is None else _JOIN_IT, row).fetchone()
    assert kept is not None
    return int(kept[0])


def times(db: Session, questions: Iterable[OpenQuestion]) -> dict[int, int]:
    """Return how often each question was asked."""
    ids = [question.id for question in questions]
    query = select(Unanswered.question_id, func.count()).where(Unanswered.question_id.in_(ids))
    counted = {row[0]: row[1] for row in db.execute(query.group_by(Unanswered.question_id))}
    return {number: counted.get(number, 0) for number in ids}


def wordings(db: Session, question: OpenQuestion) -> list[str]:
    """Return how it was asked, the most usual first, the title left out; nothing that was masked or said in anger."""
    query = select(Unanswered.text).where(Unanswered.question_id == question.id).group_by(Unanswered.text)
    texts = map(plainly, db.scalars(query.order_by(func.count().desc(), Unanswered.text).limit(_LOOKED_AT)))
    calm = (text for text in dict.fromkeys(texts) if text and not _heated(text))
    return [text for text in calm if text != question.title][:WORDINGS]


def useless_item(db: Session, question: OpenQuestion) -> str:
    """Return the item whose answer was of no use to those who asked; empty when most of them got no answer at all."""
    query = select(Unanswered.outcome, Unanswered.candidates).where(Unanswered.question_id == question.id)
    rows = db.execute(query.order_by(Unanswered.id.desc()).limit(_LOOKED_AT)).all()
    items = [str(candidates[0]) for outcome, candidates in rows if outcome == Outcome.USELESS and candidates]
    return max(items, key=items.count) if 2 * len(items) > len(rows) else ""


def of_staff(db: Session, number: int, manager: Manager) -> OpenQuestion | None:
    """Return a question that the manager may answer: he was asked, or it came up in his branch."""
    question = db.get(OpenQuestion, number)
    if question is None or (manager.id != question.knower_id and manager.branch_id != question.branch_id):
        return None
    return question


def waiting_for(db: Session, manager: Manager) -> Sequence[OpenQuestion]:
    """Return what the manager was asked and has not settled, in the order of their numbers."""
    mine = (OpenQuestion.knower_id == manager.id, OpenQuestion.state.in_(WAITING[1:]))
    return db.scalars(select(OpenQuestion).where(*mine).order_by(OpenQuestion.id)).all()


def still_asked(db: Session, manager_ids: Sequence[int]) -> dict[int, int]:
    """Return how many questions each manager was asked and may still be asked again."""
    query = (
        select(OpenQuestion.knower_id, func.count())
        .where(OpenQuestion.knower_id.in_(manager_ids), OpenQuestion.state.in_(WAITING[1:]), ~given_up())
        .group_by(OpenQuestion.knower_id)
    )
    return {number: count for number, count in db.execute(query) if number is not None}


def given_up(day: date | None = None) -> ColumnElement[bool]:
    """Return the condition that a question was asked as often as it may be; a supervisor's week lists it.

    With a `day`, that the last card was left unanswered for a while by then.
    """
    often = (OpenQuestion.state == OpenQuestionState.ASKED) & (OpenQuestion.times_asked >= MOST_ASKED)
    return often if day is None else often & _left(day)


def _left(day: date) -> ColumnElement[bool]:
    return OpenQuestion.asked_on.is_(None) | (OpenQuestion.asked_on <= day - AGAIN_AFTER)


_NOT_SHOWN = f"""
UPDATE open_questions q SET times_asked = greatest(times_asked - 1, 0), asked_on = NULL
FROM outbox o
WHERE q.state = '{OpenQuestionState.ASKED}' AND q.times_asked > 0
    AND o.recipient = 'manager:' || q.knower_id AND o.rule = %s AND o.occasion = q.asked_on::text
    AND o.state IN ('{OutboxState.SKIPPED}', '{OutboxState.SUPPRESSED}', '{OutboxState.FAILED}')
"""  # noqa: S608 - our own words


def take_back_unshown(db: Session, rule: str) -> None:
    """Do not count the cards of a rule that never reached whom they ask; he is asked the same anew."""
    db.flush()
    driver(db).execute(_NOT_SHOWN, [rule])
    db.expire_all()


def to_ask(db: Session, day: date | None = None) -> Sequence[OpenQuestion]:
    """Return the questions nobody was asked yet; with a `day` also those asked a while before it without an answer.

    Nobody is asked the same more than `MOST_ASKED` times.
    """
    wanted = OpenQuestion.state == OpenQuestionState.OPEN
    if day is not None:
        asked = (OpenQuestion.state == OpenQuestionState.ASKED) & _left(day) & (OpenQuestion.times_asked < MOST_ASKED)
        wanted |= asked
    query = select(OpenQuestion).where(wanted)
    return db.scalars(query.order_by(OpenQuestion.id).with_for_update()).all()


def ask(question: OpenQuestion, manager: Manager, day: date, now: datetime, *, cards: int = 1) -> None:
    """Note that the manager is asked on `day`, by so many cards: by none when he only looked at the list himself."""
    again = question.knower_id == manager.id and question.state is OpenQuestionState.ASKED
    question.times_asked = (question.times_asked if again else 0) + cards
    question.state, question.knower_id, question.asked_on = OpenQuestionState.ASKED, manager.id, day
    question.updated_at = now


def move(db: Session, question: OpenQuestion, state: OpenQuestionState, by: Manager, now: datetime, trace: str) -> None:
    """Change where a question stands and log who did it."""
    before = question.state
    question.state, question.updated_at = state, now
    question.version += 1
    audit.record(
        db,
        now=now,
        actor=audit.actor_of(by),
        action="question.moved",
        object=f"question:{question.id}",
        before={"state": before.value},
        after={"state": state.value},
        trace=trace,
    )


def open_tasks(db: Session, question: OpenQuestion) -> Sequence[tuple[Task, Contact]]:
    """Return the tasks by which customers still wait for this answer, oldest first; their occasion names it."""
    query = select(Task, Contact).join(Contact, Contact.id == Task.contact_id)
    waits = (Task.rule == "unanswered", Task.state == TaskState.OPEN, Task.occasion.endswith(suffix(question.id)))
    return [(task, contact) for task, contact in db.execute(query.where(*waits).order_by(Task.id))]


def answered_by(db: Session, entry: LiveEntry) -> Sequence[OpenQuestion]:
    """Return the questions that an entry answered until it was taken back, and nothing answers now."""
    theirs = (OpenQuestion.id == entry.question_id) | (OpenQuestion.entry_id == entry.id)
    settled = OpenQuestion.state.in_([OpenQuestionState.LIVE, OpenQuestionState.DRAFTED])
    found = db.scalars(select(OpenQuestion).where(theirs, settled).order_by(OpenQuestion.id))
    return [question for question in found if question.entry_id == entry.id]


def answered_too(db: Session, understanding: Understanding, entry: LiveEntry, today: date) -> list[OpenQuestion]:
    """Return the other open questions of the branch that an entry just made live answers as it stands."""
    near = OpenQuestion.branch_id == entry.branch_id if entry.branch_id is not None else true()
    mine = (OpenQuestion.pack == entry.pack, near, OpenQuestion.state.in_(WAITING[:2]))
    query = select(OpenQuestion).where(*mine, OpenQuestion.id != (entry.question_id or 0)).order_by(OpenQuestion.id)
    waiting = db.scalars(query.with_for_update().limit(_LOOKED_AT)).all()
    if not waiting:
        return []
    known = understanding.with_entries([as_entry(entry)])
    return [question for question in waiting if f"entry:{entry.key}" in _answers(known, question.title, today)]


def suffix(question_id: int) -> str:
    """Return the end of the occasion of the tasks of a question."""
    return f":q{question_id}"


def by_count(questions: Iterable[OpenQuestion], counted: Mapping[int, int]) -> list[OpenQuestion]:
    """Return the questions asked most often first, older ones first among equals."""
    return sorted(questions, key=lambda question: (-counted.get(question.id, 0), question.id))


def _answers(understanding: Understanding, text: str, today: date) -> tuple[str, ...]:
    found = land(understanding, text, today)
    return found.items if found.kind == ANSWERED else ()


def _same(connection: Connection[Any], known: Mapping[int, str], text: str) -> int | None:
    """Return the open question of the same meaning; one that was dropped keeps quiet about its like.

    `known` are the questions and their titles.
    """
    plain = plainly(text)
    best = max(((likeness(plain, title), number) for number, title in known.items()), default=(0.0, 0))
    if best[0] >= SAME:
        return best[1]
    if not known:
        return None
    told = connection.execute(_WORDINGS, [list(known)])
    best = max(((likeness(plain, plainly(other)), number) for number, other in told), default=(0.0, 0))
    return best[1] if best[0] >= NEARLY else None


def _heated(text: str) -> bool:
    bare = normalise(text)
    return upset(bare) or cross(bare.replace(" ", ""))


def _title(text: str) -> str:
    title = plainly(text) or text
    return title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…"


def _key(pack: str, branch_id: int) -> int:
    """Return the number of a lock; one number for two branches only makes them wait for each other."""
    return crc32(f"{pack}:{branch_id}".encode()) - 2**31
