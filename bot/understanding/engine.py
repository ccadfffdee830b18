"""Understand a message: normalise, find candidates, score them, and choose the band."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from threading import Lock

import numpy as np
from rapidfuzz import fuzz

from .complaint import find_category, read_complaint
from .grams import Index, grams
from .linear import Classifier
from .link import Linker
from .normal import normalise
from .outcome import (
    Answer,
    Candidate,
    Category,
    Choice,
    Choices,
    ComplaintSlots,
    Context,
    Explanation,
    Intent,
    Understood,
    Unknown,
)
from .pack import Knowledge, load_knowledge

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
ASK = "您想问的是下面哪一项？"
SURE = 0.62
MAYBE = 0.4


class Understanding:
    """One pack's knowledge, ready to be asked. It never changes once built, so all threads share it."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self.version = knowledge.version()
        self._wordings = [(i, normalise(t)) for i, e in enumerate(knowledge.entries) for t in (e.question, *e.variants)]
        self._owners = np.array([owner for owner, _ in self._wordings], dtype=np.int32)
        self._index = Index([grams(text, 3) for _, text in self._wordings])
        self._linker = Linker(knowledge.products)
        self._aspects = _classifier(dict(knowledge.aspects))
        self._intents = _classifier(_intent_texts(knowledge))
        self._entries = {entry.id: entry for entry in knowledge.entries}
        self._products = {product.id: product for product in knowledge.products}
        self._cache: OrderedDict[tuple[str, str | None, date], Understood] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def load(cls, knowledge: Path, pack: str) -> Understanding:
        """Read and build the pack; raise `KnowledgeError` when a file is wrong."""
        return cls(load_knowledge(knowledge, pack))

    def categories(self) -> tuple[Category, ...]:
        """Return the complaint categories of the trade."""
        return self._knowledge.categories

    def complaint_slots(self, text: str, today: date) -> ComplaintSlots:
        """Return what a complaint already says."""
        return read_complaint(text, today, self._knowledge.categories)

    def understand(self, text: str, context: Context) -> Understood:
        """Decide what the message is and, when it is a question we know, answer it."""
        return self.explain(text, context).outcome

    def answer(self, choice_id: str, context: Context) -> Answer | None:
        """Return the answer of a picked choice; None when there is none (any more) or it is out of date."""
        return self._answer(choice_id, 1.0, context)

    def explain(self, text: str, context: Context) -> Explanation:
        """Decide and tell why."""
        plain = normalise(text)
        intents = dict(zip(self._intents.labels, map(float, self._intents.scores(plain)), strict=True)) if plain else {}
        candidates = self._candidates(plain, context) if plain else ()
        outcome = self._decide(plain, intents, candidates, context)
        return Explanation(text, plain, (plain,), intents, candidates, type(outcome).__name__.lower(), outcome)

    def _candidates(self, plain: str, context: Context) -> tuple[Candidate, ...]:
        found = [*self._entry_candidates(plain), *self._product_candidates(plain)]
        return tuple(sorted(found, key=lambda c: -c.score)[:8])

    def _entry_candidates(self, plain: str) -> list[Candidate]:
        cosines = self._index.search(grams(plain, 3))
        best: dict[int, Candidate] = {}
        for row in np.argsort(-cosines)[:12]:
            owner = int(self._owners[row])
            ratio = fuzz.ratio(plain, self._wordings[row][1]) / 100
            score = 0.5 * float(cosines[row]) + 0.5 * ratio
            if owner not in best or best[owner].score < score:
                entry = self._knowledge.entries[owner]
                features = {"cosine": float(cosines[row]), "ratio": ratio}
                best[owner] = Candidate(f"entry:{entry.id}", entry.question, score, features)
        return list(best.values())

    def _product_candidates(self, plain: str) -> list[Candidate]:
        text = plain.replace(" ", "")
        found = []
        for mention in self._linker.mentions(plain)[:3]:
            product = self._knowledge.products[mention.product]
            rest = text[: mention.start] + " " + text[mention.end :]
            asked = dict(zip(self._aspects.labels, map(float, self._aspects.scores(rest)), strict=True))
            if not rest.strip():
                asked = {"介绍": 1.0}
            for aspect in product.aspects:
                score = mention.score * asked.get(aspect, 0.0) ** 0.5
                features = {"link": mention.score, "aspect": asked.get(aspect, 0.0)}
                found.append(Candidate(f"product:{product.id}:{aspect}", f"{product.name}的{aspect}", score, features))
        return found

    def _decide(self, plain: str, intents: Mapping[str, float], found: tuple[Candidate, ...], context: Context) -> Understood:
        if not plain:
            return Unknown("empty", (), None)
        name, sure = max(intents.items(), key=lambda pair: pair[1], default=("question", 0.0))
        top = found[0].score if found else 0.0
        if name != "question" and sure > max(0.5, top if top > 0.85 else 0.0):
            return self._intent(name, sure, plain)
        live = [c for c in found if self._answer(c.id, c.score, context)]
        if live and live[0].score >= SURE:
            answer = self._answer(live[0].id, live[0].score, context)
            assert answer is not None
            return answer
        maybe = [c for c in live if c.score >= MAYBE][:3]
        if len(maybe) >= 2:
            return Choices(ASK, tuple(Choice(c.id, c.title[:20]) for c in maybe), maybe[0].score)
        return Unknown("unsure" if live else "far", tuple(c.id for c in live[:3]), None)

    def _intent(self, name: str, sure: float, plain: str) -> Intent:
        slots: dict[str, str] = {}
        if name == "smalltalk" and self._knowledge.smalltalk:
            talk = max(self._knowledge.smalltalk, key=lambda t: max(fuzz.ratio(plain, normalise(a)) for a in t.ask))
            slots = {"id": talk.id, "text": talk.answer}
        if name == "complaint.file" and (category := find_category(plain, self._knowledge.categories)):
            slots = {"category": category.id}
        return Intent(name, slots, sure, soothe=name in ("complaint.file", "urge"))

    def _answer(self, item: str, score: float, context: Context) -> Answer | None:
        kind, _, rest = item.partition(":")
        fill = {**self._knowledge.placeholders, **context.placeholders}
        if kind == "product":
            name, _, aspect = rest.partition(":")
            product = self._products.get(name)
            if not product or aspect not in product.aspects or not _valid(product.start, product.end, context.today):
                return None
            return Answer(_fill(product.aspects[aspect], fill), item, f"{product.name} {aspect}", score, product.link)
        entry = self._entries.get(rest if kind == "entry" else item)
        if not entry or not _valid(entry.start, entry.end, context.today):
            return None
        return Answer(_fill(entry.answer, fill), f"entry:{entry.id}", entry.question, score, entry.link)


def _classifier(texts: Mapping[str, tuple[str, ...]]) -> Classifier:
    pairs = [(normalise(text), label) for label, group in texts.items() for text in group]
    return Classifier([text for text, _ in pairs], [label for _, label in pairs], lambda text: grams(f"^{text}$", 3))


def _intent_texts(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    texts = dict(knowledge.intents)
    texts["question"] = texts.get("question", ()) + tuple(t for e in knowledge.entries for t in (e.question, *e.variants))
    texts["smalltalk"] = texts.get("smalltalk", ()) + tuple(ask for talk in knowledge.smalltalk for ask in talk.ask)
    return {label: group for label, group in texts.items() if group}


def _fill(text: str, placeholders: Mapping[str, str]) -> str:
    """Fill what the pack or branch knows; the rest is left for the caller."""
    return _PLACEHOLDER.sub(lambda hit: placeholders.get(hit[1], hit[0]), text)


def _valid(start: date | None, end: date | None, today: date) -> bool:
    return (start is None or start <= today) and (end is None or today <= end)
