"""Short words with nothing open that they could answer: a yes, a number, a nod, "都不是"."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.dialogue import Option, Reply, Router, Turn
from bot.dialogue.assent import Word, word
from bot.tickets import lists
from handlers.customer import useful
from handlers.office import office

router = Router()
JUST_FILED = timedelta(minutes=10)
SHORTEST_NUMBER, LONGEST_ABUSE = 5, 12
_ABUSE = re.compile(
    r"傻[逼比叉x]|煞笔|沙比|s+b|滚(?:蛋|开|吧)?|去死|妈的|他妈(?:的)?|你妈(?:的)?|狗屁|混蛋|王八蛋?|我?[操艹]|草泥马|脑残|智障|废物|垃圾|有病|放屁|骗子"
    r"|不要脸|坑爹|破公司|什么玩意儿?",
    re.IGNORECASE,
)
_AROUND_ABUSE = re.compile(
    r"你们?|您|他们?|这帮|一群|一帮|都|真|真是|是|就是|太|的|了|吧|啊|呀|个|家|公司|客服|什么|[^0-9A-Za-z一-鿿]"
)
_NONE_OF_THEM = re.compile(r"(?:以上|上面)?(?:这?[几三]个)?(?:都|全)(?:不是|没有|不对)(?:的|了|啊)*[。.!！]?")


@router.first
def none_of_them(turn: Turn) -> Reply | None:
    """Take "都不是" as the answer to what was offered."""
    if turn.session.offered and _NONE_OF_THEM.fullmatch(turn.text):
        useful.refused(turn)
        return Reply.text(turn.say("choices.refused"))
    return None


@router.first
def bare_number(turn: Turn) -> Reply | None:
    """Ask what a number that comes alone is for."""
    digits = re.sub(r"[\s-]", "", turn.text)
    known = digits.isascii() and digits.isdigit() and len(digits) >= SHORTEST_NUMBER
    return Reply.text(turn.say("number.received")) if known else None


@router.first
def abuse(turn: Turn) -> Reply | None:
    """Stay calm when there is nothing but bad words, and ask what happened."""
    if len(turn.text) > LONGEST_ABUSE or not _ABUSE.search(turn.text):
        return None
    rest = _AROUND_ABUSE.sub("", _ABUSE.sub("", turn.text))
    return None if len(rest) > 1 else Reply.text(turn.say("abuse.calm"))


@router.nothing_open
def nothing_open(turn: Turn) -> Reply | str:
    """Answer politely, and never as if it were a question."""
    said, offered = word(turn.text), turn.session.offered
    if offered and said is Word.CONFIRM:
        options = (Option(key, label) for key, label in offered)
        return Reply.choices(turn.say("choices.wrong", range=f"1-{len(offered)}"), *options)
    match said:
        case Word.CONFIRM:
            return _just_filed(turn) or turn.say("nothing.confirm")
        case Word.LEAVE:
            return turn.say("nothing.leave")
        case Word.FACE:
            return turn.say("sticker")
    return useful.offer(turn, turn.say("nod"))


def _just_filed(turn: Turn) -> str:
    """Say that what was filed a moment ago is filed: people press twice."""
    complaint = lists.latest_filed(turn.db, turn.contact(), turn.now - JUST_FILED)
    if complaint is None:
        return ""
    due = office(turn).when(complaint.due_at)
    return turn.say("complaint.already_filed", number=complaint.number, manager=complaint.owner.name, due=due)
