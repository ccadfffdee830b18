"""What a manager may send as words: some, and no more than one message holds."""

from __future__ import annotations

import re

from bot.dialogue import Invalid

LONGEST = 600
_FACE = re.compile(r"\[[^\]]{1,6}\]|/:\S+")
_WORD = re.compile(r"\w")


def checked(words: str) -> str:
    """Return the words of a reply.

    Raises:
        Invalid: none (a face is no answer), or more than one message holds.
    """
    if not _WORD.search(_FACE.sub("", words)):
        raise Invalid("manager.reply.empty")
    if len(words) > LONGEST:
        raise Invalid("form.invalid.too_long", limit=LONGEST)
    return words
