"""Products from the table: a short list to pick from, or a plain word when there is nothing to pick."""

from __future__ import annotations

from bot.dialogue import Router, Turn
from bot.messages import Option, Reply
from bot.understanding import Listing
from handlers.customer.own_manager import left_words

router = Router()


@router.understood(Listing)
def listing(turn: Turn, understood: Listing) -> Reply:
    """Show the rows and remember them: "还有呢", "第二个" and "怎么取消" are about them."""
    turn.session.about(understood.about, turn.now)
    manager = left_words(turn)
    tail = "\n".join(filter(None, (understood.tail, manager and turn.say("talk.manager.noted_too", manager=manager))))
    if not understood.options:
        return Reply.text("\n".join(filter(None, (understood.question, tail))))
    options = (Option(f"ask:{row.id}", row.label) for row in understood.options)
    return Reply.choices(understood.question, *options, tail=tail)
