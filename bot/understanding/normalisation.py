"""Bring what people type on a phone into one form: width, case, script, faces, fillers, numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

from bot.understanding.words import pairs, words

LONGEST = 400
"""Characters looked at; a question is shorter, and a longer complaint says what it is about within these."""

_OLD_FACE = re.compile(r"/::?[-,'@~!<>|$^_()*&+.;:?a-z0-9]{1,5}|/:[0-9]{3}|/[一-鿿]{2}(?=/|$)", re.I)
_FACE = re.compile(r"\[(?:" + "|".join(sorted(map(re.escape, words("faces")), key=len, reverse=True)) + r")\]", re.I)
_NOT_WORD = re.compile(r"[^0-9a-z㐀-鿿.%+]+")
_BETWEEN = re.compile(r"[^0-9a-z一-鿿]+")
_LOOSE_MARK = re.compile(r"(?<![0-9])[.%]+|[.](?![0-9])|(?<![a-z0-9])\++")
_ONLY_PARTICLES = re.compile("[啊呀呢哦噢喔哈哟嘞哩耶啦了嘛吧的 ]*")
_SPACE = re.compile(r" +")
_CJK_SPACE = re.compile(r"(?<=[0-9]) (?=(?:元|块|g|m|k|个|天|年|月|分|次)(?![a-z]))")
_BEFORE = re.compile("^(?:" + "|".join(words("before")) + ")++ ?")
_AFTER = re.compile(
    "^(?:"
    + "|".join(re.escape(word.replace(r"\s", " ")[::-1]) for word in sorted(words("after"), key=len)[::-1])
    + ")++"
)
"""What stands at the end, read backwards: from the end it is found in one go, forwards from each of its places."""

_WORDS_OF_TAIWAN = pairs("taiwan")
_WORDS_OF_CANTON = pairs("cantonese")
_CANTONESE_ONLY = frozenset("嗰咗唔俾畀佢哋嘅冇攞嘢㗎啲嚟喺咁搵")
"""Characters that nobody types who does not write Cantonese."""
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNIT = r"(?=个?(?:元|块|g|m|兆|月|天|号|档|年|小时|分钟|次|张|条|折|周|星期|日|倍|万|座|公里|块钱)|百|千)"
_NUMERAL = re.compile(
    rf"(?:[一二两三四五六七八九][百千万][零一二两三四五六七八九十百千]*|[一二两三四五六七八九]?十[一二三四五六七八九]|[二两三四五六七八九]十)"
    rf"|[一二两三四五六七八九十]{_UNIT}|[一二三四五六七八九零〇]{{3,}}"
)
_DIGIT = re.compile("[0-9]")
_MONEY = re.compile(r"(?<=[0-9])\s?(?:块钱|元钱|圆|块)")
_FLOW = re.compile(r"(?<=[0-9])\s?个?(?:gb|g字节)(?![a-z])")
_FLOW_G = re.compile(r"(?<=[0-9]) ?个g(?![a-z])")
_MEGA = re.compile(r"(?<=[0-9])\s?(?:mbps|mb|兆)(?![a-z])")


def normalise(text: str) -> str:
    """Return the message in the form everything is compared in; one space where punctuation was.

    Applying it twice changes nothing. Only the first `LONGEST` characters count. Empty when nothing was said in words.
    """
    return _normalised(text[:LONGEST])


@lru_cache(maxsize=4096)
def _normalised(text: str) -> str:
    before = None
    while before != text:
        before, text = text, _once(text)
    return text


def _once(text: str) -> str:
    """Bring the text one step nearer; what a text has no sign of is not looked for."""
    if "/" in text or "[" in text:
        text = _OLD_FACE.sub(" ", _FACE.sub(" ", text))
    text = _script(unicodedata.normalize("NFKC", text).lower())
    text = _NOT_WORD.sub(" ", text)
    if not text.isalnum():
        text = _SPACE.sub(" ", _LOOSE_MARK.sub(" ", text)).strip()
    return _strip_fillers(_numbers(text))[:LONGEST]


def simplified(text: str) -> str:
    """Return the text with each traditional character in its simplified form."""
    return text if text.isascii() else text.translate(_TRADITIONAL)


def bare(text: str) -> str:
    """Return the letters, digits and characters of a text, width, case and script made one, nothing between them."""
    return _BETWEEN.sub("", simplified(unicodedata.normalize("NFKC", text).lower()))


def standard(text: str) -> str:
    """Return the text in simplified characters and with the words of Cantonese as they are in standard Chinese.

    Cantonese comes first: 嗰 (that) would be simplified to 个.
    """
    if _CANTONESE_ONLY.isdisjoint(text):
        return simplified(text)
    return _cantonese(simplified(_cantonese(text)))


def _cantonese(text: str) -> str:
    return _CANTONESE.sub(lambda hit: _WORDS_OF_CANTON[hit.group()], text)


def _script(text: str) -> str:
    """Turn traditional characters and Taiwanese words into what people in the mainland type."""
    if text.isascii():
        return text
    text = _TAIWAN.sub(lambda hit: _WORDS_OF_TAIWAN[hit.group()], text)
    plain = simplified(text)
    return text if plain == text else _TAIWAN.sub(lambda hit: _WORDS_OF_TAIWAN[hit.group()], plain)


def _strip_fillers(text: str) -> str:
    """Take greetings and thanks off both ends, unless nothing else is there."""
    bare = _AFTER.sub("", _BEFORE.sub("", text)[::-1])[::-1].strip()
    return text if _ONLY_PARTICLES.fullmatch(bare) else bare


def _numbers(text: str) -> str:
    """Write numerals, amounts of money and data in one way: 两百块 -> 200元, 二十GB -> 20g."""
    text = _NUMERAL.sub(lambda hit: str(_numeral(hit.group())), text)
    if _DIGIT.search(text) is None:
        return text
    text = _CJK_SPACE.sub("", text)
    text = _MONEY.sub("元", text)
    return _MEGA.sub("m", _FLOW_G.sub("g", _FLOW.sub("g", text)))


def _numeral(text: str) -> str | int:
    """Read a Chinese numeral below one hundred million; a row of digits (一三八) is read digit by digit."""
    if all(c in _DIGITS for c in text) and len(text) > 1:
        return "".join(str(_DIGITS[c]) for c in text)
    total = section = digit = unit = 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c == "万":
            total, section, digit, unit = (section + digit) * 10000, 0, 0, 10000
        else:
            unit = {"十": 10, "百": 100, "千": 1000}[c]
            section, digit = section + (digit or 1) * unit, 0
    return total + section + (digit * unit // 10 if unit >= 100 and text[-2:-1] in "百千万" else digit)


def _traditional() -> dict[int, str]:
    """Build the table of single characters from the converter's own data."""
    plain = opencc.OpenCC("t2s")
    pairs = ((c, plain.convert(c)) for c in map(chr, range(0x3400, 0xA000)))
    table = {ord(c): to for c, to in pairs if to != c and len(to) == 1}
    return table | str.maketrans("妳祢著閒佔喫麽麼", "你你着闲占吃么么")


_TRADITIONAL = _traditional()
_TAIWAN = re.compile("|".join(sorted(map(re.escape, _WORDS_OF_TAIWAN), key=len, reverse=True)))
_CANTONESE = re.compile("|".join(sorted(map(re.escape, _WORDS_OF_CANTON), key=len, reverse=True)))
