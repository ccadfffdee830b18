"""What the assistant knows: entries, products, and the utterances the small models learn from."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.knowledge.audience import (
    EVERYBODY,
    Audience,
    Span,
    Variant,
    read_audience,
    read_card,
    read_link,
    read_span,
    read_variants,
)
from bot.knowledge.content import NEEDS, Card, Category, Link
from bot.knowledge.document import Document
from bot.knowledge.knowledge_error import KnowledgeError


@dataclass(frozen=True, slots=True)
class Entry:
    """A question with its other wordings and its answer; `answers` are told to some customers or on some days instead.

    `only` hides it from everybody else; `picture` is a media id of the account.
    """

    id: str
    category: str
    question: str
    variants: tuple[str, ...]
    answer: str
    link: Link | None = None
    start: date | None = None
    end: date | None = None
    only: Audience = EVERYBODY
    answers: tuple[Variant, ...] = ()
    card: Card | None = None
    picture: str = ""
    source: str = ""

    @property
    def span(self) -> Span:
        """The days on which it is answered."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Product:
    """A product whose aspects are answered; `variants` are wordings of its own for an aspect."""

    id: str
    name: str
    aliases: tuple[str, ...]
    aspects: Mapping[str, str]
    family: str | None = None
    category: str | None = None
    tier: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    link: Link | None = None
    start: date | None = None
    end: date | None = None
    only: Audience = EVERYBODY
    card: Card | None = None
    source: str = ""

    @property
    def span(self) -> Span:
        """The days on which it is answered."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Smalltalk:
    """A short social exchange."""

    id: str
    ask: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class NotOurs:
    """Things other people see to: words (parts with a space between must all be there), and what to say honestly."""

    words: tuple[str, ...]
    say: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """What products are compared by, a key of their tiers: what it is called, and words that ask for more or less."""

    name: str
    words: tuple[str, ...]
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Careful:
    """Words that need a careful, fixed reply, and what excuses them.

    Parts of `words` with a space between must all be there; with `…` between they follow each other closely, and `|`
    stands between what may be said instead. Of `signs`, one of each line stands near the others. `sayings` only sound
    so and count for nothing themselves; a word of `unless` excuses the whole message, and signs it stands near.
    """

    kind: str
    words: tuple[str, ...]
    sayings: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    signs: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All of one pack together with what all packs share."""

    entries: tuple[Entry, ...] = ()
    products: tuple[Product, ...] = ()
    aspects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    intents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    smalltalk: tuple[Smalltalk, ...] = ()
    categories: tuple[Category, ...] = ()
    placeholders: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    not_ours: tuple[NotOurs, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    careful: tuple[Careful, ...] = ()

    def asked(self) -> Iterator[str]:
        """Give every question and name of the pack."""
        for entry in self.entries:
            yield from (entry.question, *entry.variants)
        for product in self.products:
            yield from (product.name, *product.aliases)
            yield from (text for group in product.variants.values() for text in group)

    def answers(self) -> Iterator[str]:
        """Give every answer of the pack."""
        yield from (entry.answer for entry in self.entries)
        yield from (variant.answer for entry in self.entries for variant in entry.answers)
        yield from (text for product in self.products for text in product.aspects.values())

    def with_entries(self, added: Sequence[Entry], removed: Collection[str] = ()) -> Knowledge:
        """Return the knowledge with entries changed: one of a known id takes that one's place, new ones come last."""
        entries = {entry.id: entry for entry in self.entries if entry.id not in removed}
        entries |= {entry.id: entry for entry in added}
        return replace(self, entries=tuple(entries.values()))

    def version(self) -> str:
        """Return a hash of the content, the same in every process that loaded the same files."""
        return hashlib.sha256(repr(self).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def load_knowledge(root: Path, pack: str) -> Knowledge:
    """Read `root`/common and `root`/`pack`; raise `KnowledgeError` for the first thing that is wrong."""
    folder = root / pack
    if not (folder / "pack.yaml").is_file():
        raise KnowledgeError(folder / "pack.yaml", 1, f"没有找到行业包“{pack}”，请先写好 pack.yaml")
    reader = Reader(root)
    return Knowledge(
        entries=tuple(reader.entries(folder)),
        products=tuple(reader.products(folder)),
        aspects=reader.utterances("aspects", "aspect"),
        intents=reader.utterances("intents", "intent"),
        smalltalk=tuple(reader.smalltalk()),
        categories=tuple(reader.categories(folder)),
        placeholders=reader.placeholders(folder),
        texts=reader.texts(folder),
        not_ours=tuple(reader.not_ours(folder)),
        attributes=tuple(reader.attributes()),
        careful=tuple(reader.careful()),
    )


def common_knowledge(root: Path) -> Knowledge:
    """Read only what all packs share; for measuring and for checks."""
    reader = Reader(root)
    return Knowledge(
        aspects=reader.utterances("aspects", "aspect"),
        intents=reader.utterances("intents", "intent"),
        smalltalk=tuple(reader.smalltalk()),
    )


def schema_folder(root: Path) -> Path:
    """Return the schemas beside the packs, or the program's own for packs kept elsewhere."""
    beside = root / "schema"
    return beside if beside.is_dir() else Path(__file__).resolve().parents[2] / "knowledge" / "schema"


class Reader:
    """Reads the files of one pack; remembers where each id stands so that a second one can be refused."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._ids: dict[str, Path] = {}
        self.schemas = schema_folder(root)

    def document(self, file: Path, kind: str) -> Document:
        """Read a file and check it against the schema of its kind."""
        document = Document(file)
        document.check(self.schemas / f"{kind}.json")
        return document

    def entries(self, folder: Path) -> Iterator[Entry]:
        """Give the entries of `folder`/entries in the order of file names."""
        for document in self._documents(folder / "entries", "entries"):
            for row in document.value:
                yield _entry(row)

    def products(self, folder: Path) -> Iterator[Product]:
        """Give the products of `folder`/products in the order of file names."""
        for document in self._documents(folder / "products", "products"):
            for row in document.value:
                yield _product(row)

    def utterances(self, name: str, key: str) -> dict[str, tuple[str, ...]]:
        """Read `common/<name>.yaml` into label -> utterances."""
        document = self.document(self.root / "common" / f"{name}.yaml", name)
        found: dict[str, tuple[str, ...]] = {}
        for row in document.value:
            found[row[key]] = found.get(row[key], ()) + _texts(row["utterances"])
        return found

    def smalltalk(self) -> Iterator[Smalltalk]:
        """Give the short social exchanges, none when the file is not there."""
        file = self.root / "common" / "smalltalk.yaml"
        if file.is_file():
            for row in self.document(file, "smalltalk").value:
                yield Smalltalk(row["id"], _texts(row["ask"]), row["answer"].strip())

    def categories(self, folder: Path) -> Iterator[Category]:
        """Give the complaint categories of the trade, none when the file is not there."""
        file = folder / "complaints.yaml"
        if file.is_file():
            for row in self.document(file, "complaints").value["categories"]:
                needs = _texts(row["needs"]) if "needs" in row else NEEDS
                ask = {step: words.strip() for step, words in (row.get("ask") or {}).items()}
                yield Category(row["id"], row["title"], _texts(row["words"]), needs, ask, row.get("soothe", "").strip())

    def not_ours(self, folder: Path) -> Iterator[NotOurs]:
        """Give the things other people see to, none when the file is not there."""
        file = folder / "not_ours.yaml"
        if file.is_file():
            for row in self.document(file, "not_ours").value:
                yield NotOurs(_texts(row["words"]), row["say"].strip())

    def attributes(self) -> Iterator[Attribute]:
        """Give what products are compared by, nothing when the file is not there."""
        for row in self._common("compare"):
            yield Attribute(row["name"], *(_texts(row.get(key)) for key in ("words", "more", "less")))

    def careful(self) -> Iterator[Careful]:
        """Give the words that need care, none when the file is not there."""
        for row in self._common("careful"):
            signs = tuple(_texts(line) for line in row.get("signs") or ())
            words, sayings, unless = (_texts(row.get(key)) for key in ("words", "sayings", "unless"))
            yield Careful(row["kind"], words, sayings, unless, signs)

    def _common(self, name: str) -> Sequence[Any]:
        file = self.root / "common" / f"{name}.yaml"
        return self.document(file, name).value if file.is_file() else ()

    def placeholders(self, folder: Path) -> dict[str, str]:
        """Return the pack's own defaults for placeholders."""
        value = self.document(folder / "pack.yaml", "pack").value
        return {key: str(text) for key, text in (value.get("placeholders") or {}).items()}

    def texts(self, folder: Path) -> dict[str, str]:
        """Return the texts of questions back and of tables (keys `choices.*`, `table.*`), the pack's first."""
        found: dict[str, str] = {}
        for file in (self.root / "common" / "texts.yaml", folder / "texts.yaml"):
            value = Document(file).value if file.is_file() else None
            found |= {k: str(t) for k, t in (value or {}).items() if str(k).startswith(("choices.", "table."))}
        return found

    def _documents(self, folder: Path, kind: str) -> Iterator[Document]:
        for file in sorted(folder.glob("*.yaml")):
            document = self.document(file, kind)
            for number, row in enumerate(document.value):
                if row["id"] in self._ids:
                    other = self._ids[row["id"]].name
                    raise document.refuse([number, "id"], f"编号“{row['id']}”在 {other} 里已经用过，请换一个")
                self._ids[row["id"]] = file
            yield document


def _entry(row: Mapping[str, Any]) -> Entry:
    span = read_span(row.get("valid"))
    return Entry(
        id=row["id"],
        category=row["category"],
        question=row["question"].strip(),
        variants=_texts(row.get("variants")),
        answer=row["answer"].strip(),
        link=read_link(row),
        start=span.start,
        end=span.end,
        only=read_audience(row.get("only")),
        answers=read_variants(row.get("answers")),
        card=read_card(row),
        picture=row.get("picture") or "",
        source=row.get("source") or "",
    )


def _product(row: Mapping[str, Any]) -> Product:
    span = read_span(row.get("valid"))
    return Product(
        id=row["id"],
        name=row["name"].strip(),
        aliases=_texts(row.get("aliases")),
        aspects={key: text.strip() for key, text in row["aspects"].items()},
        family=row.get("family"),
        category=row.get("category") or row.get("family"),
        tier={key: str(value) for key, value in (row.get("tier") or {}).items()},
        variants={key: _texts(texts) for key, texts in (row.get("variants") or {}).items()},
        link=read_link(row),
        start=span.start,
        end=span.end,
        only=read_audience(row.get("only")),
        card=read_card(row),
        source=row.get("source") or "",
    )


def _texts(rows: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(text.strip() for text in rows or ())
