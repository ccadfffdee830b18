"""Write a text by its sounds, one character a syllable, so that homophones compare as equal."""

from __future__ import annotations

from pypinyin import Style, style
from pypinyin.pinyin_dict import pinyin_dict

_FIRST_SOUND = 0xF000
"""Of the private area that takes half the memory of the ones beyond."""

_SOUNDS: dict[str, str] = {}
_BY_CHARACTER: dict[int, str] = {}
_ALIKE: dict[int, str] = {}


def sounds(text: str) -> str:
    """Return the text with each Chinese character replaced by the sign of its first reading without tone."""
    return text.translate(_BY_CHARACTER)


def blurred(text: str) -> str:
    """Return the text by its sounds as `sounds` does, with those alike that many do not tell apart: zh z, ang an."""
    return sounds(text).translate(_ALIKE)


def _learn() -> None:
    for code in range(0x4E00, 0xA000):
        readings = pinyin_dict.get(code)
        if readings:
            plain = style.convert(readings.split(",")[0], Style.NORMAL, True)
            _BY_CHARACTER[code] = _SOUNDS.setdefault(plain, chr(_FIRST_SOUND + len(_SOUNDS)))

    same: dict[str, str] = {}
    for plain, sign in _SOUNDS.items():
        alike = plain.removesuffix("g") if plain.endswith("ng") else plain
        alike = alike[0] + alike[2:] if alike[:2] in {"zh", "ch", "sh"} else alike
        _ALIKE[ord(sign)] = same.setdefault(alike, sign)


_learn()
