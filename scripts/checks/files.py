"""The files of one pack as the checks read them, and what a check finds in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.knowledge.content_rules import Rules, rules_in
from bot.knowledge.document import Document
from bot.knowledge.pack import schema_folder
from bot.understanding import KnowledgeError, normalise

COMMON = ("intents", "aspects", "smalltalk", "compare", "careful", "texts")
OWN = ("pack", "complaints", "not_ours", "menu", "texts")
NEEDED = ("intents", "aspects", "pack")

Keys = tuple[str | int, ...]


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


@dataclass(frozen=True, eq=False)
class Row:
    """An entry or a product and where it stands."""

    document: Document
    number: int
    value: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its id, which no other row has."""
        return str(self.value["id"])

    def finding(self, path: Keys, reason: str, error: bool = True) -> Finding:
        """Point at a value of it."""
        return at(self.document, (self.number, *path), reason, error)

    def said(self) -> Iterator[tuple[Keys, str]]:
        """Give everything a customer may read of it, each with the keys that lead to it."""
        if "answer" in self.value:
            yield ("answer",), self.value["answer"]
        for place, variant in enumerate(self.value.get("answers") or ()):
            yield ("answers", place, "answer"), variant["answer"]
        for aspect, text in (self.value.get("aspects") or {}).items():
            yield ("aspects", aspect), text
        for path, holder in self.holders():
            for kind, key in (("link", "title"), ("card", "title"), ("card", "text")):
                if text := (holder.get(kind) or {}).get(key):
                    yield (*path, kind, key), text

    def holders(self) -> Iterator[tuple[Keys, Mapping[str, Any]]]:
        """Give what may hold a link, a card and days: the row itself and its other wordings."""
        yield (), self.value
        for place, variant in enumerate(self.value.get("answers") or ()):
            yield ("answers", place), variant


@dataclass(frozen=True, eq=False)
class Wording:
    """One wording of an entry and where it stands."""

    text: str
    plain: str
    row: Row
    path: Keys

    @property
    def entry(self) -> str:
        """The id of its entry."""
        return self.row.id

    def finding(self, reason: str, error: bool = True) -> Finding:
        """Point at this wording."""
        return self.row.finding(self.path, reason, error)


class PackFiles:
    """One pack: its documents by kind; `broken` are the errors of form, after which nothing else is looked at."""

    def __init__(self, root: Path, pack: str, today: date) -> None:
        self.root, self.pack, self.today = root, pack, today
        self.documents: dict[str, list[Document]] = {"entries": [], "products": []}
        self.broken = list(self._read())

    @property
    def settings(self) -> Mapping[str, Any]:
        """What `pack.yaml` says."""
        value: Mapping[str, Any] = self.documents["pack"][0].value
        return value

    @cached_property
    def rules(self) -> Rules:
        """What the pack's answers may not say."""
        return rules_in(self.settings)

    @cached_property
    def entries(self) -> list[Row]:
        """The entries in the order of files."""
        return list(self._rows("entries"))

    @cached_property
    def products(self) -> list[Row]:
        """The products in the order of files."""
        return list(self._rows("products"))

    @cached_property
    def wordings(self) -> list[Wording]:
        """Every wording of every entry."""
        found = []
        for row in self.entries:
            texts: list[tuple[Keys, str]] = [(("question",), row.value["question"])]
            texts += [(("variants", place), text) for place, text in enumerate(row.value["variants"])]
            found += [Wording(text, bare(text), row, path) for path, text in texts]
        return found

    def common(self, kind: str) -> list[Document]:
        """Return the files of a kind, those all packs share first."""
        return self.documents.get(kind, [])

    def _rows(self, kind: str) -> Iterator[Row]:
        for document in self.documents[kind]:
            for number, row in enumerate(document.value):
                yield Row(document, number, row)

    def _read(self) -> Iterator[Finding]:
        """Read every file against its schema."""
        schemas, folder = schema_folder(self.root), self.root / self.pack
        files = [(self.root / "common" / f"{kind}.yaml", kind) for kind in COMMON]
        files += [(folder / f"{kind}.yaml", kind) for kind in OWN]
        for kind in ("entries", "products"):
            files += [(file, kind) for file in sorted((folder / kind).glob("*.yaml"))]
        for file, kind in files:
            if not file.is_file() and kind not in NEEDED:
                continue
            try:
                document = Document(file)
            except KnowledgeError as error:
                yield Finding(error.file, error.line, error.reason)
                continue
            yield from (Finding(e.file, e.line, e.reason) for e in document.complaints(schemas / f"{kind}.json"))
            self.documents.setdefault(kind, []).append(document)


def at(document: Document, path: Keys, reason: str, error: bool = True) -> Finding:
    """Point at a value of a document."""
    return Finding(str(document.file), document.where(path), reason, error)


def bare(text: str) -> str:
    """Return a text as it is compared: normalised, without blanks."""
    return normalise(text).replace(" ", "")
