"""How members of the staff are called, and where in a text they are meant: by name, sound, initials, title, office.

A text is read clause by clause, in simplified characters and without blanks and marks. Everything here takes time that
grows with the text's length alone: whoever repeats a name ten thousand times is read as fast as anybody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from pypinyin import Style, pinyin

from bot.understanding.conduct import NEAR, STRONG, WORDS, any_of, pattern
from bot.understanding.normalisation import bare, standard
from bot.understanding.pinyin import blurred, sounds

LONGEST = 5_000
"""Characters looked at; a message holds some 700 (2,048 bytes), a form keeps up to 4,000 of what is said beside it."""

MEANT = "\ue000"
"""Stands in a clause for whoever is looked for."""

_CLAUSE = re.compile(r"[，,。!！?？;；、：:\n\r~～…“”\"（）()【】]+")
_AS_WRITTEN = re.compile(r"[^，,。!！?？;；：:\s]*[，,。!！?？;；：:\s]*")
_PAUSE = re.compile(r"(?<=[一-鿿]{4})[ \t\u3000]+(?=[一-鿿]{2})")
"""A blank that stands for a comma: many type none. Not behind a short word, as blanks stand in names too."""

_CHARACTER = re.compile("[一-鿿]")
_WIDEST = 3
"""Signs that may stand between two characters of a name."""

_STOP = re.compile(r"[，。！？：；,!?:;\s]*")
"""Signs that end words: between characters that only sound like a name they part them."""

_NO_WORD = re.compile(r"[^0-9a-z一-鿿\ue001]+")
_APART = re.compile(r"(?<=[a-z])[^0-9a-z一-鿿]++(?=[a-z])")
_BLANK = "\ue001"
"""Stands between two words of Latin letters, the only blank that is kept."""
_LATIN = re.compile("[a-z]")
_BEFORE = 12
"""Characters in front of a name that may say that it is none."""
_REMEMBERED = 64
"""Texts whose clauses are kept: a message is read for several ends."""


class Colleague(NamedTuple):
    """A member of the staff as he may be spoken of; `own` is the customer's manager, `above` that one's superior."""

    id: int
    name: str
    surname: str
    own: bool = False
    above: bool = False


@lru_cache(maxsize=_REMEMBERED)
def clauses_of(text: str) -> tuple[str, ...]:
    """Return the text clause by clause, in simplified characters, without blanks and marks but between Latin words."""
    parts = _CLAUSE.split(_PAUSE.sub("，", _plain(text)))
    return tuple(squeezed for part in parts if (squeezed := _squeezed(part)))


def clauses_as_written(text: str) -> list[str]:
    """Return the text clause by clause, each with the marks and blanks behind it; together they are the text."""
    return _AS_WRITTEN.findall(text)


def rejoined(text: str, staff: Sequence[Colleague]) -> str:
    """Return the text with each name in one piece that stands with signs between its characters: 周。敏, 州、敏.

    Characters that only sound like it need a sign which ends no words; where none is the name's own, they stand alone.
    """
    plain = _plain(text)
    places = [hit.start() for hit in _CHARACTER.finditer(plain)]
    if len(places) < 2 or len(places) == len(plain):
        return plain
    letters = "".join(map(plain.__getitem__, places))
    heard, found = blurred(letters), list[tuple[int, int, str]]()
    for name in {bare(each.name) for each in staff if len(each.name) > 1}:
        at = heard.find(said := blurred(name))
        while at >= 0:
            end = at + len(said)
            if places[end - 1] - places[at] >= len(said) and _in_parts(plain, places[at:end], name):
                found.append((places[at], places[end - 1] + 1, name))
            at = heard.find(said, at + 1)
    for first, end, name in sorted(found, reverse=True):
        plain = plain[:first] + name + plain[end:]
    return plain


def _in_parts(plain: str, places: Sequence[int], name: str) -> bool:
    """Tell whether the characters at these places are a name in parts."""
    gaps = [plain[one + 1 : other] for one, other in pairwise(places)]
    if any(len(gap) > _WIDEST or any(map(str.isalnum, gap)) for gap in gaps):
        return False
    before, behind = plain[max(0, places[0] - 1) : places[0]], plain[places[-1] + 1 : places[-1] + 2]
    if before.endswith(_apart(name[0])) or plain[places[-1] : places[-1] + 2] in _OTHER_WORDS:
        return False
    written = "".join(map(plain.__getitem__, places))
    if written == name:
        return True
    if any(gap and _STOP.fullmatch(gap) for gap in gaps):
        return False
    alone = not _CHARACTER.match(before) and not _CHARACTER.match(behind)
    return alone or any(one == other for one, other in zip(written, name, strict=True))


def _plain(text: str) -> str:
    return standard(unicodedata.normalize("NFKC", text[:LONGEST]).lower())


def meant(clauses: tuple[str, ...], who: Colleague, speaker: str = "") -> Sequence[str]:
    """Return the clauses with a mark wherever they mean `who`; `speaker` is the surname of who speaks."""
    name = _Name.of(who.name, who.surname, bare(who.surname) == bare(speaker))
    if not name.may_be_in(_whole(clauses)):
        return [_office(clause, who) for clause in clauses] if who.own or who.above else clauses
    return [_office(name.marked(clause), who) for clause in clauses]


def by_office(clause: str) -> bool:
    """Tell whether a clause speaks of the customer's own manager without his name."""
    return _OWN.search(clause) is not None


def _squeezed(part: str) -> str:
    return _NO_WORD.sub("", _APART.sub(_BLANK, part)).replace(_BLANK, " ")


@lru_cache(maxsize=_REMEMBERED)
def _whole(clauses: tuple[str, ...]) -> str:
    return "，".join(clauses)


def _office(found: str, who: Colleague) -> str:
    """Mark whoever is meant by his office, and put marks together that stand side by side."""
    if who.own:
        found = _OFFICE.sub(_held, _OWN.sub(_held, found))
    if who.above and _SUPERVISOR.search(found) and (STRONG.search(found) or NEAR.search(found)):
        found = _SUPERVISOR.sub(MEANT, found)
    return _TWICE.sub(MEANT, found) if MEANT in found else found


def _held(hit: re.Match[str]) -> str:
    """Return the mark for an office, but for one that somebody only pretends to hold: 自称客户经理的人."""
    before = hit.string[max(0, hit.start() - _BEFORE) : hit.start()]
    return hit[0] if _PRETENDED.search(before) else MEANT


class _Name(NamedTuple):
    """A name and all ways in which it is written."""

    whole: str
    surname: str
    signs: frozenset[str]
    """Characters and sounds without any of which it is not written; with Latin letters it may be spelled."""
    ways: re.Pattern[str]

    @classmethod
    def of(cls, name: str, surname: str, shared: bool) -> _Name:
        return _name(bare(name), bare(surname), shared)

    def may_be_in(self, text: str) -> bool:
        """Return whether a text has any sign of the name."""
        return _LATIN.search(text) is not None or not self.signs.isdisjoint(_heard(text))

    def marked(self, clause: str) -> str:
        """Return the clause with a mark wherever it has the name."""
        if not self.may_be_in(clause):
            return clause
        found = self.ways.sub(lambda hit: hit[0] if self._unmeant(hit) else MEANT, clause)
        return "".join(self._by_sound(found))

    def _unmeant(self, hit: re.Match[str]) -> bool:
        """Tell whether it is the speaker himself, or two other words that only look like the name: 上周敏感信息."""
        before = hit.string[max(0, hit.start() - _BEFORE) : hit.start()]
        if _MYSELF.search(before):
            return True
        behind = hit.string[hit.end() - 1 : hit.end() + 1]
        return hit[0] == self.whole and before.endswith(_apart(self.surname)) and behind in _OTHER_WORDS

    def _by_sound(self, clause: str) -> Iterator[str]:
        """Mark a name of which one part was typed by its sound: 周民 or 舟敏 for 周敏."""
        size, heard, said = len(self.surname), sounds(clause), sounds(self.whole)
        done, at = 0, heard.find(said) if len(self.whole) > size else -1
        while at >= 0:
            end = at + len(said)
            written = clause[at:end]
            same = written[:size] == self.surname or written[size:] == self.whole[size:]
            before, behind = clause[max(0, at - 1) : at], clause[end - 1 : end + 1]
            if same and not before.endswith(_apart(self.surname)) and behind not in _OTHER_WORDS:
                yield clause[done:at]
                yield MEANT
                done = end
            at = heard.find(said, max(at + 1, done))
        yield clause[done:]


@lru_cache(maxsize=_REMEMBERED)
def _heard(text: str) -> frozenset[str]:
    return frozenset(sounds(text))


@lru_cache(maxsize=4096)
def _name(name: str, surname: str, shared: bool) -> _Name:
    return _Name(name, surname, frozenset(sounds(name)), _written(name, surname, shared))


def _written(name: str, surname: str, shared: bool) -> re.Pattern[str]:
    """Return how a name is written: whole, in pinyin, initials, surname with a title; nothing taken for a pattern.

    A surname that the customer has too (`shared`) says nothing with a title customers have.
    """
    given = name[len(surname) :]
    if not given:
        return re.compile(re.escape(name) or "(?!)")
    titles = [title for title in WORDS["title"] if not (shared and title in WORDS["polite"])]
    titled, family, first, last = "|".join(titles), re.escape(surname), _initials(surname), _initials(given)
    unmeant = "".join(_UNMEANT.get(surname, ""))
    apart = f"(?<![{re.escape(unmeant)}])" if unmeant else ""
    ways = [
        f"{_LATIN_BEGINS}{_spelled(name)}{_LATIN_ENDS}",
        rf"{apart}{family}某{{1,2}}{re.escape(given[-1])}?|{apart}{family}x{{1,2}}(?![a-z])",
        rf"{apart}{family}(?:{any_of('veiled')})(?:{_one_of(given[-1])})",
        rf"{apart}{family} ?{last}(?![a-z])|(?<![a-z]){first} ?{re.escape(given)}",
        rf"(?<![a-z]){first} ?{last}(?:{titled})|(?:{any_of('before_initials')}){first} ?{last}(?![a-z])",
        rf"(?:{any_of('before')}){family}(?:{titled})?",
        rf"姓{family}的?",
        rf"{_LATIN_BEGINS}{_spelled(given)} ?{_spelled(surname)}(?![a-z])",
        rf"(?:{any_of('before_latin')}){_spelled(surname)}(?![a-z])",
        rf"{apart}{family}(?:{titled})",
    ]
    if len(given) > 1:
        ways.append(re.escape(given))
    else:
        short, behind = any_of("short_before"), any_of("short_behind")
        ways.append(rf"(?:{short}){re.escape(given)}|{re.escape(given)}(?:{behind})")
    return re.compile("|".join(ways))


def _spelled(name: str) -> str:
    """Return a pattern of the name with each character as it is or in any of its pinyin readings, blanks between."""
    return " ?".join(f"(?:{_one_of(each)})" for each in name)


def _one_of(character: str) -> str:
    return "|".join(map(re.escape, _readings(character)))


def _initials(name: str) -> str:
    """Return a pattern of the first letters of each character's readings: jh for 建华."""
    letters = ("".join({re.escape(each[0]) for each in _readings(one) if each.isascii()}) for one in name)
    return "".join(f"[{each}]" if each else "(?!)" for each in letters)


def _readings(character: str) -> list[str]:
    found = pinyin(character, style=Style.NORMAL, heteronym=True)
    return list(dict.fromkeys((character, *(each for readings in found for each in readings))))


_OTHER_WORDS = frozenset(WORDS["unmeant_behind"])
_UNMEANT = dict(each.split("=", 1) for each in WORDS["unmeant"])
_LATIN_BEGINS, _LATIN_ENDS = r"(?:(?<![a-z])|(?![a-z]))", r"(?:(?![a-z])|(?<![a-z]))"
_OWN, _OFFICE, _SUPERVISOR = pattern("own"), pattern("office"), pattern("supervisor")
_MYSELF = re.compile(f"(?:{any_of('myself')})$")
_PRETENDED = re.compile(f"(?:{any_of('pretended')})(?:是|的)?(?:你们|我|我们|贵公司)?的?$")
_TWICE = re.compile(f" ?{MEANT}(?: ?{MEANT})*+ ?")
"""Office and name in a row, blanks beside it: 客户经理周敏."""


@lru_cache(maxsize=4096)
def _apart(surname: str) -> tuple[str, ...]:
    return tuple(_UNMEANT.get(surname, ""))
