"""Faults that are injected on purpose."""

import pytest
import requests

SEND = "/cgi-bin/message/custom/send"


@pytest.fixture
def customer(world):
    customer = world.customer("王总")
    customer.says("你好")
    customer.forgets()
    return customer


def test_an_error_code_comes_as_often_as_asked_and_nothing_is_processed(world, api, customer):
    world.simulator.fault(SEND, errcode=45009, times=2)
    assert [api.text("x") for _ in range(3)] == [45009, 45009, 0]
    customer.sees(contains="x")
    customer.sees_nothing_else()


def test_a_status_instead_of_an_answer(world, sim, api, customer):
    world.simulator.fault(SEND, http_status=502, times=0)
    url = f"{sim.base_url}{SEND}?access_token={api.official_token}"
    assert [requests.post(url, json={}, timeout=5).status_code for _ in range(3)] == [502] * 3
    world.simulator.clear_faults()
    assert api.text("x") == 0


def test_a_dropped_connection_hides_that_the_message_was_delivered(world, api, customer):
    world.simulator.fault(SEND, drop_after=True)
    with pytest.raises(requests.ConnectionError):
        api.text("到了吗")
    customer.sees(contains="到了吗")
    assert api.text("下一条") == 0


def test_a_template_whose_answer_was_dropped_still_ends(world, api, product):
    world.simulator.fault("/cgi-bin/message/template/send", drop_after=True)
    data = {"thing1": {"value": "宽带"}, "date2": {"value": "2026-12-01"}, "name3": {"value": "周敏"}}
    data |= {"thing4": {"value": "请及时续约"}}
    to = world.customer("王总").person.address
    with pytest.raises(requests.ConnectionError):
        api.post("/cgi-bin/message/template/send", touser=to, template_id="TPL_CONTRACT_EXPIRY_0001", data=data)
    world.customer("王总").sees(kind="template")
    assert world.simulator.platform.bus.wait_for(lambda: product.pushed, 5)


def test_a_delayed_answer_runs_into_the_callers_timeout(world, sim, api, customer):
    world.simulator.fault(SEND, delay_s=30, drop_after=True)
    url = f"{sim.base_url}{SEND}?access_token={api.official_token}"
    body = {"touser": customer.person.address, "msgtype": "text", "text": {"content": "慢"}}
    with pytest.raises(requests.Timeout):
        requests.post(url, json=body, timeout=0.3)
    customer.sees(contains="慢")


def test_the_prefix_of_wecom_may_be_left_out(world, api, settings):
    world.simulator.fault("/cgi-bin/message/send", errcode=-1)
    body = {"touser": "zhoumin", "agentid": settings.agent_id, "msgtype": "text", "text": {"content": "x"}}
    assert api.post("/wecom-api/cgi-bin/message/send", **body)["errcode"] == -1
    assert api.post("/wecom-api/cgi-bin/message/send", **body)["errcode"] == 0


def test_faults_over_the_control_api(api, sim):
    armed = api.control("/faults", path=SEND, errcode=40001, times=1, delay_s=0, drop_after=False, http_status=None)
    assert armed.json()["faults"][0]["errcode"] == 40001
    assert api.control("/faults", path=SEND, colour="red").status_code == 400
    assert api.control("/faults/clear").json() == {"faults": []}
    assert sim.faults.view() == []
