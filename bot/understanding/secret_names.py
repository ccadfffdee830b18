"""The names of secrets however they are spelt: 蜜码, 验正码 are read by their sound, as voice input writes them."""

from __future__ import annotations

import re

from bot.understanding.pinyin import sounds

_NAMES = {"密码": "密码", "验证码": "验证码", "验真码": "验证码", "校验码": "校验码", "效验码": "校验码"}
"""As it sounds -> as it is written; zhen and zheng are one in much of the south."""

_SOUNDS = {sounds(heard): written for heard, written in _NAMES.items()}
_BY_SOUND = re.compile("|".join(map(re.escape, sorted(_SOUNDS, key=len, reverse=True))))
_ASKS = re.compile(r"(?![密蜜秘谜迷]).{1,2}[吗嘛]")
"""A question, not the name of a code: 要验证吗, 有小米吗."""


def rightly_spelt(text: str) -> str:
    """Return the text, of the same length, with misspelt names of passwords and codes as they are written."""
    if text.isascii():
        return text
    for found in _BY_SOUND.finditer(sounds(text)):
        start, stop = found.span()
        if not _ASKS.fullmatch(text[start:stop]):
            text = f"{text[:start]}{_SOUNDS[found[0]]}{text[stop:]}"
    return text
