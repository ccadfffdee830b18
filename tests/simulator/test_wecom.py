"""WeCom app messages: receivers, duplicates, the limit a minute, cards and their buttons."""

import pytest

SEND = "/wecom-api/cgi-bin/message/send"
UPDATE = "/wecom-api/cgi-bin/message/update_template_card"


def card(task_id="complaint-1"):
    return {
        "card_type": "button_interaction",
        "main_title": {"title": "新投诉", "desc": "钻石客户 王总"},
        "sub_title_text": "宽带太慢",
        "horizontal_content_list": [{"keyname": "电话", "value": "138****1001"}],
        "task_id": task_id,
        "button_list": [{"text": "接单", "style": 1, "key": "accept"}, {"text": "回复", "style": 2, "key": "reply"}],
    }


@pytest.fixture
def send(api, settings):
    def do(touser="zhoumin", content="你好", **more):
        body = {"touser": touser, "agentid": settings.agent_id, "msgtype": "text", "text": {"content": content}} | more
        return api.post(SEND, **body)

    return do


@pytest.fixture
def send_card(send):
    return lambda task_id="complaint-1", touser="zhoumin": send(
        touser, msgtype="template_card", template_card=card(task_id)
    )


def test_receivers_that_do_not_exist_are_named(world, send):
    answer = send("zhoumin|ghost|linhao")
    assert (answer["errcode"], answer["invaliduser"]) == (0, "ghost")
    world.manager("周敏").sees(contains="你好")
    world.manager("林浩").sees(contains="你好")
    assert send("ghost")["errcode"] == 81013
    assert send(agentid=1)["errcode"] == 40056
    assert send(msgtype="dance")["errcode"] == 40008
    world.nobody_sees_anything_else()


def test_everyone(world, send):
    send("@all")
    world.manager("何主任").sees(contains="你好")


def test_the_duplicate_check_keeps_the_second_away(world, send):
    manager = world.manager("周敏")
    assert [send(enable_duplicate_check=1)["errcode"] for _ in range(2)] == [0, 0]
    assert len(manager.received) == 1
    send(content="另一条", enable_duplicate_check=1)
    world.clock.advance(minutes=31)
    send_again = send(enable_duplicate_check=1)
    assert send_again["errcode"] == 0
    assert len(manager.received) == 3
    send()
    send()
    assert len(manager.received) == 5


def test_more_than_thirty_a_minute_are_silently_dropped(world, send):
    manager = world.manager("周敏")
    assert {send(content=str(n))["errcode"] for n in range(32)} == {0}
    assert len(manager.received) == 30
    world.clock.advance(seconds=61)
    send(content="之后")
    assert len(manager.received) == 31


def test_a_card_is_tapped_and_its_button_replaced_once(world, send_card, api, product, settings):
    manager = world.manager("周敏")
    code = send_card()["response_code"]
    shown = manager.sees_card(contains=("新投诉", "138****1001", "接单"))
    assert shown["done"] is None
    manager.taps("接单")
    event = product.pushed[-1].message
    assert (event["Event"], event["EventKey"], event["TaskId"]) == ("template_card_event", "accept", "complaint-1")
    assert (event["CardType"], event["AgentID"]) == ("button_interaction", str(settings.agent_id))
    body = {
        "userids": ["zhoumin"],
        "agentid": settings.agent_id,
        "response_code": event["ResponseCode"],
        "button": {"replace_name": "已接单"},
    }
    assert api.post(UPDATE, **body)["errcode"] == 0
    manager.sees_button_done("已接单")
    assert api.post(UPDATE, **body)["errcode"] == 40058
    assert api.post(UPDATE, **body | {"response_code": code, "button": {"replace_name": "已办结"}})["errcode"] == 0
    manager.sees_button_done("已办结")
    with pytest.raises(AssertionError, match="nothing to tap"):
        manager.taps("接单")


def test_a_card_cannot_be_changed_after_72_hours(world, send_card, api, settings, sim):
    code = send_card()["response_code"]
    world.clock.advance(hours=72)
    api.wecom_token = sim.tokens.wecom()[0]
    body = {"agentid": settings.agent_id, "response_code": code, "button": {"replace_name": "已接单"}}
    assert api.post(UPDATE, **body)["errcode"] == 40058


def test_the_whole_card_can_be_replaced_for_everyone(world, send_card, api, settings):
    code = send_card(touser="zhoumin|hejianhua")["response_code"]
    new = card() | {"sub_title_text": "已经处理好", "replace_text": "已办结"}
    body = {"agentid": settings.agent_id, "atall": 1, "response_code": code, "template_card": new}
    assert api.post(UPDATE, **body)["errcode"] == 0
    for name in ("周敏", "何主任"):
        assert world.manager(name).sees_card(contains="已经处理好")["done"] == "已办结"


@pytest.mark.parametrize(
    "change",
    [
        {"task_id": ""},
        {"task_id": "x" * 129},
        {"button_list": []},
        {"button_list": [{"text": "a", "key": "k"}] * 7},
        {"button_list": [{"text": "a"}]},
        {"card_type": "dance"},
        {"main_title": {}, "sub_title_text": ""},
    ],
)
def test_cards_that_are_not_taken(send, change):
    assert send(msgtype="template_card", template_card=card() | change)["errcode"] == 40058


def test_a_task_id_is_used_once(send_card):
    assert send_card()["errcode"] == 0
    assert send_card()["errcode"] == 40058


def test_a_passive_reply_may_replace_the_button(world, send_card, product):
    def replaced(pushed):
        plain = pushed.text("").replace("<![CDATA[text]]>", "<![CDATA[update_button]]>")
        return plain.replace("<Content><![CDATA[]]></Content>", "<Button><ReplaceName>已接单</ReplaceName></Button>")

    send_card()
    product.answer = lambda pushed: product.sealed("wecom", replaced(pushed)).encode()
    manager = world.manager("周敏")
    manager.taps("接单")
    manager.sees_button_done("已接单")


def test_long_texts_are_cut_not_refused(world, send):
    send(content="好" * 1000)
    assert world.manager("周敏").sees()["content"] == "好" * 682
    card = {"title": "标题", "description": "说明", "url": "http://x"}
    assert send(msgtype="textcard", textcard=card)["errcode"] == 0
    assert world.manager("周敏").sees(kind="textcard")["button"] == "详情"
    assert send(msgtype="textcard", textcard={"title": "标题"})["errcode"] == 44004


def test_opening_joining_and_leaving(world, product):
    manager = world.manager("周敏")
    manager.opens_app()
    manager.unfollows()
    manager.follows()
    assert [one.message["Event"] for one in product.pushed] == ["enter_agent", "unsubscribe", "subscribe"]


def test_addresses_that_are_not_trusted(world, send):
    world.simulator.set(ip_allow=["10.0.0.1"])
    assert send()["errcode"] == 60020
