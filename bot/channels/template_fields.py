"""Template fields are typed by their name (`thing1`, `phrase3`): bring each value into its form.

Official page "模板消息/订阅通知 参数值内容限制说明". A value out of form is answered with 47003 and the whole
message is lost, so words are cut and what cannot be repaired is refused here, before a request is spent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bot.channels.split import cut_chars

Value = str | None
"""The value in form, or None when it cannot be brought into it."""

_NAME = re.compile(r"([a-z_]+?)[0-9]*\.?(?:DATA)?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(?::[0-9]{2})?)?")
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
_DAY = r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日"
_TIME = re.compile(rf"(?:{_DAY} ?)?{_CLOCK}(?: ?~ ?(?:{_DAY} ?)?{_CLOCK})?|{_DAY}(?: ?~ ?{_DAY})?")
_DATE = re.compile(rf"{_DAY}(?: {_CLOCK})?(?: ?~ ?{_DAY}(?: {_CLOCK})?)?")
_NUMBER = re.compile(r"[0-9]{1,32}(?:\.[0-9]{1,32})?")
_AMOUNT = re.compile(r"[¥￥$€£]?[0-9]{1,10}(?:\.[0-9]{1,2})?元?")
_PHONE = re.compile(r"[0-9+\-*() ]{1,17}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


class FieldError(ValueError):
    """A value cannot be brought into its field's form; the message names the field, never the value."""


def template_data(fields: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the `data` of a template message or subscription notice.

    Raises:
        FieldError: a value is empty or has another type than its field.
    """
    return {name: {"value": field_value(name, value)} for name, value in fields.items()}


def field_value(name: str, value: str) -> str:
    """Return `value` in the form that the field `name` wants; words are cut, the rest is checked.

    Raises:
        FieldError: the value is empty or has another type than the field.
    """
    words = " ".join(cut_chars(value, 1 << 16).split())
    match = _NAME.fullmatch(name)
    shape = _SHAPES.get(match.group(1) if match else "", _free)
    shaped = shape(words) if words else None
    if not shaped:
        raise FieldError(f"{name}: the value is empty or has another form than the field")
    return shaped


def _free(words: str) -> Value:
    return words


def _words(limit: int) -> Callable[[str], Value]:
    return lambda words: cut_chars(words, limit)


def _matching(pattern: re.Pattern[str]) -> Callable[[str], Value]:
    return lambda words: words if pattern.fullmatch(words) else None


def _only(pattern: str, limit: int) -> Callable[[str], Value]:
    """Keep the characters of `pattern`, drop the others, cut."""
    other = re.compile(f"[^{pattern}]")
    return lambda words: other.sub("", words)[:limit].strip()


def _moment(pattern: re.Pattern[str]) -> Callable[[str], Value]:
    """Accept Chinese dates and turn ISO ones into them."""

    def shape(words: str) -> Value:
        iso = _ISO.fullmatch(words)
        if iso:
            year, month, day, clock = iso.groups()
            words = f"{year}年{month}月{day}日" + (f" {clock}" if clock else "")
        return words if pattern.fullmatch(words) else None

    return shape


def _name(words: str) -> Value:
    return cut_chars(words, 10 if _CHINESE.search(words) else 20)


_SHAPES: Mapping[str, Callable[[str], Value]] = {
    "thing": _words(20),
    "name": _name,
    "phrase": _only("\u4e00-\u9fff", 5),
    "character_string": _only("\x20-\x7e", 32),
    "letter": _only("A-Za-z", 32),
    "symbol": _only(r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e，。！？、；：（）《》“”", 5),
    "car_number": _matching(re.compile(r"\w{1,8}")),
    "number": _matching(_NUMBER),
    "amount": _matching(_AMOUNT),
    "phone_number": _matching(_PHONE),
    "time": _moment(_TIME),
    "date": _moment(_DATE),
}
"""Type to form; `const` and `enum` hold approved values and are passed on, as are names of older templates."""
