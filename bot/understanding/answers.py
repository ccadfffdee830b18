"""Turn item ids into answers, titles and labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.knowledge.audience import EVERYBODY
from bot.knowledge.content import Card, Context, Link
from bot.knowledge.pack import Entry, Knowledge, Product
from bot.understanding.outcome import Answer

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
NO_FACTS: Mapping[str, str] = {}


class Answers:
    """Everything that can be answered, by item id: `entry:<id>`, `product:<id>:<aspect>`, or a bare entry id."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._entries = {entry.id: entry for entry in knowledge.entries}
        self._products = {product.id: product for product in knowledge.products}
        sources: list[Entry | Product] = [*knowledge.entries, *knowledge.products]
        limited = (source for source in sources if source.start or source.end or source.only != EVERYBODY)
        self._limited = frozenset(item for source in limited for item in _items(source))
        self._placeholders = knowledge.placeholders
        self._texts = knowledge.texts

    def get(self, item: str, context: Context, score: float = 1.0) -> Answer | None:
        """Return what the one who asks is told today, placeholders filled; None when it is not for him or not valid."""
        source, aspect = self._find(item)
        if source is None or not _meant(source, context):
            return None
        text, link, card = _told(source, aspect, context)
        item = f"product:{source.id}:{aspect}" if aspect else f"entry:{source.id}"
        return Answer(
            text=self.filled(text, context, _facts(source)),
            entry_id=item,
            title=self.title(item),
            score=score,
            link=self._link(link, context) if link else None,
            card=self._card(card, context) if card else None,
            picture=self._known(source.picture, context) if isinstance(source, Entry) else "",
            source=source.source,
            until=source.end,
        )

    def live(self, item: str, context: Context) -> bool:
        """Tell whether the item is valid today and meant for the one who asks."""
        if item not in self._limited:
            return True
        source, _ = self._find(item)
        return source is not None and _meant(source, context)

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

    def filled(self, text: str, context: Context, facts: Mapping[str, str] = NO_FACTS) -> str:
        """Return a text with the pack's and the branch's placeholders filled, and the answer's own `facts`."""
        return _fill(text, {**self._placeholders, **context.placeholders, **facts}) if "{{" in text else text

    def joined(self, first: Answer, second: Answer) -> Answer:
        """Return the first answer with the second behind it."""
        return replace(first, more=(second,))

    def _link(self, link: Link, context: Context) -> Link | None:
        """Return the link with its placeholders filled; None while the branch has no page for it."""
        url, app_id = self._known(link.url, context), self._known(link.app_id, context)
        return Link(link.title, url, app_id, link.path) if url else None

    def _card(self, card: Card, context: Context) -> Card | None:
        """Return the card with its placeholders filled; None while the branch has no page for it."""
        url, picture = self._known(card.url, context), self._known(card.picture, context)
        title, text = (self.filled(words, context) for words in (card.title, card.text))
        return Card(title, text, url, picture) if url else None

    def _known(self, text: str, context: Context) -> str:
        """Return an address or id that nobody reads, nothing when a part of it is not known."""
        text = self.filled(text, context).strip()
        return "" if "{{" in text else text

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


def _meant(source: Entry | Product, context: Context) -> bool:
    """Tell whether a source is valid today and for the one who asks."""
    return source.span.has(context.today) and source.only.has(context)


def _told(source: Entry | Product, aspect: str, context: Context) -> tuple[str, Link | None, Card | None]:
    """Return the words, the link and the card: of the first variant that fits, else the source's own."""
    if isinstance(source, Product):
        return source.aspects[aspect], source.link, source.card
    for variant in source.answers:
        if variant.fits(context):
            return variant.answer, variant.link or source.link, variant.card or source.card
    return source.answer, source.link, source.card


def _facts(source: Entry | Product) -> Mapping[str, str]:
    """Return what an answer may say of itself: `{{until}}`, its last day, and `{{source}}`, what it rests on."""
    if not source.end and not source.source:
        return NO_FACTS
    until = f"{source.end.year}年{source.end.month}月{source.end.day}日" if source.end else ""
    return {"until": until, "source": source.source}
