"""Delivering messages: signing, the cut, retries, what the person is shown."""

import threading

import pytest
from flask import Response

from scripts.simulator import running_simulator
from scripts.simulator.phones import ERROR_TEXT
from scripts.simulator.testkit import World


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_a_message_is_answered_in_every_mode(world, product, mode):
    world.simulator.set(mode=mode)
    customer = world.customer("王总")
    assert customer.says("你好").outcome == "replied"
    assert customer.sees(contains="你说：你好")["via"] == "reply"
    customer.sees_nothing_else()
    query = product.pushed[0].query
    assert query["openid"] == customer.person.address
    assert ("msg_signature" in query) is (mode != "plain")
    assert ("<Content>" in product.pushed[0].body) is (mode != "safe")


@pytest.mark.parametrize("answer", [b"success", b""])
def test_success_and_nothing_are_taken_silently(world, product, answer):
    product.answer = lambda pushed: answer
    customer = world.customer("王总")
    assert customer.says("你好").outcome == "success"
    customer.sees_nothing_else()


def test_an_answer_that_does_not_come_is_cut_and_tried_three_times(world, product):
    world.simulator.set(cut_s=0.2)
    product.answer = product.waiting
    customer = world.customer("王总")
    outcome = customer.says("你好")
    assert (outcome.outcome, outcome.verdict) == ("error", "cut")
    assert customer.sees_error()["content"] == ERROR_TEXT
    assert len({pushed.message["MsgId"] for pushed in product.pushed}) == 1
    assert len({pushed.message["CreateTime"] for pushed in product.pushed}) == 1
    assert len({pushed.query["msg_signature"] for pushed in product.pushed}) == len(product.pushed) == 3


def test_retries_may_carry_the_same_signature_and_their_number_is_a_setting(world, product):
    world.simulator.set(cut_s=0.2, attempts=4, fresh_signature=False)
    product.answer = product.waiting
    world.customer("王总").says("你好")
    assert len(product.pushed) == 4
    assert len({pushed.query["msg_signature"] for pushed in product.pushed}) == 1


def test_a_retry_that_is_answered_shows_the_answer_once(world, product):
    world.simulator.set(cut_s=0.2)
    product.answer = lambda pushed: product.waiting(pushed) if len(product.pushed) < 3 else "来了"
    customer = world.customer("王总")
    assert len(customer.says("你好").exchanges) == 3
    customer.sees(contains="来了")
    customer.sees_nothing_else()


def test_a_server_error_is_tried_again_but_a_refusal_is_not(world, product):
    product.answer = lambda pushed: Response("", 500)
    world.customer("王总").says("你好")
    assert len(product.pushed) == 3
    product.answer = lambda pushed: Response("", 403)
    assert world.customer("王总").says("你好").verdict == "status 403"
    assert len(product.pushed) == 4


def test_a_dead_server_shows_the_error_text(world, settings):
    settings.target = "http://127.0.0.1:9"
    customer = world.customer("王总")
    assert customer.says("你好").verdict.startswith("connection error")
    customer.sees_error()


def test_a_failed_event_that_nobody_waits_for_shows_nothing(world, product):
    product.answer = lambda pushed: Response("", 500)
    customer = world.customer("王总")
    assert customer.reports_location().outcome == "error"
    assert customer.unfollows().outcome == "error"
    customer.sees_nothing_else()


def test_many_failures_silence_the_platform_for_a_minute(world, product):
    world.simulator.set(markfail_after=2, attempts=1)
    product.answer = lambda pushed: Response("", 500)
    customer = world.customer("王总")
    customer.says("一")
    customer.says("二")
    assert "silenced" in customer.says("三").verdict
    assert len(product.pushed) == 2
    world.clock.advance(seconds=61)
    product.answer = lambda pushed: "好了"
    assert customer.says("四").outcome == "replied"


def test_targets_take_turns(world, product, settings):
    settings.target = f"{settings.target},{settings.target}/"
    customer = world.customer("王总")
    customer.says("一")
    customer.says("二")
    assert len(product.pushed) == 2


def test_copies_arrive_together_with_one_message_id(world, product, sim):
    together = threading.Barrier(3)

    def meet(pushed):
        together.wait(5)
        return "一次"

    push = sim.deeds.say(sim.people.get("李总"), "text", content="先")
    product.answer = meet
    verdicts = sim.pushes.copies(push.push, 2)
    assert push.future.result().outcome == "replied"
    assert [one.outcome for one in verdicts] == ["replied", "replied"]
    assert len({pushed.message["MsgId"] for pushed in product.pushed}) == 1


def test_whoever_does_not_follow_cannot_write(world, api):
    answer = api.control("/people/wu/say", type="text", content="你好")
    assert answer.status_code == 409
    assert "关注" in answer.json()["error"]


def test_wecom_takes_an_empty_answer_and_repeats_anything_but_200(world, product):
    manager = world.manager("周敏")
    product.answer = lambda pushed: b""
    assert manager.says("今日简报").outcome == "success"
    assert product.pushed[-1].message["AgentID"] == "1000002"
    product.answer = lambda pushed: Response("", 404)
    assert manager.says("在吗").verdict == "status 404"
    assert len(product.pushed) == 4
    product.answer = lambda pushed: "收到"
    manager.says("在吗")
    manager.sees(contains="收到")
    manager.sees_nothing_else()


def test_the_exchange_is_recorded_with_its_plain_text_and_without_secrets(world, sim, api):
    world.customer("王总").says("你好")
    record = sim.exchanges.read()[-1]
    assert (record["kind"], record["person"], record["attempt"], record["verdict"]) == ("push", "wang", 1, "replied")
    assert "你好" in record["request_plain"]
    assert "你说" in record["response_plain"]
    api.text("好的")
    call = sim.exchanges.read()[-1]
    assert api.official_token not in call["url"]
    assert (call["kind"], call["person"], call["verdict"]) == ("api", "wang", "ok")


def test_a_restart_keeps_talk_windows_tokens_and_clock(settings, product, tmp_path):
    settings.home = str(tmp_path)
    with running_simulator(settings) as first:
        world = World(first)
        world.customer("王总").says("你好")
        world.customer("李总").unfollows()
        world.clock.advance(hours=2)
        token = first.tokens.stable()[0]
        world.simulator.set(attempts=4)
    settings.attempts = 3
    with running_simulator(settings) as second:
        wang = second.people.get("王总")
        assert [one["type"] for one in second.phones.read(wang)] == ["text", "text"]
        assert second.quotas.remaining(wang.address) == 5
        assert not second.people.get("李总").following
        assert second.clock.offset_s == 7200
        assert second.tokens.stable()[0] == token
        assert second.settings.attempts == 4
