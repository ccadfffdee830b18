"""The test kit itself: what it finds missing, what it finds too much."""

import pytest

from scripts.simulator.actors import Unexpected
from scripts.simulator.testkit import World


def test_a_missing_message_fails_with_the_talk(sim):
    world = World(sim, patience_s=0.05)
    customer = world.customer("王总")
    customer.says("你好")
    with pytest.raises(Unexpected, match=r"王总 does not see '再见'[\s\S]*王总: \[text\] 你好\n[\s\S]*你说：你好"):
        customer.sees(contains="再见")


def test_an_unexpected_message_fails_with_the_talk(world):
    customer = world.customer("王总")
    customer.says("你好")
    with pytest.raises(Unexpected, match="did not expect"):
        customer.sees_nothing_else()
    with pytest.raises(Unexpected, match="did not expect"):
        world.nobody_sees_anything_else()


def test_each_message_is_seen_once(world):
    customer = world.customer("王总")
    customer.says("你好")
    customer.says("你好")
    customer.sees(contains="你好")
    customer.sees(matches=r"你说：你.$")
    customer.sees_nothing_else()


def test_a_late_message_is_waited_for(world, product, api):
    product.answer = product.waiting
    customer = world.customer("王总")
    deed = customer.starts_saying("你好")
    api.text("稍等")
    customer.sees(contains="稍等")
    product.release.set()
    assert deed.future.result().outcome == "success"
    customer.sees_nothing_else()


def test_the_product_is_settled_before_looking(sim, api):
    sent = []
    world = World(sim, settle=lambda: sent or sent.append(api.text("排队的")))
    customer = world.customer("王总")
    customer.says("你好")
    customer.sees(contains="排队的")
    assert sent == [0]


def test_what_happened_before_is_not_looked_at(sim, world):
    world.customer("王总").says("你好")
    later = World(sim)
    later.customer("王总").sees_nothing_else()
    assert later.customer("王总").received == []


def test_strangers_and_roles(world, product):
    stranger = world.stranger("s-1", "路人")
    stranger.follows()
    assert len(stranger.person.address) == 28
    assert product.pushed[-1].message["FromUserName"] == stranger.person.address
    with pytest.raises(KeyError):
        world.manager("王总")
    with pytest.raises(KeyError):
        world.customer("无名氏")


def test_calls_are_counted(world, api):
    world.customer("王总").says("你好")
    api.text("一")
    api.text("二")
    assert len(list(world.simulator.calls("/message/custom/send"))) == 2
