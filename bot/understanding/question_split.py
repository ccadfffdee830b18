"""Take a message that asks two things apart."""

from __future__ import annotations

import re

from bot.understanding.normalisation import LONGEST, normalise

_START = re.compile(
    r"(?:你|您)?告诉我|我想|我要|我为什么|为什么|为啥|为何|怎么|如何|怎样|咋|什么时候|啥时候?|何时|多少|得花|需要花|有什么|有多少|有啥|什么是|是什么|是啥|"
    r"介绍|能不能|可不可以|是否|是不是|能否|可以|还有|里面?还|帮我|给我|次月|下个?月|多久|太|退订|取消|开通|办理|需要|要"
)
_END = re.compile(r"[?？。!！;；\n]+")
SHORTEST = 2


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a message as typed, normalised and without spaces; greetings and the like fall away."""
    parts = (normalise(part).replace(" ", "") for part in _END.split(text[:LONGEST]))
    return tuple(part for part in parts if len(part) > SHORTEST)


def cuts(text: str, most: int = 5) -> list[tuple[str, str]]:
    """Return the ways to cut a text in two: first where punctuation stood, then where asking begins anew."""
    spaces = [match.start() for match in re.finditer(" ", text)]
    starts = [match.start() for match in _START.finditer(text) if match.start() >= 4]
    places = list(dict.fromkeys([*spaces, *starts]))[:most]
    pairs = [(text[:at], text[at:]) for at in places]
    return [(left, right) for left, right in pairs if min(len(left.strip()), len(right.strip())) >= SHORTEST]
