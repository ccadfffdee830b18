"""What short words about the speaker's own manager want: who he is, his number, or that he calls."""

from __future__ import annotations

import re

_WHO = re.compile(r"是谁|是哪位|是哪个|叫什么|叫啥|(?:电话|号码|手机号?|联系方式)(?:是|号)*(?:多少|什么|呢|[?？])")
_NUMBER = re.compile(r"(?:电话|号码|手机号?|联系方式)[。.]?$")
_CALL = re.compile(r"找|叫|让|请|联系|转|呼叫|回(?:我|个)?电话|打(?:给我|个)?电话")


def asks_who(text: str) -> bool:
    """Tell whether words ask who the manager is or what his number is."""
    return _WHO.search(text) is not None


def asks_number(text: str) -> bool:
    """Tell whether words end by naming a number: 周敏的电话, which asks for it unless he is to call."""
    return _NUMBER.search(text) is not None


def wants_call(text: str) -> bool:
    """Tell whether words want the manager to be called or to call."""
    return _CALL.search(text) is not None
