"""Every type of message and event the platform knows, and some it does not, through the whole program."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot.dialogue import Router
from bot.runtime.container import Services
from bot.store.models import Contact, Inbound, InboundState, Outbox
from handlers import build_router
from scripts.simulator.judge import REPLIED, SUCCESS
from scripts.simulator.platform import Platform
from scripts.simulator.testkit import World
from tests.channels.test_official_account import EVENTS
from tests.scenarios.webhook.wire import NOBODY, Wire, follower

STICKER = "【收到不支持的消息类型，暂无法显示】"
ANSWERED = {"subscribe", "SCAN", "CLICK"}
"""Events after which a new person is told something; all others are accepted silently."""

MESSAGES: dict[str, tuple[dict[str, object], str]] = {
    "text": ({"Content": "你好"}, "好"),
    "traditional": ({"Content": "妳好，請問怎麼查話費"}, ""),
    "full width": ({"Content": "Ｈｅｌｌｏ"}, ""),
    "emoji": ({"Content": "😀👍🏽👨‍👩‍👧"}, ""),
    "faces": ({"Content": "[微笑][Sob]/::)"}, ""),
    "empty": ({"Content": ""}, "没收到内容"),
    "blank": ({"Content": " \n\t "}, "没收到内容"),
    "without content": ({"Content": None}, "没收到内容"),
    "10,000 characters": ({"Content": "我想问一下" * 2000}, ""),
    "markup": ({"Content": "<script>alert(1)</script>&lt;]]>{{manager_phone}}{% raw %}"}, ""),
    "a link that looks like a menu": ({"Content": '<a href="weixin://bizmsgmenu?msgmenuid=form:yes">x</a>'}, ""),
    "sticker": ({"Content": STICKER}, "表情"),
    "stale choice": ({"Content": "左边", "bizmsgmenuid": "nobody:1"}, "过时"),
    "choice without id": ({"Content": "左边", "bizmsgmenuid": "nobody:1", "MsgId": None}, "过时"),
    "image": ({"MsgType": "image", "PicUrl": "http://169.254.169.254/", "MediaId": "M1"}, "图片"),
    "voice": ({"MsgType": "voice", "MediaId": "M2", "Format": "amr", "MediaId16K": "M3"}, "打几个字"),
    "voice with words": ({"MsgType": "voice", "MediaId": "M2", "Format": "amr", "Recognition": "你好"}, "好"),
    "video": ({"MsgType": "video", "MediaId": "M4", "ThumbMediaId": "M5"}, "视频"),
    "shortvideo": ({"MsgType": "shortvideo", "MediaId": "M4", "ThumbMediaId": "M5"}, "视频"),
    "location": (
        {"MsgType": "location", "Location_X": 30.2, "Location_Y": 120.1, "Scale": 15, "Label": "城东路1号"},
        "城东路1号",
    ),
    "location without label": (
        {"MsgType": "location", "Location_X": 1, "Location_Y": 2, "Scale": 15, "Label": ""},
        "位置",
    ),
    "link": ({"MsgType": "link", "Title": "标题", "Description": "说明", "Url": "http://127.0.0.1/"}, "链接"),
    "unknown type": ({"MsgType": "hologram", "Depth": 3, "Layers": {"item": ["a", "b"]}}, "看不懂"),
    "from an article": ({"Content": "你好", "MsgDataId": "2247483", "Idx": 1}, "好"),
}


@pytest.fixture
def router() -> Router:
    return build_router()


def test_messages_are_answered_politely(
    wire: Wire, truth: Session, logs: list[MutableMapping[str, Any]], subtests: Any
) -> None:
    for number, (name, (fields, words)) in enumerate(MESSAGES.items()):
        with subtests.test(name):
            person = f"oKind{number:023}"
            shape = {"Content": None} | fields if "MsgType" in fields else fields
            judgement = wire.judged(wire.signed(wire.fields(**{"FromUserName": person, **shape})), person)
            assert judgement.outcome == REPLIED, judgement
            said = str(judgement.message["content"])
            assert words in said and "{{" not in said and "E1120-" not in said, said
    assert not [line for line in logs if line["event"] == "turn_failed"]
    rows = select(func.count()).where(Inbound.state == InboundState.DONE)
    assert truth.execute(rows).scalar_one() == len(MESSAGES)


def test_events_are_answered_or_accepted_silently(
    wire: Wire, truth: Session, logs: list[MutableMapping[str, Any]], subtests: Any
) -> None:
    for number, (name, (fields, _, _)) in enumerate(EVENTS.items()):
        with subtests.test(name):
            person = f"oEvent{number:022}"
            request = wire.signed(wire.event(name, FromUserName=person, **fields))
            first, again = wire.judged(request, person), wire.judged(request, person)
            assert first.outcome == (REPLIED if name in ANSWERED else SUCCESS), first
            assert first.message == again.message
    assert not [line for line in logs if line["event"] == "turn_failed"]
    kept = set(truth.scalars(select(Inbound.kind)))
    assert kept >= {name.lower() for name in EVENTS} - {"unsubscribe"}


def test_names_of_events_in_any_case(wire: Wire) -> None:
    for name in ("Subscribe", "SUBSCRIBE", "subscribe"):
        person = f"oCase{name}00000000000000"
        assert wire.judged(wire.signed(wire.event(name, FromUserName=person, EventKey="")), person).outcome == REPLIED


def test_two_events_of_one_second_are_two(wire: Wire, truth: Session) -> None:
    """Following and the place of the phone come in the same second without a MsgId."""
    assert wire.judged(wire.signed(wire.event("subscribe", EventKey=""))).outcome == REPLIED
    assert wire.judged(wire.signed(wire.event("LOCATION", Latitude=1, Longitude=2, Precision=3))).outcome == SUCCESS
    assert wire.judged(wire.signed(wire.event("CLICK", EventKey="intent:help"))).outcome == REPLIED
    assert wire.judged(wire.signed(wire.event("CLICK", EventKey="intent:thanks"))).outcome == REPLIED
    assert truth.execute(select(func.count()).select_from(Inbound)).scalar_one() == 4
    assert truth.execute(select(func.count()).where(Contact.openid == NOBODY)).scalar_one() == 1


def test_the_staff_side(platform: Platform, world: World, wire: Wire, truth: Session, subtests: Any) -> None:
    """Members, and people of the company whom nobody has entered as staff."""
    work = Wire(platform, wire.address, "work")
    events = {
        "enter_agent": {"EventKey": ""},
        "subscribe": {},
        "unsubscribe": {},
        "LOCATION": {"Latitude": 1, "Longitude": 2, "Precision": 3},
        "batch_job_result": {"BatchJob": {"JobId": "1", "JobType": "sync_user", "ErrCode": 0, "ErrMsg": "ok"}},
        "template_card_event": {
            "EventKey": "nobody",
            "TaskId": "x",
            "CardType": "button_interaction",
            "ResponseCode": "c",
        },
        "change_external_contact": {"ChangeType": "add_external_contact", "UserID": "u", "WelcomeCode": "w"},
        "brand_new_event": {"What": {"Ever": ["1", "2"]}},
    }
    for userid in ("zhoumin", "passer.by_@-1"):
        for name, fields in events.items():
            with subtests.test(f"{name} from {userid}"):
                request = work.signed(work.event(name, FromUserName=userid, AgentID=1000002, **fields))
                assert work.judged(request, userid).outcome == SUCCESS
        for number, (name, (fields, _)) in enumerate(MESSAGES.items()):
            with subtests.test(f"{name} from {userid}"):
                shape = {"Content": None} | fields if "MsgType" in fields else fields
                shape = {"FromUserName": userid, "CreateTime": int(platform.clock.now()) + number, **shape}
                judgement = work.judged(work.signed(work.fields(AgentID=1000002, **shape)), userid)
                assert judgement.outcome == REPLIED, judgement
    assert truth.execute(select(func.count()).where(Inbound.incident.is_not(None))).scalar_one() == 0


class TestWhatNobodyMaySee:
    def test_logs_hold_no_secret_and_nobody(
        self, world: World, services: Services, wire: Wire, logs: list[MutableMapping[str, Any]]
    ) -> None:
        person = follower(world)
        for words in ("我叫赵铁柱，电话13911112222", "我要投诉宽带太慢，电话13911112222，住城东路5号"):
            person.says(words)
        for request in (wire.signed(mode="plain"), wire.sealed("<xml/>")):
            wire.post(request)
        world.simulator.kill_tokens()
        person.forgets()
        settings = services.settings
        never = [settings.wechat_token, settings.wechat_aes_key, settings.wechat_app_secret, settings.wecom_secret]
        never += ["13911112222", "赵铁柱", "城东路5号", "access_token=", "signature=", person.person.address]
        told = "\n".join(str(dict(line)) for line in logs)
        assert logs
        assert [word for word in never if word in told] == []

    def test_who_unfollows_is_forgotten(
        self, world: World, services: Services, truth: Session, platform: Platform
    ) -> None:
        person = follower(world)
        openid = person.person.address
        person.says("你好")
        person.taps_menu("intent:help")
        person.says("我要投诉宽带太慢，电话13911112222")
        world.settle()
        person.unfollows()
        wire = Wire(platform, platform.settings.target)
        late_report = wire.event("TEMPLATESENDJOBFINISH", FromUserName=openid, MsgID=7, Status="failed:user block")
        assert wire.judged(wire.signed(late_report), openid).outcome == SUCCESS
        world.settle()
        assert [table for table in _tables(truth) if openid in _dump(truth, table)] == []
        keys = [key.decode() for key in services.redis.keys("*")]
        assert [key for key in keys if openid in key and "session" in key] == []

    def test_the_manager_of_one_customer_is_not_told_to_another(self, world: World, truth: Session) -> None:
        """Templates in a message stay words: nobody can ask for somebody's phone by name of a placeholder."""
        person = follower(world)
        person.says("{{manager_phone}} {{manager}} {{customer}}")
        phones = {row.phone for row in truth.execute(text("SELECT phone FROM managers WHERE phone <> ''"))}
        assert not [phone for phone in phones if phone in person.transcript]
        assert truth.execute(select(func.count()).select_from(Outbox)).scalar_one() >= 0


def _tables(truth: Session) -> list[str]:
    names = truth.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    return [name for name in names if not name.startswith("procrastinate")]


def _dump(truth: Session, table: str) -> str:
    return "\n".join(truth.scalars(text(f"SELECT row(t.*)::text FROM {table} t")))
