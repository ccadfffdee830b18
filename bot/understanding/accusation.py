"""Accusations: whom of the staff a message complains of, however he is called, and from whom it is to be kept.

The rule, most certain first. A member of the staff is **meant** by his name (also in pinyin, by a homophone, with
blanks between characters), by his surname with a title or 小/老/姓, by 我的客户经理/你们经理 when he is the customer's
own. He is **accused** when he is meant and

1. the message wants something kept from him (别让周敏知道), or
2. it has words of misconduct anywhere, or milder ones in the same breath, unless it clears him (不怪周敏), or
3. the complaint is of him (投诉周敏, 周敏…我要投诉她), or
4. it is in doubt (`personal`: a complaint about people or about nothing known, a question nobody could answer, words
   against his answer), or it is a complaint that calls him 我的客户经理; and he is named as more than the one who was
   asked, spoken to, who sent the customer here or is to call back (找过周敏, 周敏让我来问, 周经理，请问…), or, when a
   third party is complained of, who had to do with it (投诉物业…周敏也来协调过).

So a name in a complaint about the line is no accusation; a name beside words of misconduct always is, as in doubt a
case goes one level up. Who is only 她 or 那个人 is the customer's own manager, or whoever has the case in hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from pypinyin import Style, pinyin

from .normal import simplified
from .pinyin import sounds
from .words import groups

LONGEST = 2000
"""Characters looked at: a message holds some 700 (2,048 bytes), a form keeps as much of what is said beside it."""

_MEANT = "\ue000"
"""Stands in a clause for whoever is looked for."""

_CLAUSE = re.compile(r"[，,。!！?？;；、：:\n\r~～…“”\"（）()【】]+")
_NO_WORD = re.compile(r"[^0-9a-z一-鿿\ue001]+")
_APART = re.compile(r"(?<=[a-z])[^0-9a-z一-鿿]++(?=[a-z])")
_BLANK = "\ue001"
"""Stands between two words of Latin letters, the only blank that is kept."""
_COMPOUND = 2
"""Characters of a long surname (欧阳)."""


class Colleague(NamedTuple):
    """A member of the staff as he may be spoken of; `own` is the customer's manager, `above` that one's superior."""

    id: int
    name: str
    surname: str
    own: bool = False
    above: bool = False


class Speaker(NamedTuple):
    """Who speaks: his surname, which with 先生 or 总 is himself, and who has his case in hand."""

    surname: str = ""
    handlers: Collection[int] = ()


UNKNOWN = Speaker()


def accused(
    text: str, staff: Sequence[Colleague], *, speaker: Speaker = UNKNOWN, personal: bool = False, filed: bool = False
) -> frozenset[int]:
    """Return the ids of those of `staff` the text accuses or is to be kept from.

    `filed` says that it is a complaint whatever its words, `personal` that it is in doubt whether it is about people,
    so that a name alone counts.
    """
    clauses = _clauses(text)
    if not clauses:
        return frozenset()
    message = _Message(clauses, personal=personal, filed=filed)
    found = {each.id for each in staff if message.accuses(_meant(clauses, each, speaker.surname), own=each.own)}
    if found:
        return frozenset(found)
    return message.unnamed(frozenset(each.id for each in staff if each.own), speaker.handlers)


def named(text: str, staff: Sequence[Colleague]) -> bool:
    """Tell whether a text means one of `staff` by his name, in whatever way."""
    clauses = _clauses(text)
    return any(_MEANT in clause for each in staff for clause in _meant(clauses, each._replace(own=False), ""))


def hints(text: str) -> bool:
    """Tell whether a text can accuse anybody at all, before it is known who there is to be accused."""
    whole = "，".join(_clauses(text))
    return any(sign.search(whole) for sign in (_STRONG, _NEAR, _ACCUSE, _HUSH, _UNWANTED_THEM))


def complains(text: str) -> bool:
    """Tell whether a text speaks of a complaint or of misconduct, whoever is meant."""
    whole = "，".join(_clauses(text))
    return bool(_ACCUSE.search(whole) or _STRONG.search(whole))


class _Message:
    """One message, clause by clause, and what it says of anybody."""

    def __init__(self, clauses: Sequence[str], *, personal: bool, filed: bool) -> None:
        whole = "，".join(clauses)
        self._clauses = clauses
        self._personal = personal
        self._strong = _STRONG.search(whole) is not None
        self._others = _OTHER.search(whole) is not None
        self._of_others = any(map(_OF_OTHERS.search, clauses))
        self._complains = filed or _ACCUSE.search(whole) is not None

    def accuses(self, marked: Sequence[str], *, own: bool) -> bool:
        """Tell whether it accuses whoever stands marked in its clauses."""
        named = [at for at, clause in enumerate(marked) if _MEANT in clause]
        if not named:
            return False
        if any(_SECRET.search(marked[at]) for at in named) or any(map(_UNWANTED_THEM.search, marked[named[0] :])):
            return True
        named = [at for at in named if not _EXCUSED.search(marked[at])]
        if not named:
            return False
        if self._strong and not (self._others and all(_PRAISED.search(marked[at]) for at in named)):
            return True
        mere = {at for at in named if _only_mere(marked[at]) or (at == 0 and _addressed(marked))}
        if self._near(marked, named, mere) or _governed(marked, named, mere):
            return True
        if not (self._personal or (self._complains and own and any(_by_office(self._clauses[at]) for at in named))):
            return False
        return any(not (self._of_others and _CONTACT.search(marked[at])) for at in named if at not in mere)

    def unnamed(self, own: frozenset[int], handlers: Collection[int]) -> frozenset[int]:
        """Return whom it accuses without a name: 她骂我, 态度太差 of the case that somebody has in hand."""
        they = any(_THEY.search(clause) for clause in self._clauses)
        unwanted = any(map(_UNWANTED_THEM.search, self._clauses))
        if self._others or not (self._strong or unwanted or any(map(_NEAR.search, self._clauses))):
            return frozenset()
        if handlers and (self._strong or they or any(map(_HANDLER.search, self._clauses))):
            return frozenset(handlers)
        return own if they and self._strong and self._complains else frozenset()

    def _near(self, marked: Sequence[str], named: Sequence[int], mere: Collection[int]) -> bool:
        """Tell whether milder words are said in the same breath: in the clause, the next one, or of 她 later on."""
        if any(_THEY.search(clause) and _NEAR.search(clause) for clause in marked[named[0] + 1 :]):
            return True
        for at in named:
            following = "" if at in mere else "".join(marked[at + 1 : at + 2])
            if _NEAR.search(marked[at] + following):
                return True
        return False


def _governed(marked: Sequence[str], named: Sequence[int], mere: Collection[int]) -> bool:
    """Tell whether the complaint is of the one who is marked: 投诉周敏, 周敏的事我要投诉, 周敏…我要投诉她."""
    if any(_OF_THEM.search(clause) for clause in marked[named[0] :]):
        return True
    for at in named:
        before = marked[at - 1] if at else ""
        if _OF.search(marked[at]):
            return True
        begins = _BEGINS.match(marked[at]) and _ENDS.search(before)
        if at not in mere and (begins or _THEN_OF.search(marked[at])):
            return True
    return False


def _only_mere(clause: str) -> bool:
    """Tell whether each mark in a clause is but somebody who was asked, sent the customer, or is to call him."""
    return _MEANT not in _MERE.sub("", clause)


def _addressed(marked: Sequence[str]) -> bool:
    """Tell whether it begins by speaking to somebody: 周经理，请问…."""
    return len(marked) > 1 and _VOCATIVE.fullmatch(marked[0]) is not None and _ADDRESS.match(marked[1]) is not None


def _by_office(clause: str) -> bool:
    return _OWN.search(clause) is not None


def _clauses(text: str) -> list[str]:
    """Return the text clause by clause, in simplified characters, without blanks and marks but between Latin words."""
    plain = simplified(unicodedata.normalize("NFKC", text[:LONGEST]).lower())
    return [bare for part in _CLAUSE.split(plain) if (bare := _squeezed(part))]


def _squeezed(part: str) -> str:
    return _NO_WORD.sub("", _APART.sub(_BLANK, part)).replace(_BLANK, " ")


def _meant(clauses: Sequence[str], who: Colleague, speaker: str) -> list[str]:
    """Return the clauses with a mark wherever they mean `who`."""
    pattern = _called(_bare(who.name), _bare(who.surname), _bare(who.surname) == _bare(speaker))
    return [_marked(clause, who, pattern) for clause in clauses]


def _marked(clause: str, who: Colleague, pattern: re.Pattern[str]) -> str:
    found = pattern.sub(lambda hit: hit[0] if _unmeant(clause, hit, who) else _MEANT, clause)
    found = _by_sound(found, _bare(who.name), len(_bare(who.surname)))
    if who.own:
        found = _OFFICE.sub(_MEANT, _OWN.sub(_MEANT, found))
    if who.above and (_STRONG.search(found) or _NEAR.search(found)):
        found = _SUPERVISOR.sub(_MEANT, found)
    return _TWICE.sub(_MEANT, found)


def _unmeant(clause: str, hit: re.Match[str], who: Colleague) -> bool:
    """Tell whether it is the speaker himself, or two other words that only look like the name: 上周敏感信息."""
    before, behind = clause[: hit.start()], clause[hit.end() - 1 : hit.end() + 1]
    if _MYSELF.search(before):
        return True
    return hit[0] == _bare(who.name) and before.endswith(_apart(_bare(who.surname))) and behind in _OTHER_WORDS


def _apart(surname: str) -> tuple[str, ...]:
    return tuple(_UNMEANT.get(surname, ""))


def _by_sound(clause: str, name: str, size: int) -> str:
    """Mark a name whose given part was typed by its sound: 周民 for 周敏."""
    given = sounds(name[size:])
    at = clause.find(name[:size])
    while given and at >= 0:
        end = at + len(name)
        if sounds(clause[at + size : end]) == given and not clause[:at].endswith(_apart(name[:size])):
            clause = clause[:at] + _MEANT + clause[end:]
        at = clause.find(name[:size], at + 1)
    return clause


def _bare(name: str) -> str:
    return _NO_WORD.sub("", simplified(unicodedata.normalize("NFKC", name).lower()))


@lru_cache(maxsize=4096)
def _called(name: str, surname: str, shared: bool) -> re.Pattern[str]:
    """Return how a member of the staff is called: name, pinyin, surname with a title; nothing taken for a pattern.

    A surname that the customer has too (`shared`) says nothing with a title customers have.
    """
    given = name[len(surname) :]
    if not given:
        return re.compile(re.escape(name) or "(?!)")
    titles = [title for title in _WORDS["title"] if not (shared and title in _WORDS["polite"])]
    family = re.escape(surname)
    unmeant = "".join(_UNMEANT.get(surname, ""))
    apart = f"(?<![{re.escape(unmeant)}])" if unmeant else ""
    ways = [
        f"{_LATIN_BEGINS}{_spelled(name)}{_LATIN_ENDS}",
        rf"{apart}{family}某{{1,2}}{re.escape(given[-1])}?|{apart}{family}x{{1,2}}(?![a-z])",
        rf"(?:{_any('before')}){family}(?:{'|'.join(titles)})?",
        rf"姓{family}的?",
        rf"{_LATIN_BEGINS}{_spelled(given)} ?{_spelled(surname)}(?![a-z])",
        rf"(?:{_any('before_latin')}){_spelled(surname)}(?![a-z])",
        rf"{apart}{family}(?:{'|'.join(titles)})",
    ]
    if len(given) > 1:
        ways.append(re.escape(given))
    else:
        ways.append(rf"(?:{_any('short_before')}){re.escape(given)}|{re.escape(given)}(?:{_any('short_behind')})")
    return re.compile("|".join(ways))


def _spelled(name: str) -> str:
    """Return a pattern of the name with each character as it is or in any of its pinyin readings, blanks between."""
    return " ?".join(f"(?:{'|'.join(map(re.escape, _readings(each)))})" for each in name)


def _readings(character: str) -> list[str]:
    found = pinyin(character, style=Style.NORMAL, heteronym=True)
    return list(dict.fromkeys((character, *(each for readings in found for each in readings))))


def _lists() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for list_ in ("conduct", "staff"):
        for first, *rest in groups(list_):
            found.setdefault(first.rstrip(":"), []).extend(rest)
    return {key: tuple(sorted(words, key=len, reverse=True)) for key, words in found.items()}


_WORDS = _lists()
_OTHER_WORDS = frozenset(_WORDS["unmeant_behind"])
_UNMEANT = dict(each.split("=", 1) for each in _WORDS["unmeant"])
_LATIN_BEGINS, _LATIN_ENDS = r"(?:(?<![a-z])|(?![a-z]))", r"(?:(?![a-z])|(?<![a-z]))"


def _any(name: str) -> str:
    return "|".join(_WORDS[name])


_STRONG, _NEAR, _ACCUSE, _OTHER, _THEY, _OWN, _OFFICE, _SUPERVISOR, _HANDLER = (
    re.compile(_any(name))
    for name in ("strong", "near", "accuse", "other", "they", "own", "office", "supervisor", "handler")
)
_TWICE = re.compile(f" ?{_MEANT}(?: ?{_MEANT})*+ ?")
"""Office and name in a row, blanks beside it: 客户经理周敏."""

_MYSELF = re.compile(f"(?:{_any('myself')})$")
_LIGHT = f"(?:{_any('light')}){{0,8}}+"
_OF = re.compile(
    rf"(?:{_any('accuse')}){_LIGHT}{_MEANT}"
    rf"|(?:对|把|将|因为|关于|针对|就){_MEANT}.{{0,12}}(?:{_any('accuse')})"
    rf"|{_MEANT}的(?:事|问题|行为|做法|服务|态度).{{0,8}}(?:{_any('accuse')})"
)
_THEN_OF = re.compile(rf"{_MEANT}(?:的|那|这|个|位|人|女|男|我|要|想|必须|一定|就){{0,8}}+(?:{_any('accuse')})$")
_OF_THEM = re.compile(rf"(?:{_any('accuse')})(?:你|您|{_any('they')})(?!们)")
_BEGINS = re.compile(f"{_LIGHT}{_MEANT}")
_ENDS = re.compile(f"(?:{_any('accuse')}){_LIGHT}$")
_EXCUSED = re.compile(
    rf"(?:{_any('excused_before')}){_MEANT}(?:{_any('excused_fault')})?$|{_MEANT}(?:{_any('excused_behind')})"
)
_PRAISED = re.compile(_any("praised"))
_MERE = re.compile(
    rf"{_MEANT}(?:是|叫){_MEANT}|(?:{_any('mere_before')}){_MEANT}(?:的客户)?|{_MEANT}(?:{_any('mere_behind')})"
)
_VOCATIVE = re.compile(f"{_MEANT}[呀啊哈哦]?")
_ADDRESS = re.compile(_any("address"))
_OF_OTHERS = re.compile(
    rf"(?:{_any('accuse')})(?:一下|的是|你们|我们|这个|那个|小区|楼下|的){{0,3}}(?:{_any('other')})"
)
_CONTACT = re.compile(rf"{_MEANT}[^收拿要打卖给]{{0,10}}?(?:{_any('contact')})")
_UNWANTED_THEM = re.compile(
    rf"(?:{_any('unwanted')})(?:再|让|叫|派|见到|看到|给|由)*+(?:{_any('they')}|{_MEANT})(?:再|过)?(?:{_any('unwanted_come')})"
)
_HUSH = re.compile(f"{_any('secret_not')}|{_any('secret_hide')}|保密|隐瞒")
_SECRET = re.compile(
    rf"(?:{_any('secret_not')}).{{0,8}}(?:{_any('secret_tell')}){_MEANT}"
    rf"|(?:{_any('secret_not')}).{{0,8}}(?:{_any('secret_let')})?{_MEANT}.{{0,4}}(?:{_any('secret_behind')})"
    rf"|(?:{_any('secret_hide')}){_MEANT}|(?:对|向|跟|和){_MEANT}(?:保密|隐瞒|回避)|{_MEANT}(?:需要?|应该?|要|请)?回避"
)
