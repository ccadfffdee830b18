"""Tell which aspect of a product a text asks about: its price, how to cancel it, what is in it and so on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import add

import numpy as np

from bot.understanding.linear import Classifier
from bot.understanding.ngrams import Floats, grams
from bot.understanding.normalisation import normalise
from bot.understanding.synonyms import HEADS, asks, bits, canonical, kinds

PART_FROM = 0.6
"""An asking counts by itself from this probability on."""

_INTRODUCTION = "是什么"
_STRONGER = re.compile(
    "取消|退订|退掉|关闭|关掉|注销|停掉|不要了|不想用|不用了|多少钱|几块|收费|价格|资费|费用|免费|多少g|多少流量"
)
_APPLY = re.compile(
    "(?:怎么|如何|怎样|咋|可以|能|想|去|来)?(?:办理|开通|办|参加|购买|订购)(?:一下|个|了|吗|的|需要|要)?"
)
_SAME_WISH = re.compile(
    "(?:怎么|如何|怎样|咋)?(?:办理?|弄|操作|搞|做|整)(?:一下|呢|啊)?|可以吗|行吗|能吗|好吗|行不行|可不可以|一下"
)
_SAYS_MORE = re.compile("介绍|说明|讲讲|取消|退订|退掉|不要了|不用了|不想用")


class AspectModel:
    """The aspect classifier of a pack; it sees what is left of a question when the product's name is taken out."""

    def __init__(
        self, texts: Iterable[tuple[str, str]], asked: Mapping[str, Sequence[str]], names: Iterable[str]
    ) -> None:
        """Learn from `texts` (text, aspect); `asked` are our utterances, `names` the products', to tell them apart."""
        pairs = list(dict.fromkeys(texts))
        self._model = Classifier([text for text, _ in pairs], [aspect for _, aspect in pairs], aspect_features)
        self.labels = self._model.labels
        self.number = {aspect: number for number, aspect in enumerate(self.labels)}
        self._introduction = self._model.scores(_INTRODUCTION)
        ours = [normalise(text).replace(" ", "") for group in asked.values() for text in group]
        heard = {pair for text in ours for pair in _pairs(text)}
        self._asking = frozenset(heard.difference(*map(_pairs, names)))

    def scores(self, rest: str) -> Floats:
        """Return the aspects' probabilities; words never asked with say nothing, and then an introduction is wanted."""
        heard = self._heard(rest)
        if heard > 1:
            return self._model.scores(rest)
        trust = 0.8 if heard else 0.2
        return np.asarray(trust * self._model.scores(rest) + (1 - trust) * self._introduction, dtype=np.float32)

    def clear(self, part: str) -> tuple[str, float] | None:
        """Return the aspect a part of a message asks by itself, when it is clear."""
        part = part.replace(" ", "")
        if not self._heard(part):
            return None
        scores = self._model.scores(part)
        best = int(scores.argmax())
        return (self.labels[best], float(scores[best])) if scores[best] >= PART_FROM else None

    def _heard(self, rest: str) -> int:
        """Count the signs of asking: pairs of characters we ask with and no product's name has, heads of groups."""
        pairs = sum(map(self._asking.__contains__, _pairs(rest)))
        return pairs + sum(map(HEADS.__contains__, canonical(rest)))


def _pairs(text: str) -> Iterator[str]:
    """Give the pairs of neighbouring characters."""
    return map(add, text, text[1:])


def aspect_features(text: str) -> list[str]:
    """Return what the aspect model sees: the characters, their canonical form, and the kinds of question.

    "Apply for" is left out beside a word that says more: "I want to cancel it, how do I apply" asks about cancelling.
    """
    asked = [f"#kind{kind}" for kind in bits(kinds(text))]
    if _STRONGER.search(text):
        text = _APPLY.sub("", text)
    return [*grams(f"^{text}$"), *(f"~{gram}" for gram in grams(canonical(text))), *asked]


def both_ask(left: str, right: str) -> bool:
    """Tell two askings from a wish followed by its question: "I want to cancel it, how do I apply" is one."""
    parted = right.startswith(" ") or left.endswith(" ")
    if not parted and not asks(right) and not _SAYS_MORE.search(right):
        return False
    if asks(left.replace(" ", "")):
        return True
    return parted and not _SAME_WISH.fullmatch(right.strip()) and not left.rstrip().endswith("的")
