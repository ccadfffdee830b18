"""What only asking can show: wordings that lead elsewhere, and entries nobody can reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.knowledge.audience import read_audience, read_span
from bot.understanding import Answer, Context, Intent, KnowledgeError, Understanding
from scripts.checks.alike import against_products, naming
from scripts.checks.files import Finding, PackFiles, Row, Wording


def asked(files: PackFiles) -> Iterator[Finding]:
    """Ask every wording as somebody its entry is for, on a day on which it holds."""
    try:
        engine = Understanding.load(files.root, files.pack)
    except KnowledgeError as error:
        yield Finding(error.file, error.line, error.reason)
        return
    reached: Counter[str] = Counter()
    for wording in files.wordings:
        yield from _ask(engine, wording, files, reached)
    for row in files.entries:
        if not reached[row.id] and not _over(row, files):
            yield row.finding(("id",), f"“{row.id}”没有一种问法能问到它，请补充或改写问法")
    offered = {
        wording: [each.id for each in engine.explain(wording.text, _context(wording.row, files)).candidates]
        for wording in naming(files)
    }
    yield from against_products(files, offered)


def _ask(engine: Understanding, wording: Wording, files: PackFiles, reached: Counter[str]) -> Iterator[Finding]:
    outcome = engine.understand(wording.text, _context(wording.row, files))
    if isinstance(outcome, Answer):
        given = {outcome.entry_id, *(each.entry_id for each in outcome.more)}
        if f"entry:{wording.entry}" in given:
            reached[wording.entry] += 1
        elif not _over(wording.row, files):
            yield wording.finding(f"问“{wording.text}”时答的是“{outcome.title}”，请换个说法或移到那一条")
    elif isinstance(outcome, Intent):
        yield wording.finding(f"“{wording.text}”会被当作意图 {outcome.name}，不会用到这条回答", error=False)


def _context(row: Row, files: PackFiles) -> Context:
    only, start = read_audience(row.value.get("only")), read_span(row.value.get("valid")).start
    branch, level = (names[0] if names else "" for names in (only.branches, only.levels))
    return Context(max(files.today, start or files.today), branch=branch, level=level)


def _over(row: Row, files: PackFiles) -> bool:
    end = read_span(row.value.get("valid")).end
    return end is not None and end < files.today
