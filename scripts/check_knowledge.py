"""Check the knowledge packs before they are used: what a schema can see, and what only asking can show.

Errors (exit 1): a file that does not fit its schema, the same wording in two places, unknown placeholders, banned
words, answers out of date, a wording that is answered by something else. Hints (exit 0): nearly the same wordings,
wordings taken for another kind of message.

usage: python -m scripts.check_knowledge [--knowledge DIR] [PACK ...]
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from bot.clock import SystemClock
from bot.understanding import Answer, Context, Intent, KnowledgeError, Understanding, normalise
from bot.understanding.document import Document
from bot.understanding.pack import schema_folder

ROOT = Path(__file__).resolve().parents[1]
NEAR = 92
"""Wordings of two entries this alike (0 to 100) are pointed out."""

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_CALLER = frozenset({"customer", "manager", "manager_phone", "number", "due", "name", "level", "app_name"})
"""Placeholders the program fills in every answer."""

_COMMON = {name: name for name in ("intents", "aspects", "smalltalk", "compare", "careful")}


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to mend: where, and in a Chinese sentence what to do."""

    file: str
    line: int
    reason: str
    error: bool = True

    def __str__(self) -> str:
        """Write it as the editor of the file reads it."""
        return f"{'错误' if self.error else '提示'} {self.file} 第{self.line}行：{self.reason}"


@dataclass(frozen=True)
class Wording:
    """One wording of an entry and where it stands."""

    text: str
    plain: str
    entry: str
    document: Document
    path: tuple[str | int, ...]

    def finding(self, reason: str, error: bool = True) -> Finding:
        """Point at this wording."""
        return Finding(str(self.document.file), self.document.where(self.path), reason, error)


class PackCheck:
    """Checks one pack."""

    def __init__(self, root: Path, pack: str, today: date) -> None:
        self.root, self.pack, self.today = root, pack, today
        self.schemas = schema_folder(root)
        self.documents: dict[str, list[Document]] = {"entries": [], "products": []}
        self.settings: Mapping[str, Any] = {}

    def findings(self) -> list[Finding]:
        """Return everything found, errors of form first; the rest is looked at only when the form is right."""
        broken = list(self._form())
        if broken:
            return broken
        found = [*self._contents(), *self._same(), *self._near(), *self._asked()]
        return sorted(set(found), key=lambda each: (not each.error, each))

    def _form(self) -> Iterator[Finding]:
        """Read every file against its schema."""
        folder = self.root / self.pack
        files = [(self.root / "common" / f"{name}.yaml", kind) for name, kind in _COMMON.items()]
        files += [(folder / "pack.yaml", "pack"), (folder / "complaints.yaml", "complaints")]
        files.append((folder / "not_ours.yaml", "not_ours"))
        for kind in ("entries", "products"):
            files += [(file, kind) for file in sorted((folder / kind).glob("*.yaml"))]
        for file, kind in files:
            if not file.is_file() and kind in ("smalltalk", "complaints", "not_ours", "compare", "careful"):
                continue
            try:
                document = Document(file)
            except KnowledgeError as error:
                yield Finding(error.file, error.line, error.reason)
                continue
            yield from (Finding(e.file, e.line, e.reason) for e in document.complaints(self.schemas / f"{kind}.json"))
            if kind in self.documents:
                self.documents[kind].append(document)
            elif kind == "pack":
                self.settings = document.value

    def _rows(self) -> Iterator[tuple[Document, int, Mapping[str, Any]]]:
        for documents in self.documents.values():
            for document in documents:
                for number, row in enumerate(document.value):
                    yield document, number, row

    def _wordings(self) -> list[Wording]:
        found = []
        for document in self.documents["entries"]:
            for number, row in enumerate(document.value):
                paths: list[tuple[str | int, ...]] = [(number, "question")]
                paths += [(number, "variants", place) for place in range(len(row["variants"]))]
                for path, text in zip(paths, (row["question"], *row["variants"]), strict=True):
                    plain = normalise(text).replace(" ", "")
                    found.append(Wording(text, plain, row["id"], document, path))
        return found

    def _contents(self) -> Iterator[Finding]:
        """Look for unknown placeholders, banned words, double ids and answers that are over."""
        seen: dict[str, str] = {}
        for document, number, row in self._rows():
            file, name = str(document.file), row["id"]
            if name in seen:
                where = document.where([number])
                yield Finding(file, where, f"编号“{name}”在 {seen[name]} 里已经用过，请换一个")
            seen[name] = document.file.name
            end = (row.get("valid") or {}).get("to")
            if end and date.fromisoformat(str(end)) < self.today:
                yield Finding(file, document.where([number, "valid"]), f"“{name}”已于 {end} 到期，请删除或改日期")
            for path, text in _answers(row):
                for reason in self._wrong_in(text):
                    yield Finding(file, document.where([number, *path]), reason)

    def _wrong_in(self, text: str) -> Iterator[str]:
        known = {*(self.settings.get("placeholders") or {}), *_CALLER}
        for name in _PLACEHOLDER.findall(text):
            if name not in known:
                yield f"占位符“{{{{{name}}}}}”没有定义，请写进 pack.yaml 的 placeholders"
        for word in self.settings.get("banned") or ():
            if word in text:
                yield f"回答里不能出现“{word}”，请换个说法"

    def _same(self) -> Iterator[Finding]:
        """Look for one wording in two entries, and one name for two products."""
        first: dict[str, Wording] = {}
        for wording in self._wordings():
            other = first.setdefault(wording.plain, wording)
            if other.entry != wording.entry:
                yield wording.finding(f"问法“{wording.text}”在“{other.entry}”里已经有了，只能留一处")
            elif other is not wording:
                yield wording.finding(f"问法“{wording.text}”写了两遍，请删去一条", error=False)
        yield from self._same_names()

    def _same_names(self) -> Iterator[Finding]:
        named: dict[str, str] = {}
        for document in self.documents["products"]:
            for number, row in enumerate(document.value):
                for name in (row["name"], *row.get("aliases", ())):
                    other = named.setdefault(normalise(name).replace(" ", ""), row["id"])
                    if other != row["id"]:
                        reason = f"叫法“{name}”也是“{other}”的，客户会被反问，请去掉一处"
                        yield Finding(str(document.file), document.where([number, "aliases"]), reason, error=False)

    def _near(self) -> Iterator[Finding]:
        """Look for wordings of two entries that are nearly the same."""
        wordings = self._wordings()
        texts = [wording.plain for wording in wordings]
        for number, wording in enumerate(wordings):
            for _, alike, other in process.extract(wording.plain, texts, scorer=fuzz.ratio, score_cutoff=NEAR, limit=6):
                if other < number and alike < 100 and wordings[other].entry != wording.entry:
                    near = wordings[other]
                    yield wording.finding(f"问法“{wording.text}”和“{near.entry}”的“{near.text}”几乎一样", error=False)

    def _asked(self) -> Iterator[Finding]:
        """Ask every wording and see that its own entry answers."""
        try:
            engine = Understanding.load(self.root, self.pack)
        except KnowledgeError as error:
            yield Finding(error.file, error.line, error.reason)
            return
        context = Context(self.today, {})
        landed: dict[str, int] = {}
        for wording in self._wordings():
            outcome = engine.understand(wording.text, context)
            landed.setdefault(wording.entry, 0)
            if isinstance(outcome, Answer):
                given = {outcome.entry_id, *(each.entry_id for each in outcome.more)}
                landed[wording.entry] += f"entry:{wording.entry}" in given
                if f"entry:{wording.entry}" not in given:
                    yield wording.finding(f"问“{wording.text}”时答的是“{outcome.title}”，请换个说法或移到那一条")
            elif isinstance(outcome, Intent):
                yield wording.finding(f"“{wording.text}”会被当作意图 {outcome.name}，不会用到这条回答", error=False)
        for document in self.documents["entries"]:
            for number, row in enumerate(document.value):
                if not landed.get(row["id"]):
                    where = document.where([number, "id"])
                    yield Finding(str(document.file), where, f"“{row['id']}”没有一种问法能问到它，请补充或改写问法")


def _answers(row: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    """Return the answers of an entry or a product, each with the keys that lead to it."""
    if "answer" in row:
        return [(("answer",), row["answer"])]
    return [(("aspects", aspect), text) for aspect, text in row["aspects"].items()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the packs named, or all of them; tell what was found and return 1 when something must be mended."""
    parser = argparse.ArgumentParser(description="Check knowledge packs.")
    parser.add_argument("packs", nargs="*", help="packs to check; all when none is named")
    parser.add_argument("--knowledge", type=Path, default=ROOT / "knowledge")
    parser.add_argument("--today", type=date.fromisoformat, default=SystemClock().now().date())
    parser.add_argument("--hints", action="store_true", help="also print hints")
    options = parser.parse_args(arguments)
    packs = options.packs or sorted(file.parent.name for file in options.knowledge.glob("*/pack.yaml"))
    if not packs:
        print(f"{options.knowledge} 里没有行业包（缺 pack.yaml）", file=sys.stderr)
        return 1
    wrong = 0
    for pack in packs:
        findings = PackCheck(options.knowledge, pack, options.today).findings()
        errors = [finding for finding in findings if finding.error]
        wrong += len(errors)
        for finding in findings if options.hints else errors:
            print(finding)
        print(f"{pack}：{len(errors)} 个错误，{len(findings) - len(errors)} 条提示")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
