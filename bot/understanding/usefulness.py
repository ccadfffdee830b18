"""What people say of an answer: 有用 or 没用."""

from __future__ import annotations

import re

from bot.understanding.words import up_to

LONGEST = 16
"""Characters; who writes more says something else as well."""

_SHORT = up_to(LONGEST)
_HOW = r"(?:真的?|很|挺|蛮|非常|太|确实|还是|这个|这|你(?:这个|说的)?)*"
_END = r"(?:[了的啊呀吧吗哦嘛]|谢谢|多谢|[^0-9A-Za-z一-鿿])*"
_USEFUL = re.compile(rf"{_SHORT}{_HOW}(?:有用|有帮助|管用|帮到我|帮上忙|解决了){_END}")
_NOT_WHAT_I_ASKED = r"答非所问|(?:不是|没回答)我(?:要|想|想要)?问?的(?:问题)?"
_USELESS = re.compile(
    rf"{_SHORT}(?:根本|完全|一点(?:都|也|儿)?|{_HOW})"
    rf"(?:没有?(?:啥|什么)?(?:用|帮助)|无用|不管用|不顶用|没帮(?:上|到)[我忙]*|{_NOT_WHAT_I_ASKED}){_END}"
)


def useful(text: str) -> bool:
    """Tell whether a text only says that the answer helped."""
    return _USEFUL.fullmatch(text) is not None


def useless(text: str) -> bool:
    """Tell whether a text only says that the answer did not help, or was none to the question."""
    return _USELESS.fullmatch(text) is not None
