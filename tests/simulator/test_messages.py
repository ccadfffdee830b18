"""Customer-service messages, templates and subscribe notices: windows, counts, field rules."""

import json

import pytest
import requests

COMPLAINT = {
    "character_string1": {"value": "TS20261121-0007"},
    "thing2": {"value": "宽带网速慢"},
    "phrase3": {"value": "处理中"},
    "name4": {"value": "周敏"},
    "time5": {"value": "2026年11月21日 15:30"},
}
GREETING = {"thing1": {"value": "生日快乐"}, "name2": {"value": "周敏"}, "time3": {"value": "2026-12-06 09:00"}}


def test_five_messages_in_48_hours_after_the_persons_own(world, api):
    customer = world.customer("王总")
    assert api.text("太早") == 45015
    customer.says("你好")
    assert [api.text(f"第{n}条") for n in range(6)] == [0] * 5 + [45047]
    customer.says("再问")
    world.clock.advance(hours=47)
    api.official_token = world.simulator.platform.tokens.stable()[0]
    assert api.text("还在") == 0
    world.clock.advance(hours=1)
    assert api.text("晚了") == 45015
    assert len(customer.received) == 8


def test_a_menu_tap_gives_three_in_a_minute(world, api):
    customer = world.customer("王总")
    customer.taps_menu("help")
    assert [api.text("x") for _ in range(4)] == [0, 0, 0, 45047]
    customer.taps_menu("help")
    world.clock.advance(seconds=61)
    assert api.text("x") == 45015


def test_unfollowing_closes_the_window_and_following_opens_a_short_one(world, api):
    customer = world.customer("王总")
    customer.says("你好")
    customer.unfollows()
    assert api.text("x") == 45015
    customer.follows()
    assert [api.text("x") for _ in range(4)] == [0, 0, 0, 45047]


def test_tapping_a_choice_counts_as_a_click(world, api, product):
    customer = world.customer("王总")
    customer.says("你好")
    menu = {"head_content": "满意吗", "list": [{"id": "s1", "content": "满意"}], "tail_content": "谢谢"}
    api.post("/cgi-bin/message/custom/send", touser=customer.person.address, msgtype="msgmenu", msgmenu=menu)
    world.clock.advance(hours=49)
    customer.taps("满意")
    assert product.pushed[-1].message["bizmsgmenuid"] == "s1"
    assert product.pushed[-1].message["Content"] == "满意"
    assert world.simulator.platform.quotas.remaining(customer.person.address) == 3


@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_a_choice_inside_a_text_can_be_tapped(world, product, quote):
    link = f"<a href={quote}weixin://bizmsgmenu?msgmenucontent=查投诉&amp;msgmenuid=m2{quote}>查投诉</a>"
    product.answer = lambda pushed: link
    customer = world.customer("王总")
    customer.says("你好")
    product.answer = lambda pushed: None
    customer.taps("查投诉")
    assert (product.pushed[-1].message["Content"], product.pushed[-1].message["bizmsgmenuid"]) == ("查投诉", "m2")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"msgtype": "text", "text": {"content": ""}}, 44004),
        ({"msgtype": "text", "text": {"content": "好" * 683}}, 45002),
        ({"msgtype": "news", "news": {"articles": [{}, {}]}}, 45008),
        ({"msgtype": "image", "image": {"media_id": "no"}}, 40007),
        ({"msgtype": "dance", "dance": {}}, 40008),
        ({"msgtype": "text", "text": {"content": "x"}, "touser": "oNobody"}, 40003),
    ],
)
def test_what_cannot_be_sent_uses_no_quota(world, api, body, code):
    customer = world.customer("王总")
    customer.says("你好")
    body.setdefault("touser", customer.person.address)
    assert api.post("/cgi-bin/message/custom/send", **body)["errcode"] == code
    assert world.simulator.platform.quotas.remaining(customer.person.address) == 5


def test_escapes_in_json_are_shown_as_they_stand(world, api, sim):
    world.simulator.set(literal_escapes=True)
    customer = world.customer("王总")
    customer.says("你好")
    customer.forgets()
    assert api.text("中\n文") == 0
    assert customer.sees()["content"] == "\\u4e2d\n\\u6587"
    raw = json.dumps(
        {"touser": customer.person.address, "msgtype": "text", "text": {"content": "中文"}}, ensure_ascii=False
    )
    url = f"{sim.base_url}/cgi-bin/message/custom/send?access_token={api.official_token}"
    assert requests.post(url, data=raw.encode(), timeout=5).json()["errcode"] == 0
    customer.sees(contains="中文")


def test_typing_mark(world, api, sim):
    customer = world.customer("王总")
    path, to = "/cgi-bin/message/custom/typing", customer.person.address
    assert api.post(path, touser=to, command="Typing")["errcode"] == 45080
    customer.says("你好")
    with sim.bus.watch() as watcher:
        assert api.post(path, touser=to, command="Typing")["errcode"] == 0
        kinds = [watcher.get(timeout=5) for _ in range(2)]
    assert ("typing", {"person": "wang", "on": True}) in kinds
    assert api.post(path, touser=to, command="Typing")["errcode"] == 45081
    assert api.post(path, touser=to, command="Sing")["errcode"] == 45072
    assert api.post(path, touser=to, command="CancelTyping")["errcode"] == 0
    world.clock.advance(seconds=31)
    assert api.post(path, touser=to, command="Typing")["errcode"] == 45080


def send_template(api, world, data, **more):
    to = world.customer("王总").person.address
    body = {"touser": to, "template_id": "TPL_COMPLAINT_PROGRESS_0001", "data": data, **more}
    return api.post("/cgi-bin/message/template/send", **body)


def test_a_template_message_arrives_and_its_end_is_told(world, api, product):
    answer = send_template(api, world, COMPLAINT, url="http://x/1")
    shown = world.customer("王总").sees(kind="template", contains=("TS20261121-0007", "处理状态：处理中"))
    assert shown["url"] == "http://x/1"
    world.settle()
    event = product.pushed[-1].message
    assert (event["Event"], event["Status"], event["MsgID"]) == (
        "TEMPLATESENDJOBFINISH",
        "success",
        str(answer["msgid"]),
    )


@pytest.mark.parametrize("status", ["failed:user block", "failed: system failed"])
def test_a_template_message_may_fail_after_it_was_taken(world, api, product, status):
    world.simulator.set(template_outcome=status)
    assert send_template(api, world, COMPLAINT)["errcode"] == 0
    assert world.simulator.platform.bus.wait_for(lambda: product.pushed, 5)
    assert product.pushed[-1].message["Status"] == status
    world.customer("王总").sees_nothing_else()


@pytest.mark.parametrize(
    ("field", "value", "fine"),
    [
        ("thing2", "好" * 20, True),
        ("thing2", "好" * 21, False),
        ("thing2", "", False),
        ("character_string1", "编号1", False),
        ("character_string1", "A" * 33, False),
        ("phrase3", "已处理完毕", True),
        ("phrase3", "已经处理完毕", False),
        ("phrase3", "done", False),
        ("name4", "欧阳·买买提", True),
        ("name4", "Wang Jianguo", True),
        ("name4", "名" * 11, False),
        ("time5", "15:30", True),
        ("time5", "2026年11月21日", True),
        ("time5", "2026年11月21日 15:30~2026年11月21日 16:30", True),
        ("time5", "明天下午", False),
    ],
)
def test_every_field_has_its_type(world, api, field, value, fine):
    answer = send_template(api, world, COMPLAINT | {field: {"value": value}})
    assert answer["errcode"] == (0 if fine else 47003)
    assert fine or f"data.{field}.value" in answer["errmsg"]


def test_templates_and_notices_are_told_apart_and_followers_are_needed(world, api):
    assert send_template(api, world, COMPLAINT, template_id="SUB_CARE_GREETING_0001")["errcode"] == 40037
    assert send_template(api, world, COMPLAINT, template_id="none")["errcode"] == 40037
    world.customer("王总").unfollows()
    assert send_template(api, world, COMPLAINT)["errcode"] == 43004


def test_the_same_client_id_is_taken_once_in_ten_minutes(world, api):
    assert send_template(api, world, COMPLAINT, client_msg_id="a1")["errcode"] == 0
    assert send_template(api, world, COMPLAINT, client_msg_id="a1")["errcode"] == 45065
    world.clock.advance(minutes=10, seconds=1)
    assert send_template(api, world, COMPLAINT, client_msg_id="a1")["errcode"] == 0
    assert len(world.customer("王总").received) == 2


def test_one_acceptance_is_one_notice(world, api, product):
    customer = world.customer("吴婷")
    body = {"touser": customer.person.address, "template_id": "SUB_CARE_GREETING_0001", "data": GREETING}
    assert api.post("/cgi-bin/message/subscribe/bizsend", **body)["errcode"] == 43101
    customer.accepts_notice("SUB_CARE_GREETING_0001")
    popup = product.pushed[-1].message["SubscribeMsgPopupEvent"]["List"]
    assert popup == {"TemplateId": "SUB_CARE_GREETING_0001", "SubscribeStatusString": "accept", "PopupScene": "1"}
    assert api.post("/cgi-bin/message/subscribe/bizsend", **body)["errcode"] == 0
    customer.sees(kind="notice", contains="生日快乐")
    assert api.post("/cgi-bin/message/subscribe/bizsend", **body)["errcode"] == 43101
    world.settle()
    assert product.pushed[-1].message["Event"] == "subscribe_msg_sent_event"


def test_withdrawing_takes_acceptances_back(world, api, product):
    customer = world.customer("王总")
    customer.accepts_notice("SUB_CARE_GREETING_0001")
    customer.withdraws_notice("SUB_CARE_GREETING_0001")
    assert product.pushed[-1].message["Event"] == "subscribe_msg_change_event"
    customer.refuses_notice("SUB_CARE_GREETING_0001")
    body = {"touser": customer.person.address, "template_id": "SUB_CARE_GREETING_0001", "data": GREETING}
    assert api.post("/cgi-bin/message/subscribe/bizsend", **body)["errcode"] == 43101
