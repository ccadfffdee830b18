"""The control API, the stream of events and the clock."""

import json
from datetime import datetime

import pytest
import requests

from scripts.simulator import PlatformClock, Settings
from scripts.simulator.clock import OFFSET_KEY, SharedOffset
from scripts.simulator.settings import BadSetting


def test_state_has_everything_but_secrets(sim, settings):
    state = requests.get(f"{sim.base_url}/sim/api/state", timeout=5).json()
    assert state["clock"] == {"now": "2025-11-25T00:00:00+08:00", "offset_s": 0}
    wang = next(one for one in state["people"] if one["id"] == "wang")
    assert wang == {
        "id": "wang",
        "kind": "customer",
        "name": "王建国",
        "avatar": "王",
        "colour": "#c9184a",
        "following": True,
        "note": "钻石客户，商贸公司老板，阳历生日",
        "account": "official",
        "openid": "oTx1demoWangJianguo000000001",
    }
    assert next(one for one in state["people"] if one["id"] == "zhou")["userid"] == "zhoumin"
    text = json.dumps(state)
    assert not any(secret in text for secret in (settings.token, settings.aes_key, settings.app_secret))
    assert state["templates"]


def test_deeds_and_messages(api, product):
    said = api.control("/people/wang/say", type="text", content="你好").json()
    assert said["outcome"] == "replied"
    assert len(said["exchanges"]) == 1
    assert said["seq"] == 1
    for path, body in [
        ("follow", {}),
        ("scan", {"scene": "am_1"}),
        ("menu", {"key": "help"}),
        ("location_event", {"lat": 1.0, "lng": 2.0}),
        ("notice", {"template_id": "SUB_CARE_GREETING_0001", "accept": True}),
        ("say", {"type": "voice", "seconds": 4}),
        ("unfollow", {}),
    ]:
        assert api.control(f"/people/wang/{path}", **body).json()["outcome"] == "success", path
    assert api.control("/people/wang/say?wait=0", type="text", content="x").status_code == 409
    messages = api.get("/sim/api/people/wang/messages", after=2)["messages"]
    assert all(one["seq"] > 2 for one in messages)


def test_not_waiting(api, product):
    product.answer = product.waiting
    answer = api.control("/people/wang/say?wait=0", type="text", content="你好").json()
    assert answer["outcome"] == "pending"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/people/nobody/say", {"type": "text"}, 404),
        ("/people/wang/dance", {}, 409),
        ("/people/wang/say", {"type": "poem"}, 409),
        ("/people/wang/say", {"type": "text", "colour": "red"}, 400),
        ("/people/wang/scan", {}, 400),
        ("/people/wang/tap", {"seq": 99, "option": "x"}, 409),
        ("/clock", {}, 400),
        ("/clock", {"set": "soon"}, 400),
        ("/settings", {"mode": "open"}, 400),
        ("/settings", {"token": "x"}, 400),
        ("/settings", {"attempts": "many"}, 400),
        ("/people", {"id": "x"}, 400),
    ],
)
def test_nonsense_is_refused(api, path, body, status):
    answer = api.control(path, **body)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_only_this_machine_may_ask_and_only_with_json(sim):
    url = f"{sim.base_url}/sim/api/clock"
    assert requests.post(url, data={"reset": "1"}, timeout=5).status_code == 415
    assert requests.post(url, json={"reset": True}, headers={"Host": "evil.example"}, timeout=5).status_code == 403
    assert requests.get(f"{sim.base_url}/sim/api/state", headers={"Host": "evil.example"}, timeout=5).status_code == 403


def test_a_person_and_a_template_can_be_added(api, world):
    answer = api.control("/people", id="new", kind="customer", name="新客", address="oNew")
    assert answer.json()["openid"] == "oNew"
    assert world.customer("新客").says("你好").outcome == "replied"
    fields = [{"name": "enum1", "label": "等级", "values": ["高", "低"]}]
    assert api.control("/templates", id="T1", kind="template", title="等级", fields=fields).status_code == 200
    body = {"touser": "oNew", "template_id": "T1"}
    send = "/cgi-bin/message/template/send"
    assert api.post(send, **body, data={"enum1": {"value": "中"}})["errcode"] == 47003
    assert api.post(send, **body, data={"enum1": {"value": "高"}})["errcode"] == 0


def test_the_clock_is_moved_and_told(api, sim, product):
    with sim.bus.watch() as watcher:
        assert api.control("/clock", advance_s=3600).json()["offset_s"] == 3600
        assert watcher.get(timeout=5) == ("clock", {"now": "2025-11-25T01:00:00+08:00", "offset_s": 3600})
    moved = api.control("/clock", set="2026-12-06T09:00:00").json()
    assert moved["now"] == "2026-12-06T09:00:00+08:00"
    api.control("/people/wang/say", type="text", content="早")
    assert product.pushed[-1].message["CreateTime"] == str(int(sim.clock.now()))
    assert api.control("/clock", reset=True).json()["offset_s"] == 0


def test_events_are_streamed(sim, world):
    with requests.get(f"{sim.base_url}/sim/events", stream=True, timeout=5) as response:
        lines = response.iter_lines(decode_unicode=True)
        assert next(lines) == "retry: 1000"
        world.customer("王总").says("你好")
        kinds = []
        while "settled" not in kinds:
            line = next(lines)
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
            if line.startswith("data: ") and '"me"' in line:
                assert json.loads(line.removeprefix("data: "))["message"]["content"] == "你好"
        assert kinds == ["message", "exchange", "message", "settled"]


def test_the_page_is_served(sim):
    assert requests.get(f"{sim.base_url}/../settings.py", timeout=5).status_code == 404
    assert requests.get(f"{sim.base_url}/nothing.js", timeout=5).status_code == 404


class FakeRedis:
    """One key of Redis."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, key):
        value = self.values.get(key)
        return None if value is None else value.encode()

    def set(self, key, value):
        self.values[key] = value


def test_the_clock_is_shared_through_redis():
    shared = SharedOffset("redis://127.0.0.1:1/0")
    shared._redis = store = FakeRedis()
    store.values[OFFSET_KEY] = "60"
    clock = PlatformClock(source=lambda: 1000.0, shared=shared)
    assert clock.now() == 1060.0
    clock.advance(hours=1)
    assert store.values[OFFSET_KEY] == "3660"
    clock.reset()
    assert store.values[OFFSET_KEY] == "0"


def test_the_clock_survives_without_its_redis():
    assert PlatformClock(source=lambda: 5.0, shared=SharedOffset("redis://127.0.0.1:1/0")).now() == 5.0


def test_settings_come_from_the_products_own_names():
    names = {"WECHAT_TOKEN": "abc", "WECOM_AGENT_ID": "7", "WECHAT_ACCOUNT": "second", "TIEXIN_HOME": ""}
    settings = Settings.from_environment(names | {"WECHAT_TEMPLATE_EXPIRY": "own-id"})
    assert (settings.token, settings.agent_id, settings.official_path) == ("abc", 7, "/wechat/second")
    assert settings.renamed_templates()["TPL_CONTRACT_EXPIRY_0001"] == "own-id"
    with pytest.raises(BadSetting):
        Settings.from_environment({"WECHAT_MODE": "open"})


def test_moments_without_a_zone_are_business_time(clock):
    clock.move_to(datetime.fromisoformat("2026-01-01T00:00:00"))
    assert clock.moment().isoformat() == "2026-01-01T00:00:00+08:00"


@pytest.mark.parametrize("path", ["/", "/js/main.js", "/sim/pictures/none"])
def test_pages_come_with_the_headers_that_keep_them_safe(sim, path):
    headers = requests.get(sim.base_url + path, timeout=5).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
