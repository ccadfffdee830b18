"""Several Official Accounts and branches in one deployment: each message finds its own, and nobody's facts mix."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config import Settings
from bot.customers.provisioning import ensure_account
from bot.dialogue import Turn
from bot.runtime.container import Services
from bot.store.models import Account, Branch, Contact, Inbound
from scripts.simulator.crypto import Cipher
from scripts.simulator.judge import judge
from scripts.simulator.platform import Platform
from scripts.simulator.signing import Account as Identity
from scripts.simulator.signing import official_query
from scripts.simulator.testkit import World
from tests.scenarios.webhook.wire import NOBODY, OTHER_KEY, Desk, Wire

SECOND = {
    "name": "tianhe",
    "kind": "official",
    "branch": "天河网点",
    "wechat_app_id": "wx2222222222222222",
    "wechat_app_secret": "second-secret-0123456789abcdef",
    "wechat_token": "secondToken20261121x",
    "wechat_aes_key": OTHER_KEY,
    "wechat_original_id": "gh_tianhe000001",
}
PLAIN = SECOND | {
    "name": "panyu",
    "branch": "番禺网点",
    "wechat_mode": "plain",
    "wechat_original_id": "gh_panyu0000001",
}


@pytest.fixture
def program_settings(program_settings: Settings, tmp_path: Path) -> Settings:
    """Two further accounts, of which the last carelessly has the token of the one before."""
    path = tmp_path / "accounts.yaml"
    path.write_text(yaml.safe_dump({"accounts": [SECOND, PLAIN]}, allow_unicode=True), encoding="utf-8")
    return program_settings.model_copy(update={"tiexin_accounts_file": path})


@pytest.fixture
def second(services: Services, world: World, platform: Platform) -> Wire:
    """Requests to the second account."""
    with services.store.begin() as db:
        for entry in (SECOND, PLAIN):
            ensure_account(db, channel="official", name=entry["name"], branch=entry["branch"], pack="telecom")
    return wire_of(platform, SECOND)


def wire_of(platform: Platform, entry: dict[str, str]) -> Wire:
    wire = Wire(platform, platform.settings.target)
    box = Cipher(entry["wechat_aes_key"], entry["wechat_app_id"])
    path = f"/wechat/{entry['name']}"
    wire.account = Identity(entry["name"], entry["wechat_token"], box, path, entry["wechat_original_id"])
    return wire


def test_each_message_finds_its_branch(wire: Wire, second: Wire, desk: Desk, truth: Session) -> None:
    def where(turn: Turn) -> str:
        return f"{turn.person.account}/{turn.person.placeholders['branch']}"

    desk.answers["你们在哪"] = where
    assert wire.says("你们在哪").startswith("official/")
    assert second.says("你们在哪") == "tianhe/天河网点"
    assert wire.says("你们在哪") != second.says("你们在哪")
    kept = truth.execute(select(Inbound.account, Inbound.person)).all()
    assert sorted(kept) == [("official", NOBODY)] * 2 + [("tianhe", NOBODY)] * 2


def test_the_same_openid_on_two_accounts_is_two_people(wire: Wire, second: Wire, desk: Desk, truth: Session) -> None:
    def remember(turn: Turn) -> str:
        before, turn.session.notes["said"] = turn.session.notes.get("said", "第一次"), "来过"
        return before

    desk.answers["记住我"] = remember
    assert (wire.says("记住我"), wire.says("记住我")) == ("第一次", "来过")
    assert (second.says("记住我"), second.says("记住我")) == ("第一次", "来过")
    branches = select(Branch.name).join(Account).join(Contact, Contact.account_id == Account.id)
    found = truth.scalars(branches.where(Contact.openid == NOBODY)).all()
    assert len(found) == 2 and "天河网点" in found and len(set(found)) == 2


def test_the_same_message_id_on_two_accounts_is_two_messages(wire: Wire, second: Wire, desk: Desk) -> None:
    assert wire.says("一", MsgId=4711) == "收到：一"
    assert second.says("二", MsgId=4711) == "收到：二"
    assert wire.says("三", MsgId=4711) == "收到：一"
    assert desk.said == ["一", "二"]


def test_what_is_signed_for_one_account_opens_no_other(wire: Wire, second: Wire, desk: Desk) -> None:
    for mine, other in ((wire, second), (second, wire)):
        request = mine.signed()
        assert mine.send("POST", f"{other.account.path}?{request.search}", request.body).status == 403
    stamp = str(int(wire.platform.clock.now()))
    query = official_query(second.account.token, stamp, "n0nce", NOBODY) | {"echostr": "42"}
    assert wire.send("GET", f"{wire.account.path}?{urlencode(query)}").status == 403
    assert wire.send("GET", f"{second.account.path}?{urlencode(query)}").data == b"42"
    assert desk.said == []


def test_a_signature_used_on_one_account_is_used_up_for_another_with_its_token(
    second: Wire, platform: Platform, desk: Desk
) -> None:
    """Two plain accounts with one token are a blunder, but a request overheard at one must not speak at the other."""
    platform.settings.mode = "plain"
    panyu = wire_of(platform, PLAIN)
    fields = panyu.fields(Content="一", MsgId=4711)
    request = panyu.signed(fields, mode="plain")
    answer = panyu.post(request)
    assert judge(answer.data, request, panyu.account, NOBODY, platform.settings).message == {"content": "收到：一"}
    assert panyu.post(panyu.signed(panyu.fields(ToUserName=second.account.to_user), mode="plain")).status == 403
    assert second.send("POST", f"{second.account.path}?{request.search}", request.body).status == 403
    assert desk.said == ["一"]


def test_an_account_without_its_row_apologises_and_says_so_in_the_log(
    world: World, platform: Platform, logs: list[dict[str, object]]
) -> None:
    judgement = wire_of(platform, SECOND).says("在吗")
    assert "E1120-" in judgement
    failed = next(line for line in logs if line["event"] == "turn_failed")
    assert "tianhe" in str(failed["exc_info"])
