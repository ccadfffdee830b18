"""Suggest further wordings for a new entry: customers' own first, then the same question put otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from bot.understanding import Answer, Context, Intent, Understanding, normalise

MOST = 8
SHORTEST, LONGEST = 2, 30
_ANY_DAY = date(2000, 1, 1)
_MANNERS = re.compile(
    r"^(?:您好|你好|请问|麻烦问?一?下?|想问一?下?|问一?下|一下|咨询一?下?|我想(?:要)?|我要|帮我)++"
    r"|(?<![呢啊呀])(?<!谢谢)(?:呢|啊|呀|谢谢)++$"
)
_CHOICE = re.compile(r"([一-鿿])[不没]\1|可不可以|能不能|是否可以")
_ASKED = re.compile(
    r"怎么(?:办(?!理)|弄|样)?|如何|怎样|在?哪里|(?<![功智性职可技节])能|可以|(?:吗|(?<![什怎那这])么|吧|不)$"
)
_MAY = re.compile(r"能不能|可不可以|可以|(?<![功智性职可技节])能(?=.{0,40}(?:吗|不)$)")
_MARKS = " ，。？！?!,."
_FRAMES = ("请问{}", "我想问{}", "{}呢", "麻烦问一下{}", "{}，谢谢")
_SPOKEN = {
    "怎么": ("咋", "如何"),
    "如何": ("怎么", "咋"),
    "能不能": ("可以", "能"),
    "可以": ("能", "可不可以"),
    "多少钱": ("怎么收费", "什么价"),
    "在哪里": ("在哪", "哪儿"),
    "哪里": ("哪儿", "什么地方"),
    "什么时候": ("几时", "啥时候"),
    "多久": ("多长时间", "几天"),
    "什么": ("啥",),
    "没有": ("没",),
}
"""How the commonest words of asking are said on a phone."""


def suggest(understanding: Understanding, question: str, similar: Sequence[str]) -> list[str]:
    """Return up to `MOST` wordings besides the question, none of which leads elsewhere today.

    `similar` are customers' own words, already without personal data.
    """
    found: dict[str, str] = {_bare(question): question}
    for wording in (*similar, *_rewritten(question), *(each for text in similar for each in _rewritten(text))):
        plain, trimmed = _bare(wording), _core(wording)
        if SHORTEST <= len(trimmed) <= LONGEST and plain not in found and _free(understanding, trimmed):
            found[plain] = trimmed
        if len(found) > MOST:
            break
    return list(found.values())[1:]


def padded(question: str, variants: Sequence[str], least: int) -> list[str]:
    """Return the wordings with as many rewritten ones as are missing to `least`, none of them twice."""
    found = list(dict.fromkeys(variants))
    core = _core(question)
    for wording in (*_rewritten(question), *(frame.format(core) for frame in _FRAMES)):
        if len(found) >= least:
            break
        if wording not in (question, *found):
            found.append(wording)
    return found


def _rewritten(question: str) -> Iterator[str]:
    """Give the question as others would type it: shorter, with other words of asking, as a bare topic."""
    core = _core(question)
    topic = _ASKED.sub("", _CHOICE.sub("", core))
    yield core
    for word, others in _SPOKEN.items():
        if word in core:
            yield from (_tidy(core.replace(word, other, 1)) for other in others)
    if len(topic) >= SHORTEST:
        yield topic
        if may := _MAY.search(core):
            yield f"{core[: may.start()]}能不能{core[may.end() :]}".removesuffix("吗")
            yield f"{topic}行吗"
        else:
            yield f"{topic}不" if core.endswith("吗") else f"想知道{core}"


def _core(question: str) -> str:
    return _MANNERS.sub("", question.strip(_MARKS)).strip(_MARKS)


def _tidy(text: str) -> str:
    """End a question of yes or no as one, where the word in it that made it one was exchanged."""
    asks = re.search(r"怎么|如何|咋|什么|啥|哪|多|几|吗|么|不可以", text)
    return text if asks or not re.search("能|可以", text) else f"{text}吗"


def _free(understanding: Understanding, wording: str) -> bool:
    """Tell whether nothing else is what this wording leads to today."""
    return not isinstance(understanding.understand(wording, Context(_ANY_DAY)), Answer | Intent)


def _bare(text: str) -> str:
    return normalise(text).replace(" ", "")
