"""Turn item ids into answers, titles and labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from .outcome import Answer, Context
from .pack import Entry, Knowledge, Product

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


class Answers:
    """Everything that can be answered, by item id: `entry:<id>`, `product:<id>:<aspect>`, or a bare entry id."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._entries = {entry.id: entry for entry in knowledge.entries}
        self._products = {product.id: product for product in knowledge.products}
        sources: list[Entry | Product] = [*knowledge.entries, *knowledge.products]
        dated = (source for source in sources if source.start or source.end)
        self._dated = frozenset(item for source in dated for item in _items(source))
        self._placeholders = knowledge.placeholders
        self._texts = knowledge.texts

    def get(self, item: str, context: Context, score: float = 1.0) -> Answer | None:
        """Return the answer with the pack's and the branch's placeholders filled; None when it is not valid today."""
        source, aspect = self._find(item)
        if source is None or not _valid(source, context.today):
            return None
        if isinstance(source, Product):
            text, item = source.aspects[aspect], f"product:{source.id}:{aspect}"
        else:
            text, item = source.answer, f"entry:{source.id}"
        return Answer(self.filled(text, context), item, self.title(item), score, source.link)

    def live(self, item: str, context: Context) -> bool:
        """Tell whether the item is valid today."""
        if item not in self._dated:
            return True
        source, _ = self._find(item)
        return source is not None and _valid(source, context.today)

    def title(self, item: str) -> str:
        """Return what the item is about in a few words."""
        source, aspect = self._find(item)
        if isinstance(source, Product):
            return f"{source.name}·{aspect}"
        return source.question if source else item

    def category(self, item: str) -> str | None:
        """Return the business the item belongs to."""
        source, _ = self._find(item)
        return source.category if source else None

    def ask(self, items: Sequence[str]) -> tuple[str, list[str]]:
        """Return the question that asks which of the items is meant, and a short label for each."""
        found = [self._find(item) for item in items]
        products = {source.id for source, _ in found if isinstance(source, Product)}
        aspects = {aspect for _, aspect in found}
        if len(products) == 1 and all(isinstance(source, Product) for source, _ in found):
            product = next(source.name for source, _ in found if isinstance(source, Product))
            return _fill(self._texts.get("choices.head_aspect", ""), {"product": product}), [a for _, a in found]
        if len(products) == len(items) and len(aspects) == 1:
            return self._texts.get("choices.head_product", ""), [s.name for s, _ in found if isinstance(s, Product)]
        return self._texts.get("choices.head", ""), [self._label(item) for item in items]

    def filled(self, text: str, context: Context) -> str:
        """Return a text with the pack's and the branch's placeholders filled."""
        return _fill(text, {**self._placeholders, **context.placeholders})

    def joined(self, first: Answer, second: Answer) -> Answer:
        """Return the first answer with the second behind it."""
        return replace(first, more=(second,))

    def _label(self, item: str) -> str:
        """Shorten a title to a label, keeping the aspect, which tells the choices apart."""
        source, aspect = self._find(item)
        if isinstance(source, Product):
            return f"{source.name[: 19 - len(aspect)]}·{aspect}"
        title = self.title(item)
        return title if len(title) <= 20 else title[:19] + "…"

    def _find(self, item: str) -> tuple[Entry | Product | None, str]:
        kind, _, rest = item.partition(":")
        if kind == "product":
            name, _, aspect = rest.partition(":")
            product = self._products.get(name)
            return (product, aspect) if product and aspect in product.aspects else (None, "")
        return self._entries.get(rest if kind == "entry" else item), ""


def _fill(text: str, placeholders: Mapping[str, str]) -> str:
    """Fill what the pack or branch knows; the rest is left for the caller."""
    return _PLACEHOLDER.sub(lambda hit: placeholders.get(hit[1], hit[0]), text)


def _items(source: Entry | Product) -> list[str]:
    """Return the ids of everything a source answers."""
    if isinstance(source, Product):
        return [f"product:{source.id}:{aspect}" for aspect in source.aspects]
    return [f"entry:{source.id}"]


def _valid(source: Entry | Product, today: date) -> bool:
    return (source.start is None or source.start <= today) and (source.end is None or today <= source.end)
