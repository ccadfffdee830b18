"""Drafts in a manager's chat: what an answer would do, and 上线, 修改, 不用了, 撤回."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from bot.clock import local
from bot.dialogue import Form, Router, Turn
from bot.learning import drafts, open_questions
from bot.learning.drafts import DraftError
from bot.learning.paraphrases import suggest
from bot.messages import Button, Card, Reply
from bot.service import open_question_cards
from bot.store.models import EntryState, LiveEntry, Manager, OpenQuestion, OpenQuestionState, Role
from bot.understanding import Entry
from handlers.common import office
from handlers.manager.answer_validation import checked
from handlers.manager.draft_report import Findings, findings, forbidding
from handlers.manager.staff_only import staff_only

router = Router()
OTHER = "其他"
"""The category of an entry about which nobody knows what it belongs to."""

SHOWN, LISTED = 5, 10
_NUMBER = r"(?:草稿|知识|第)?\s*(?P<number>\d{1,9})?\s*(?:号|条)?"
_CARD = re.compile(r"entry-(\d{1,9})-.*")
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九十")}
_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_NEW_QUESTION = re.compile(r"(?:问法|问题|问)[\s:：]+(?P<question>\S.*)")


def number_of(text: str) -> int | None:
    """Return a number as typed, in digits or as one character; None when there is none."""
    return _DIGITS.get(text, int(text) if text.isdigit() else 0) if text else None


def drafted(turn: Turn, question: OpenQuestion, words: str) -> Reply | str:
    """Make the words a draft of the answer to an open question and show what it would do.

    What it would do is worked out first: the question is locked only after that, for customers go on asking it.
    """
    entry = turn.db.get(LiveEntry, question.entry_id) if question.entry_id else None
    known = entry if entry is not None and entry.state is EntryState.DRAFT else None
    planned = _planned(turn, question, words, known)
    found = findings(turn, planned)
    manager = turn.staff()
    turn.db.refresh(question, with_for_update=True)
    if question.state is OpenQuestionState.LIVE:
        return turn.say("learn.already", id=question.id, question=question.title)
    if known is not None:
        entry = drafts.revise(turn.db, known, manager, turn.now, answer=words)
    else:
        entry = drafts.draft(
            turn.db,
            pack=planned.pack,
            branch_id=planned.branch_id,
            question=planned.question,
            variants=planned.variants,
            answer=planned.answer,
            category=planned.category,
            by=manager,
            now=turn.now,
            question_id=question.id,
            key=planned.key,
        )
    question.entry_id, question.answered_at = entry.id, turn.now
    open_questions.move(turn.db, question, OpenQuestionState.DRAFTED, manager, turn.now, turn.trace)
    return shown(turn, entry, found)


def _planned(turn: Turn, question: OpenQuestion, words: str, known: LiveEntry | None) -> LiveEntry:
    """Return the entry as it will be, not in the database yet."""
    content = {"pack": question.pack, "branch_id": question.branch_id, "answer": words, "key": ""}
    if known is not None:
        kept = {"question": known.question, "variants": list(known.variants), "category": known.category}
        return LiveEntry(**content | kept | {"key": known.key})
    if (old := answered_badly(turn, question)) is not None:
        kept = {"question": old.question, "variants": list(old.variants), "category": old.category}
        return LiveEntry(**content | kept | {"key": old.id})
    told = open_questions.wordings(turn.db, question)
    variants = suggest(turn.understanding, question.title, told)
    category = question.category or OTHER
    return LiveEntry(**content, question=question.title, variants=variants, category=category)


def answered_badly(turn: Turn, question: OpenQuestion) -> Entry | None:
    """Return the entry whose answer was of no use to those who asked: a better one takes its place."""
    item = open_questions.useless_item(turn.db, question)
    return next((each for each in turn.understanding.knowledge.entries if f"entry:{each.id}" == item), None)


def shown(turn: Turn, entry: LiveEntry, found: Findings) -> Reply:
    """Show a draft: the words, the wordings it will be known by, what it would break, and the buttons."""
    lines = [
        turn.say("learn.draft.head", id=entry.id),
        turn.say("learn.draft.question", question=entry.question),
        turn.say("learn.draft.answer", answer=entry.answer),
        turn.say("learn.draft.wordings", wordings="；".join(entry.variants[:SHOWN])) if entry.variants else "",
        *found.lines,
    ]
    publish = Button("learn.publish", turn.say("learn.draft.publish"), primary=True)
    rest = (
        Button("learn.amend", turn.say("learn.draft.amend")),
        Button("learn.drop", turn.say("learn.draft.drop")),
    )
    key = "learn.draft.mend" if found.forbidden else "learn.draft.ready"
    card = Card(
        f"entry-{entry.id}-{turn.trace}",
        turn.say("learn.draft.title", id=entry.id),
        turn.say(key, question=entry.question),
        (),
        rest if found.forbidden else (publish, *rest),
    )
    return Reply.text("\n".join(filter(None, lines))).then(card)


@router.card("learn.publish")
@staff_only
def publish_tapped(turn: Turn, task_id: str, response_code: str) -> str:
    """Make the draft live (上线)."""
    return _published(turn, _on_card(turn, task_id), response_code)


@router.staff(rf"(?:上线|发布)\s*{_NUMBER}")
@staff_only
def publish_typed(turn: Turn, number: str) -> str:
    """Make a draft live by its number, or his newest one."""
    entry = _chosen(turn, number, EntryState.DRAFT)
    return _published(turn, entry) if entry else turn.say("learn.draft.none")


@router.staff(r"草稿(?:列表|清单)?")
@staff_only
def drafts_listed(turn: Turn) -> str:
    """List the drafts that wait to be made live, those that were imported too."""
    near = (LiveEntry.branch_id == turn.person.branch_id) | LiveEntry.branch_id.is_(None)
    mine = (LiveEntry.state == EntryState.DRAFT, LiveEntry.pack == turn.person.pack, near)
    rows = turn.db.scalars(select(LiveEntry).where(*mine).order_by(LiveEntry.id.desc()).limit(LISTED)).all()
    if not rows:
        return turn.say("learn.draft.none")
    lines = [turn.say("learn.drafts.line", id=row.id, question=row.question) for row in rows]
    return "\n".join([turn.say("learn.drafts.head"), *lines, turn.say("learn.drafts.tail", id=rows[0].id)])


@router.staff(r"(?:看)?草稿\s*(?P<number>\d{1,9})\s*(?:号)?")
@staff_only
def draft_shown(turn: Turn, number: str) -> Reply | str:
    """Show a draft and what it would do."""
    entry = _chosen(turn, number, EntryState.DRAFT)
    return shown(turn, entry, findings(turn, entry)) if entry else turn.say("learn.draft.gone")


@router.card("learn.amend")
@staff_only
def amend_tapped(turn: Turn, task_id: str, response_code: str) -> Reply | str:
    """Ask for other words (修改)."""
    return _amended(turn, _on_card(turn, task_id), response_code)


@router.staff(rf"(?:修改|改)\s*{_NUMBER}")
@staff_only
def amend_typed(turn: Turn, number: str) -> Reply | str:
    """Ask for other words for a draft or for what is live; without a number for what he had in hand last."""
    found = [_chosen(turn, number, state) for state in (EntryState.DRAFT, EntryState.LIVE)]
    newest = max(
        (entry for entry in found if entry), key=lambda entry: entry.published_at or entry.made_at, default=None
    )
    return _amended(turn, newest)


@router.card("learn.drop")
@staff_only
def drop_tapped(turn: Turn, task_id: str, response_code: str) -> str:
    """Put the draft aside for good, and its question with it (不用了)."""
    entry, manager = _on_card(turn, task_id), turn.staff()
    if entry is None or entry.state is not EntryState.DRAFT:
        return turn.say("learn.draft.gone")
    question = turn.db.get(OpenQuestion, entry.question_id) if entry.question_id else None
    if question is not None and question.state is not OpenQuestionState.LIVE:
        open_questions.move(turn.db, question, OpenQuestionState.DROPPED, manager, turn.now, turn.trace)
    _done(turn, entry, response_code, "learn.draft.dropped.card")
    return turn.say("learn.dropped", question=entry.question)


@router.staff(rf"(?:撤回|撤下|下线|撤销)\s*{_NUMBER}")
@staff_only
def withdrawn(turn: Turn, number: str) -> str:
    """Take an entry back by its number, or the one he made live last."""
    entry, manager = _chosen(turn, number, EntryState.LIVE), turn.staff()
    if entry is None:
        return turn.say("learn.withdraw.none")
    if entry.published_by != manager.id and manager.role is not Role.SUPERVISOR:
        by = turn.db.get(Manager, entry.published_by) if entry.published_by else None
        return turn.say("learn.withdraw.foreign", id=entry.id, name=by.name if by else "")
    try:
        drafts.withdraw(turn.db, entry, manager, turn.now)
    except DraftError:
        return turn.say("learn.withdraw.none")
    again = open_questions.answered_by(turn.db, entry)
    for question in again:
        question.entry_id = None
        open_questions.move(turn.db, question, OpenQuestionState.OPEN, manager, turn.now, turn.trace)
    return turn.say("learn.withdrawn.again" if again else "learn.withdrawn", id=entry.id, question=entry.question)


@router.staff(r"(?:我的)?知识(?:列表|清单)?|(?:最近)?上线的?(?:知识|列表|清单)")
@staff_only
def recent(turn: Turn) -> str:
    """List what was made live last in his branch, by whom and when."""
    rows = turn.db.scalars(_live_here(turn).limit(SHOWN)).all()
    if not rows:
        return turn.say("learn.recent.none")
    lines = [_recent_line(turn, row) for row in rows]
    return "\n".join([turn.say("learn.recent.head"), *lines, turn.say("learn.recent.tail", id=rows[0].id)])


@router.form
class AmendForm(Form):
    """Ask for other words for an entry; `entry` is its number."""

    name = "manager.amend"
    minutes = 30

    class Step(enum.StrEnum):
        """The one question."""

        WORDS = "words"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Say what can be changed."""
        return turn.say("learn.amend.prompt", answer=str(values["answer"]))

    def check(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Take words of a length that one message holds."""
        return checked(turn.text)

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> Reply | str:
        """Change the draft, or draft what is live anew, and show it."""
        entry, words = turn.db.get(LiveEntry, int(values["entry"])), str(values["words"])
        if entry is None:
            return turn.say("learn.draft.gone")
        asked = _NEW_QUESTION.fullmatch(words)
        change = {"question": checked(asked["question"])} if asked else {"answer": words}
        try:
            draft = drafts.revise(turn.db, entry, turn.staff(), turn.now, **change)
        except DraftError:
            return turn.say("learn.draft.gone")
        return shown(turn, draft, findings(turn, draft))


def _published(turn: Turn, entry: LiveEntry | None, response_code: str = "") -> str:
    """Make it live everywhere and tell the customers who still wait; a draft that would do harm stays a draft."""
    if entry is None or entry.state is EntryState.WITHDRAWN:
        return turn.say("learn.draft.gone")
    if entry.state is EntryState.LIVE:
        return turn.say("learn.published.already", id=entry.id)
    question = turn.db.get(OpenQuestion, entry.question_id) if entry.question_id else None
    if question is not None and question.state is OpenQuestionState.DROPPED:
        return turn.say("learn.draft.gone")
    if found := forbidding(turn, entry):
        return "\n".join((*found, turn.say("learn.draft.mend", question=entry.question)))
    manager = turn.staff()
    drafts.publish(turn.db, entry, manager, turn.now)
    _done(turn, entry, response_code, "learn.published.card")
    words = [turn.say("learn.published", id=entry.id)]
    if told := _tell(turn, entry, question, manager):
        words.append(turn.say("learn.published.told", count=told))
    if left := len(open_questions.waiting_for(turn.db, manager)):
        words.append(turn.say("learn.published.left", count=left))
    return "\n".join(words)


def _tell(turn: Turn, entry: LiveEntry, question: OpenQuestion | None, manager: Manager) -> int:
    """Tell the customers who wait for this answer, whether they asked this question or one it answers as well."""
    too = open_questions.answered_too(turn.db, turn.understanding, entry, turn.today)
    for other in too:
        other.entry_id = entry.id
        open_questions.move(turn.db, other, OpenQuestionState.LIVE, manager, turn.now, turn.trace)
    here, answer = office(turn), _plain(turn, entry)
    return sum(
        open_question_cards.tell_askers(here, each, answer, manager)
        for each in (*([question] if question else []), *too)
    )


def _amended(turn: Turn, entry: LiveEntry | None, response_code: str = "") -> Reply | str:
    if entry is None or entry.state is EntryState.WITHDRAWN:
        return turn.say("learn.draft.gone")
    _done(turn, entry, response_code, "learn.draft.amend.card")
    return turn.start(AmendForm, {"entry": entry.id, "answer": entry.answer})


def _on_card(turn: Turn, task_id: str) -> LiveEntry | None:
    found = _CARD.fullmatch(task_id)
    return _here(turn, int(found.group(1))) if found else None


def _here(turn: Turn, number: int) -> LiveEntry | None:
    """Return an entry that concerns him: made by him, or of his branch or of all."""
    entry = turn.db.get(LiveEntry, number)
    near = (None, turn.person.branch_id)
    mine = entry is not None and (entry.branch_id in near or entry.made_by == turn.person.manager_id)
    return entry if mine else None


def _chosen(turn: Turn, number: str, state: EntryState) -> LiveEntry | None:
    """Return the entry of that number in that state; without a number the one he last made or made live."""
    if number:
        entry = _here(turn, int(number))
        return entry if entry is not None and entry.state is state else None
    who, when = (
        (LiveEntry.published_by, LiveEntry.published_at)
        if state is EntryState.LIVE
        else (LiveEntry.made_by, LiveEntry.made_at)
    )
    query = select(LiveEntry).where(LiveEntry.state == state, who == turn.person.manager_id)
    return turn.db.scalars(query.order_by(when.desc(), LiveEntry.id.desc()).limit(1)).first()


def _done(turn: Turn, entry: LiveEntry, response_code: str, key: str) -> None:
    """Put the buttons of the tapped card out of use."""
    words = turn.say(key, manager=turn.person.manager_name, time=f"{local(turn.now, turn.zone):%H:%M}")
    office(turn).card_done(turn.staff(), response_code, words, f"entry:{entry.id}:{turn.trace}")


def _plain(turn: Turn, entry: LiveEntry) -> str:
    """Return the answer with the branch's facts filled in."""
    context = turn.context()
    facts = {**turn.understanding.knowledge.placeholders, **context.placeholders}
    return _PLACEHOLDER.sub(lambda hit: str(facts.get(hit[1], "")), entry.answer)


def _live_here(turn: Turn) -> Select[LiveEntry]:
    near = (LiveEntry.branch_id == turn.person.branch_id) | LiveEntry.branch_id.is_(None)
    query = select(LiveEntry).where(LiveEntry.state == EntryState.LIVE, LiveEntry.pack == turn.person.pack, near)
    return query.order_by(LiveEntry.published_at.desc(), LiveEntry.id.desc())


def _recent_line(turn: Turn, entry: LiveEntry) -> str:
    by = turn.db.get(Manager, entry.published_by) if entry.published_by else None
    when = office(turn).when(entry.published_at) if entry.published_at else ""
    return turn.say("learn.recent.line", id=entry.id, question=entry.question, name=by.name if by else "", time=when)
