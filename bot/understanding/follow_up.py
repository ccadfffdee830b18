"""Read a message with what was spoken of last: "那多少钱", "那79的呢", "不是这个，是宽带", "还有呢".

Only what says too little by itself is read so. Whoever names something new changes the topic.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from bot.knowledge.content import Context
from bot.knowledge.pack import Knowledge
from bot.understanding.answers import Answers
from bot.understanding.candidates import Found, Item
from bot.understanding.compare import Comparer
from bot.understanding.normalisation import normalise
from bot.understanding.outcome import Answer, Choice, Choices, Listing, Understood
from bot.understanding.products import ProductMatcher
from bot.understanding.table import INTRODUCTION, Row, amount
from bot.understanding.weights import ANSWER_FROM
from bot.understanding.words import named_patterns

FOLLOW_FROM = 0.6
"""A short question asks for an aspect of the product spoken of last from this probability on."""

OFFERED_FROM = 0.3
LONGEST = 12
SURE = 0.9
_WORDS = named_patterns("follow")
_LEAD = re.compile(f"^(?:{_WORDS['lead'].pattern})++")
_AND = re.compile(r"^(?:那么?|换成?|要是|如果是?)?(?P<topic>.{1,10}?)(?:的)?(?:那?个|那款|那档)?(?:的话)?呢$")
_MARKS = re.compile(r"[^0-9A-Za-z一-鿿]+")
_ASKING = re.compile(
    r"怎么|如何|咋|多少|什么|啥|为什么|能不能|可以|哪|几|多久|办理|开通|取消|退订|退|查|有没有|是否|吗"
)


class _Words(NamedTuple):
    """What a message's words say of going on: itself without marks, whether it asks for more, its topic instead."""

    marks: str
    more: bool
    topic: str


@lru_cache(maxsize=1024)
def _words(text: str) -> _Words:
    marks = _MARKS.sub("", text)
    return _Words(marks, _WORDS["more"].fullmatch(marks) is not None, _topic(marks))


def goes_on(text: str) -> bool:
    """Tell whether a message only asks for more of what was told: 还有呢."""
    return _words(text).more


class Follow:
    """Works on a pack; what was spoken of comes with each message's context."""

    def __init__(
        self,
        knowledge: Knowledge,
        answers: Answers,
        products: ProductMatcher,
        comparer: Comparer,
        best: Callable[[str, Context], Found],
    ) -> None:
        self._products = {product.id: product for product in knowledge.products}
        self._first = {aspect: group[0] for aspect, group in knowledge.aspects.items() if group}
        self._said = {
            normalise(text).replace(" ", ""): aspect for aspect, group in knowledge.aspects.items() for text in group
        }
        self._answers = answers
        self._matcher = products
        self._comparer = comparer
        self._best = best

    def item(self, bare: str, context: Context, sure: float) -> Item | None:
        """Return the aspect of the product answered last that a short question without a name asks for.

        `sure` is how sure an answer without the context would be: against it only an asking stands that says
        nothing but the aspect.
        """
        kind, _, rest = (context.last or "").partition(":")
        product = self._products.get(rest.partition(":")[0]) if kind == "product" else None
        if product is None or len(bare) > LONGEST or self._matcher.named(bare):
            return None
        aspect, share = self._aspect(bare, tuple(product.aspects))
        if share < (SURE if sure >= ANSWER_FROM else FOLLOW_FROM):
            return None
        item = f"product:{product.id}:{aspect}"
        return Item(item, share, ("aspect", "follow"), (share, 1.0)) if item != context.last else None

    def _aspect(self, bare: str, aspects: tuple[str, ...]) -> tuple[str, float]:
        """Return which aspect is asked, and how surely: one of our own wordings is sure."""
        said = self._said.get(bare) or self._said.get(_LEAD.sub("", bare))
        if said in aspects:
            return said, 1.0
        asked = self._matcher.asked(bare)
        aspects = tuple(name for name in aspects if name != INTRODUCTION)
        if not aspects:
            return "", 0.0
        best = max(aspects, key=lambda name: asked.get(name, 0.0))
        return best, min(asked.get(best, 0.0), SURE - 0.01)

    def answer(self, text: str, plain: str, context: Context) -> Understood | None:
        """Return what a follow-up means, None when the message stands by itself."""
        if not context.last and not context.asked:
            return None
        marks, more, topic = _words(text)
        bare = plain.replace(" ", "")
        if more or _words(bare).more:
            return self._more(context)
        if (context.last or "").startswith("table:") and (found := self._of_table(bare, context)):
            return found
        waiting = (context.last or "").startswith("table:0:")
        topic = marks if waiting and len(marks) <= LONGEST else topic
        return self._other(topic, context) if topic else None

    # -- 还有呢 ------------------------------------------------------------------------------------------------------

    def _more(self, context: Context) -> Understood | None:
        """Go on with a list, or offer what else there is about what was answered."""
        kind, _, rest = (context.last or "").partition(":")
        if kind == "table":
            skip = int(rest.partition(":")[0])
            before = replace(context, last=None)
            listing = self._comparer.answer(context.asked or "", before, self._live(context), skip)
            return listing or self._comparer.no_more(context.last or "")
        if kind == "product" and (product := self._products.get(rest.partition(":")[0])):
            told = rest.partition(":")[2]
            items = [
                f"product:{product.id}:{aspect}" for aspect in product.aspects if aspect not in (told, INTRODUCTION)
            ]
            return self._offer(items)
        found = self._best(context.asked, context) if context.asked else None
        return self._offer([item.id for item in found.items if item.id != context.last]) if found else None

    def _offer(self, items: list[str]) -> Choices | None:
        items = items[:3]
        if not items:
            return None
        head, labels = self._answers.ask(items)
        return Choices(head, tuple(Choice(item, label[:20]) for item, label in zip(items, labels, strict=True)), 1.0)

    # -- after a list: "怎么取消" -------------------------------------------------------------------------------

    def _of_table(self, bare: str, context: Context) -> Understood | None:
        """Answer an aspect of the one product listed, or ask of which of them."""
        ids = (context.last or "").rpartition(":")[2].split(",")
        shown = [self._products[name] for name in ids if name in self._products]
        said = self._said.get(bare) or self._said.get(_LEAD.sub("", bare))
        having = [product for product in shown if said in product.aspects]
        if said is None or not having:
            return None
        items = [f"product:{product.id}:{said}" for product in having]
        if len({product.aspects[said] for product in having}) == 1 and len(having) == len(shown):
            return self._answers.get(items[0], context)
        return self._offer(items)

    # -- 那79的呢, 不是这个，是宽带 --------------------------------------------------------------------------------

    def _other(self, topic: str, context: Context) -> Understood | None:
        """Ask the same of something else; None when that cannot be answered."""
        bare = normalise(topic).replace(" ", "")
        kind, _, rest = (context.last or "").partition(":")
        product, _, aspect = rest.partition(":")
        if kind == "product" and (found := self._same_of(bare, aspect, product, context)):
            return found
        if listing := self._listed(bare, context):
            return listing
        tail = self._tail(context)
        if not bare or not tail or _ASKING.search(bare):
            return None
        best = self._best(bare + tail, context)
        if best.answer >= ANSWER_FROM and best.items[0].id != context.last:
            return self._answers.get(best.items[0].id, context, best.answer)
        others = [item.id for item in best.items if item.id != context.last]
        others = [item for item in others if bare in self._answers.title(item)] or others
        return self._offer(others) if len(others) > 1 and best.choices >= OFFERED_FROM else None

    def _same_of(self, bare: str, aspect: str, product: str, context: Context) -> Answer | None:
        """Return the same aspect of another product or tier that the topic names."""
        rows = self._rows(bare, product)
        items = [f"product:{row.id}:{aspect}" for row in rows if aspect in self._products[row.id].aspects]
        items = [item for item in items if self._answers.live(item, context)]
        return self._answers.get(items[0], context) if len(items) == 1 else None

    def _rows(self, bare: str, product: str) -> list[Row]:
        """Return the other products the topic names and nothing else: those like the last one first."""
        table = self._comparer.table
        bare = bare.removesuffix("的")
        named = table.named(bare)
        rows = list(named[0][2]) if len(named) == 1 and named[0][:2] == (0, len(bare)) else []
        if not rows and amount(bare):
            rows = list(self._comparer.of_number(bare))
        like = [row for row in rows if product in table.by_id and row in table.like(table.by_id[product])]
        return [row for row in like or rows if row.id != product]

    def _listed(self, bare: str, context: Context) -> Listing | None:
        """Ask the table's last question again with another sort of product: after "便宜点的", "套餐"."""
        if not context.asked or not (context.last or "").startswith("table:") or not self._comparer.table.noun(bare):
            return None
        before = replace(context, last=None)
        asked = self._comparer.table.without_noun(normalise(context.asked))
        return self._comparer.answer(f"{bare}{asked}", before, self._live(context))

    def _tail(self, context: Context) -> str:
        """Return how the last question asked, without what it asked about."""
        kind, _, rest = (context.last or "").partition(":")
        if kind == "product":
            return self._first.get(rest.partition(":")[2], "")
        asked = normalise(context.asked or "").replace(" ", "")
        asked = self._comparer.table.without_noun(asked)
        found = _ASKING.search(asked)
        return asked[found.start() :] if found else ""

    def _live(self, context: Context) -> Callable[[str], bool]:
        return lambda item: self._answers.live(item, context)


def _topic(marks: str) -> str:
    """Return what a message without marks wants instead of what was spoken of, nothing when it does not say so."""
    if found := _WORDS["instead"].fullmatch(marks):
        return next((topic for topic in found.groups() if topic), "").removesuffix("的").removesuffix("吧")
    found = _AND.fullmatch(marks)
    return found["topic"] if found else ""
