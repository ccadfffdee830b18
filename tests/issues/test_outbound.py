"""Bugs of what leaves."""

from __future__ import annotations

from bot.messages import Reply, Text
from scripts.simulator.testkit import World
from tests.scenarios.webhook.wire import Desk, follower, replies

SEND = "/cgi-bin/message/custom/send"


def test_the_pieces_of_a_reply_keep_their_order_when_one_is_tried_again(world: World, desk: Desk) -> None:
    """A busy platform made one piece wait, and the pieces behind it overtook it."""
    person = follower(world)
    desk.answers["五句"] = Reply(tuple(Text(f"第{number}句") for number in range(5)))
    person.says("五句")
    world.simulator.fault(SEND, errcode=-1)
    for _ in range(6):
        world.clock.advance(30)
        world.settle()
    assert replies(person) == [f"第{number}句" for number in range(5)]
