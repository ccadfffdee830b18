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
   third party is complained of, who had to do with it (投诉物业…周敏也来协调过), or
5. it asks whether what he did is right (正常吗, 她有这个权利吗), or, in a complaint of what somebody may have done (a
   fee, a plan), he is the one who did it (是周敏让我签的, 数是她自己填的).

What he is said never to have done, what a cheat did who took his name, what is said of all managers but him, and what
others did where he is thanked, is none of it (`bot.understanding.vouching`).

So a name in a complaint about the line is no accusation; a name beside words of misconduct always is, as in doubt a
case goes one level up. Who is only 她 or 那个人 is the customer's own manager, or whoever has the case in hand.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from bot.understanding import vouching
from bot.understanding.called import MEANT as _MEANT
from bot.understanding.called import Colleague, by_office, clauses_as_written, clauses_of, meant, rejoined
from bot.understanding.conduct import NEAR as _NEAR
from bot.understanding.conduct import STRONG as _STRONG
from bot.understanding.conduct import any_of as _any
from bot.understanding.conduct import pattern

__all__ = [
    "UNKNOWN",
    "Colleague",
    "Speaker",
    "accused",
    "accusing",
    "complains",
    "hints",
    "ill",
    "lodges",
    "named",
    "posed",
    "refused",
    "vouched",
]

_PIECE, _OVER = 40, 4
"""Characters of a clause that are weighed together, with so many of the next ones: a name may stand between two."""

_BREATH = 3
"""Clauses behind a name that are said in the same breath."""


class Speaker(NamedTuple):
    """Who speaks: his surname, which with 先生 or 总 is himself, and who has his case in hand."""

    surname: str = ""
    handlers: Collection[int] = ()


UNKNOWN = Speaker()
_SHORT = 60


def accused(
    text: str,
    staff: Sequence[Colleague],
    *,
    speaker: Speaker = UNKNOWN,
    personal: bool = False,
    filed: bool = False,
    deed: bool = False,
) -> frozenset[int]:
    """Return the ids of those of `staff` the text accuses or is to be kept from.

    `filed` says that it is a complaint whatever its words, `personal` that it is in doubt whether it is about people,
    so that a name alone counts, `deed` that it is about what somebody may have done, so that who did it counts.
    """
    clauses = clauses_of(rejoined(text, staff))
    if not clauses:
        return frozenset()
    message = _Message(clauses, personal=personal, filed=filed, deed=deed)
    found = {each.id for each in staff if message.accuses(meant(clauses, each, speaker.surname), own=each.own)}
    if found:
        return frozenset(found)
    return message.unnamed(frozenset(each.id for each in staff if each.own), speaker.handlers)


def named(text: str, staff: Sequence[Colleague]) -> bool:
    """Tell whether a text means one of `staff` by his name, in whatever way."""
    clauses = clauses_of(rejoined(text, staff))
    return any(_MEANT in clause for each in staff for clause in meant(clauses, each._replace(own=False), ""))


def vouched(text: str, staff: Sequence[Colleague]) -> bool:
    """Tell whether a text only speaks well of one of `staff`, clears or defends him, and tells of nobody's misconduct.

    What a cheat did who took his name, or from whom he saved the speaker, is none of ours.
    """
    clauses = clauses_of(rejoined(text, staff))
    return any(_only_vouches(meant(clauses, each)) for each in staff)


def _only_vouches(marked: Sequence[str]) -> bool:
    """Tell so of whoever stands marked."""
    named = [at for at, clause in enumerate(marked) if _MEANT in clause]
    general, posed = vouching.of_all(marked, named), vouching.poses(marked)
    named = [at for at in named if at not in general]
    if not named or not all(at in posed or _vouches(marked[at]) for at in named):
        return False
    rest = [clause for at, clause in enumerate(marked) if at not in general and not vouching.spares(clause)]
    said = "，".join(vouching.without_cheats(vouching.undenied(clause)) for clause in rest)
    return bool(posed) or not (_STRONG.search(said) or _NEAR.search(said))


def posed(text: str, staff: Sequence[Colleague]) -> bool:
    """Tell whether a text says that somebody else passes himself off as one of `staff`."""
    clauses = clauses_of(rejoined(text, staff))
    return any(vouching.poses(meant(clauses, each)) for each in staff)


def accusing(text: str, staff: Sequence[Colleague], limit: int) -> str:
    """Return of a long text the part of at most `limit` characters that accuses most, as it was written.

    What is left out before and behind is marked by …; a text that fits, or accuses nobody, comes from its beginning.
    """
    if len(text) <= limit:
        return text
    parts = [piece for part in clauses_as_written(text) for piece in _pieces(part)]
    weights = [_weight(part + behind[:_OVER], staff) for part, behind in zip(parts, [*parts[1:], ""], strict=True)]
    best, kept, first, size, weight = 0, 0, 0, 0, 0
    for end, part in enumerate(parts, 1):
        size, weight = size + len(part), weight + weights[end - 1]
        while size > limit - 2 or (first < end and not weights[first]):
            size, weight, first = size - len(parts[first]), weight - weights[first], first + 1
        if weight >= max(best, 1):
            best, kept = weight, first
    first = kept
    while first and len("".join(parts[first - 1 :])) < limit:
        first -= 1
    before, words = "…" if first else "", "".join(parts[first:])
    whole = len(words) + len(before) <= limit
    return f"{before}{words.strip()}" if whole else f"{before}{words[: limit - 1 - len(before)].strip()}…"


def _pieces(part: str) -> list[str]:
    """Return a clause in pieces: many write hundreds of characters without a mark."""
    return [part[at : at + _PIECE] for at in range(0, len(part), _PIECE)]


def _weight(part: str, staff: Sequence[Colleague]) -> int:
    """Return how much a piece of a text accuses."""
    clauses = clauses_of(rejoined(part, staff))
    marked = ["，".join(meant(clauses, each)) for each in staff]
    said = "，".join(map(vouching.undenied, clauses))
    named = any(_MEANT in each for each in marked)
    hush = any(_SECRET.search(_THEY.sub(_MEANT, each)) for each in marked)
    near = (named or _THEY.search(said)) and (_NEAR.search(said) or _RIGHT.search(said))
    return 4 * named + 3 * bool(_STRONG.search(said)) + bool(near) + hush


def hints(text: str) -> bool:
    """Tell whether a text can accuse anybody at all, before it is known who there is to be accused."""
    whole = "，".join(clauses_of(text))
    return any(sign.search(whole) for sign in (_STRONG, _NEAR, _ACCUSE, _RIGHT, _HUSH, _UNWANTED_THEM))


def ill(text: str) -> bool:
    """Tell whether a text speaks ill, of whomever: of a complaint, of misconduct, or in milder words.

    Every message is asked; what many say in the same words is remembered, as their meaning is.
    """
    return _ill(text) if len(text) > _SHORT else _remembered_ill(text)


def _ill(text: str) -> bool:
    whole = "，".join(clauses_of(text))
    return any(sign.search(whole) for sign in (_STRONG, _NEAR, _ACCUSE, _RIGHT))


_remembered_ill = lru_cache(maxsize=4_000)(_ill)


def refused(text: str, staff: Sequence[Colleague]) -> frozenset[int]:
    """Return the ids of those of `staff` the speaker does not want to deal with, though he may accuse nobody.

    It is the customer's own manager when they are only 她, or when it is to be somebody else (换个人).
    """
    clauses = clauses_of(rejoined(text, staff))
    found = frozenset(each.id for each in staff if any(map(_REFUSED.search, meant(clauses, each))))
    if found:
        return found
    theirs = [_THEY.sub(_MEANT, clause) for clause in clauses]
    unwanted = any(_REFUSED.search(clause) or _SECRET.search(clause) for clause in theirs)
    if unwanted or any(map(_ANOTHER.search, clauses)):
        return frozenset(each.id for each in staff if each.own)
    return frozenset()


def complains(text: str) -> bool:
    """Tell whether a text speaks of a complaint or of misconduct, whoever is meant."""
    whole = "，".join(clauses_of(text))
    return bool(_ACCUSE.search(whole) or _STRONG.search(whole))


def lodges(text: str) -> bool:
    """Tell whether a text says that it is a complaint."""
    return _ACCUSE.search("，".join(clauses_of(text))) is not None


class _Message:
    """One message, clause by clause, and what it says of anybody."""

    def __init__(self, clauses: tuple[str, ...], *, personal: bool, filed: bool, deed: bool) -> None:
        whole = "，".join(clauses)
        self._signs = vouching.Signs.of(whole)
        if self._signs.denies:
            clauses = tuple(map(vouching.undenied, clauses))
            whole = "，".join(clauses)
        self._clauses = clauses
        self._personal = personal
        self._deed = deed
        self._asks = personal and not filed
        self._strong = _STRONG.search(whole) is not None
        self._others = _OTHER.search(whole) is not None
        self._of_others = any(map(_OF_OTHERS.search, clauses))
        self._right = _RIGHT.search(whole) is not None
        self._complains = filed or _ACCUSE.search(whole) is not None

    def accuses(self, marked: Sequence[str], *, own: bool) -> bool:
        """Tell whether it accuses whoever stands marked in its clauses."""
        named: Sequence[int] = [at for at, clause in enumerate(marked) if _MEANT in clause]
        if not named:
            return False
        if any(_SECRET.search(marked[at]) for at in named) or any(map(_UNWANTED_THEM.search, marked[named[0] :])):
            return True
        marked, left, harmless = self._uncleared(marked, named)
        if not left:
            return self._excused_in_vain(marked, named)
        named = left
        mere = {at for at in named if _only_mere(marked[at]) or (at == 0 and _addressed(marked))}
        strong = self._strong
        if harmless:
            marked = [vouching.own_doing(clause) for clause in marked]
            strong = _STRONG.search("，".join(marked)) is not None
        if strong and not (self._others and all(_PRAISED.search(marked[at]) for at in named)):
            return True
        if self._near(marked, named, mere) or self._asks_or_did(marked, named, mere) or _governed(marked, named, mere):
            return True
        if not (self._personal or (self._complains and own and any(by_office(self._clauses[at]) for at in named))):
            return False
        return any(not (self._of_others and _CONTACT.search(marked[at])) for at in named if at not in mere)

    def _uncleared(self, marked: Sequence[str], named: Sequence[int]) -> tuple[Sequence[str], Sequence[int], bool]:
        """Return clauses and where he is named without what clears him, and whether the rest does not accuse him."""
        posed = vouching.poses(marked) if self._signs.poses else ()
        named = [at for at in named if at not in posed and not self._excuses(marked[at])]
        general = vouching.of_all(marked, named) if self._signs.general else frozenset()
        named = [at for at in named if at not in general]
        harmless = self._strong and all(_only_mere(marked[at]) or vouching.praises(marked[at]) for at in named)
        if general or self._signs.denies:
            marked = ["" if at in general else vouching.undenied(clause) for at, clause in enumerate(marked)]
        return marked, named, harmless

    def _excused_in_vain(self, marked: Sequence[str], named: Sequence[int]) -> bool:
        """Tell whether it speaks of misconduct of him whom it excuses: 不怪周敏，她就是骗了我."""
        if not self._strong or not any(self._excuses(marked[at]) for at in named):
            return False
        return any(_THEY.search(clause) and _STRONG.search(clause) for clause in marked if _MEANT not in clause)

    def _excuses(self, clause: str) -> bool:
        return _EXCUSED.search(clause) is not None or (self._signs.spares and vouching.spares(clause))

    def unnamed(self, own: frozenset[int], handlers: Collection[int]) -> frozenset[int]:
        """Return whom it accuses without a name: 她骂我, 态度太差 of the case that somebody has in hand.

        A question nobody could answer that speaks of misconduct of somebody (那个女的) may speak of the own manager.
        """
        they = any(_THEY.search(clause) for clause in self._clauses)
        unwanted = any(map(_UNWANTED_THEM.search, self._clauses))
        if self._others or not (self._strong or unwanted or any(map(_NEAR.search, self._clauses))):
            return frozenset()
        if handlers and (self._strong or they or any(map(_HANDLER.search, self._clauses))):
            return frozenset(handlers)
        somebody = self._asks and any(map(_SOMEBODY.search, self._clauses))
        return own if self._strong and ((they and self._complains) or somebody) else frozenset()

    def _asks_or_did(self, marked: Sequence[str], named: Sequence[int], mere: Collection[int]) -> bool:
        """Tell whether it asks if what he did is right, or says in a complaint of such that he is the one who did."""
        rest = marked[named[0] :]
        if self._deed and any(map(_DONE.search, rest)):
            return True
        return self._right and any(at not in mere for at in named) and any(map(_RIGHT.search, rest))

    def _near(self, marked: Sequence[str], named: Sequence[int], mere: Collection[int]) -> bool:
        """Tell whether milder words are said in the same breath: in the clause, the next ones, or of 她 later on."""
        if _NEAR.search("".join(marked)) is None:
            return False
        if any(_THEY.search(clause) and _NEAR.search(clause) for clause in marked[named[0] + 1 :]):
            return True
        here = frozenset(named)
        doing = [clause if at in here else vouching.own_doing(clause) for at, clause in enumerate(marked)]
        return any(
            _NEAR.search("".join(doing[at : at + 1 if at in mere else at + 1 + _BREATH])) is not None for at in named
        )


def _vouches(clause: str) -> bool:
    """Tell whether a clause that names somebody speaks well of him or clears him."""
    return vouching.praises(clause) or vouching.spares(clause) or _EXCUSED.search(clause) is not None


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


_ACCUSE, _OTHER, _THEY, _HANDLER, _SOMEBODY, _ANOTHER = map(
    pattern, ("accuse", "other", "they", "handler", "somebody", "another")
)
_RIGHT = pattern("right")
_DONE = re.compile(_any("done").replace("W", f"(?:{_MEANT}|{_any('they')})"))
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
_REFUSED = re.compile(
    rf"(?:{_any('secret_not')})(?:{_any('refused_with')})*+{_MEANT}(?!的)"
    rf"|(?:{_any('refused_before')}){_MEANT}|{_MEANT}(?:{_any('refused_behind')})"
)
