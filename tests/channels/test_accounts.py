"""The deployment's accounts, from the settings and the accounts file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.accounts import Accounts
from bot.channels.errors import Refused, UnknownAccount
from bot.channels.tokens import MemoryTokenStore
from bot.clock import ManualClock
from bot.config import ConfigError, Settings, load_settings
from bot.messages import Channel
from tests.channels.platform import APP_ID, CORP_ID, KEY, ORIGINAL_ID, TOKEN, Platform
from tests.channels.server import FakeApi

OFFICIAL = f"""
  - name: tianhe
    kind: official
    branch: 天河网点
    pack: bank
    wechat_app_id: {APP_ID}
    wechat_app_secret: s
    wechat_token: {TOKEN}
    wechat_aes_key: {KEY}
    wechat_original_id: {ORIGINAL_ID}
"""
WECOM = f"""
  - name: tianhe
    kind: wecom
    wecom_corp_id: {CORP_ID}
    wecom_agent_id: 7
    wecom_secret: s
    wecom_token: {TOKEN}
    wecom_aes_key: {KEY}
"""


def demo(**changes: object) -> Settings:
    return load_settings(_env_file=None, tiexin_demo=True, **changes)


def accounts(clock: ManualClock, **changes: object) -> Accounts:
    return Accounts(demo(**changes), MemoryTokenStore(), clock)


@pytest.fixture
def write(tmp_path: Path):
    def to_file(text: str) -> Path:
        path = tmp_path / "accounts.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_the_default_accounts(clock: ManualClock) -> None:
    made = accounts(clock)
    assert made.names() == [(Channel.OFFICIAL, "official"), (Channel.WECOM, "work")]
    assert made.official("official").channel.name == "official"
    assert made.wecom("work").pack == "telecom"


def test_unknown_names(clock: ManualClock) -> None:
    made = accounts(clock)
    for find in (made.official, made.wecom):
        with pytest.raises(UnknownAccount):
            find("nobody")
    with pytest.raises(UnknownAccount):
        made.official("work")


def test_further_accounts(clock: ManualClock, platform: Platform, write) -> None:
    made = accounts(clock, tiexin_accounts_file=write(f"accounts:{OFFICIAL}{WECOM}"))
    assert made.names()[1:] == [(Channel.OFFICIAL, "tianhe"), (Channel.WECOM, "work"), (Channel.WECOM, "tianhe")]
    branch = made.official("tianhe")
    assert (branch.branch, branch.pack) == ("天河网点", "bank")
    sealed = platform.sealed(platform.message(MsgType="text", Content="您好", MsgId=1))
    assert branch.channel.receive(*sealed).incoming.account == "tianhe"
    with pytest.raises(Refused):
        made.official("official").channel.receive(*sealed)


def test_no_credential_of_the_default_account_is_taken_over(clock: ManualClock, platform: Platform, write) -> None:
    text = OFFICIAL.replace(f"    wechat_original_id: {ORIGINAL_ID}\n", "")
    made = accounts(clock, tiexin_accounts_file=write(f"accounts:{text}"))
    sealed = platform.sealed(platform.message(to="gh_any", MsgType="text", Content="您好", MsgId=1))
    assert made.official("tianhe").channel.receive(*sealed).incoming.to == "gh_any"


def test_the_client_asks_its_own_base_with_its_own_id(clock: ManualClock, fake_api: FakeApi, write) -> None:
    text = OFFICIAL + f"    wechat_api_base: {fake_api.base}\n"
    made = accounts(clock, tiexin_accounts_file=write(f"accounts:{text}"))
    made.official("tianhe").client.typing("o1", on=True)
    assert fake_api.asked[0].json["appid"] == APP_ID


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("accounts: [", "读不出来"),
        ("accounts: {}", "accounts 列表"),
        ("- name: a", "accounts 列表"),
        ("accounts: [a]", "第 1 个账号"),
        ("accounts: [{name: a, kind: weibo}]", "第 1 个账号 a"),
        (f"accounts:{OFFICIAL.replace('wechat_app_secret: s', 'wechat_app_secret: ')}", "tianhe 的 wechat_app_secret"),
        (f"accounts:{OFFICIAL.replace(TOKEN, 'short')}", "tianhe 的 wechat_token"),
        (f"accounts:{OFFICIAL.replace(KEY, 'k')}", "tianhe 的 wechat_aes_key"),
        (f"accounts:{OFFICIAL}    colour: red\n", "tianhe 的 colour"),
        (f"accounts:{OFFICIAL.replace('tianhe', '天河')}", "第 1 个账号 天河 的 name"),
        (f"accounts:{WECOM.replace('7', 'x')}", "wecom_agent_id"),
        (f"accounts:{OFFICIAL}{OFFICIAL}", "两个名为 tianhe"),
        (f"accounts:{OFFICIAL.replace('tianhe', 'official')}", "两个名为 official"),
    ],
)
def test_a_wrong_file_stops_the_start(clock: ManualClock, write, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as error:
        accounts(clock, tiexin_accounts_file=write(text))
    assert KEY not in str(error.value)


def test_a_missing_file_stops_the_start(clock: ManualClock, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="读不出来：FileNotFoundError"):
        accounts(clock, tiexin_accounts_file=tmp_path / "none.yaml")
