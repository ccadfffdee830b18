"""The accounts of this deployment: their callbacks and clients, built from the settings.

The default Official Account and WeCom app come from the environment, further ones from `TIEXIN_ACCOUNTS_FILE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.channels.accounts_file import own_settings, read_accounts
from bot.channels.api import Api, Transport, corp_token, stable_token
from bot.channels.codes import OFFICIAL, WECOM
from bot.channels.errors import UnknownAccount
from bot.channels.official_account import OfficialAccount
from bot.channels.official_client import OfficialClient
from bot.channels.tokens import TokenKeeper, TokenStore
from bot.channels.wecom import WeComApp
from bot.channels.wecom_client import WeComClient
from bot.clock import Clock
from bot.config import ConfigError, Settings
from bot.messages import Channel

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OfficialEntry:
    """An Official Account: `channel` receives and answers, `client` sends."""

    name: str
    branch: str
    pack: str
    channel: OfficialAccount
    client: OfficialClient


@dataclass(frozen=True, slots=True)
class WeComEntry:
    """A WeCom app: `channel` receives and answers, `client` sends."""

    name: str
    branch: str
    pack: str
    channel: WeComApp
    client: WeComClient


class Accounts:
    """All accounts by kind and name; made once a process, shared by its threads.

    Raises:
        ConfigError: the accounts file is wrong; the message says in Chinese what to change.
    """

    def __init__(self, settings: Settings, tokens: TokenStore, clock: Clock) -> None:
        self._official: dict[str, OfficialEntry] = {}
        self._wecom: dict[str, WeComEntry] = {}
        for kind, name, branch, own in _all(settings):
            if (kind, name) in self.names():
                raise ConfigError(f"有两个名为 {name} 的同类账号，请改名")
            if kind is Channel.OFFICIAL:
                self._official[name] = _official(name, branch, own, tokens, clock)
            else:
                self._wecom[name] = _wecom(name, branch, own, tokens, clock)

    def official(self, name: str) -> OfficialEntry:
        """Return an Official Account.

        Raises:
            UnknownAccount: there is none of that name.
        """
        return _found(self._official, name)

    def wecom(self, name: str) -> WeComEntry:
        """Return a WeCom app.

        Raises:
            UnknownAccount: there is none of that name.
        """
        return _found(self._wecom, name)

    def names(self) -> list[tuple[Channel, str]]:
        """Return kind and name of every account, the default ones first."""
        return [(Channel.OFFICIAL, name) for name in self._official] + [(Channel.WECOM, name) for name in self._wecom]


def _found(entries: Mapping[str, T], name: str) -> T:
    try:
        return entries[name]
    except KeyError:
        raise UnknownAccount(name) from None


def _official(name: str, branch: str, own: Settings, tokens: TokenStore, clock: Clock) -> OfficialEntry:
    transport = Transport(own.wechat_api_base, OFFICIAL)
    fetch = stable_token(transport, own.wechat_app_id, own.wechat_app_secret)
    keeper = TokenKeeper(f"official:{own.wechat_app_id}", fetch, tokens, clock)
    channel = OfficialAccount(
        name,
        app_id=own.wechat_app_id,
        token=own.wechat_token,
        aes_keys=(own.wechat_aes_key, own.wechat_aes_key_previous),
        mode=own.wechat_mode,
        original_id=own.wechat_original_id,
        window_seconds=own.signature_window_seconds,
        clock=clock,
    )
    client = OfficialClient(own.wechat_app_id, Api(transport, keeper))
    return OfficialEntry(name, branch, own.tiexin_pack, channel, client)


def _wecom(name: str, branch: str, own: Settings, tokens: TokenStore, clock: Clock) -> WeComEntry:
    transport = Transport(own.wecom_api_base, WECOM)
    fetch = corp_token(transport, own.wecom_corp_id, own.wecom_secret)
    keeper = TokenKeeper(f"wecom:{own.wecom_corp_id}:{own.wecom_agent_id}", fetch, tokens, clock)
    channel = WeComApp(
        name,
        corp_id=own.wecom_corp_id,
        token=own.wecom_token,
        aes_keys=(own.wecom_aes_key, own.wecom_aes_key_previous),
        window_seconds=own.signature_window_seconds,
        clock=clock,
    )
    client = WeComClient(own.wecom_agent_id, Api(transport, keeper))
    return WeComEntry(name, branch, own.tiexin_pack, channel, client)


def _all(settings: Settings) -> Iterator[tuple[Channel, str, str, Settings]]:
    """Yield kind, name, branch and settings of each account; a default one without an id is left out."""
    if settings.wechat_app_id:
        yield Channel.OFFICIAL, settings.wechat_account, "", settings
    if settings.wecom_corp_id:
        yield Channel.WECOM, settings.wecom_account, "", settings
    if settings.tiexin_accounts_file is not None:
        for entry in read_accounts(settings.tiexin_accounts_file):
            yield Channel(entry.kind), entry.name, entry.branch, own_settings(settings, entry)
