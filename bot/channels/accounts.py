"""The accounts of this deployment: their callbacks and clients, built from the settings.

The default Official Account and WeCom app come from the environment, further ones from `TIEXIN_ACCOUNTS_FILE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import redis

from bot.channels.accounts_file import own_settings, read_accounts
from bot.channels.api import Api, Transport, corp_token, stable_token
from bot.channels.codes import OFFICIAL, WECOM
from bot.channels.errors import UnknownAccount
from bot.channels.official_account import OfficialAccount
from bot.channels.official_client import OfficialClient
from bot.channels.tokens import MemoryTokenStore, RedisTokenStore, TokenKeeper, TokenStore
from bot.channels.types import Channel
from bot.channels.wecom import WeComApp
from bot.channels.wecom_client import WeComClient
from bot.clock import Clock
from bot.config import ConfigError, Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """What an account is, without its secrets."""

    channel: Channel
    name: str
    branch: str
    pack: str


@dataclass(frozen=True, slots=True)
class Clients:
    """The accounts' clients by name."""

    _official: Mapping[str, OfficialClient]
    _wecom: Mapping[str, WeComClient]

    def official(self, account: str) -> OfficialClient:
        """Return the client of an Official Account.

        Raises:
            UnknownAccount: there is none of that name.
        """
        return _found(self._official, account)

    def wecom(self, account: str) -> WeComClient:
        """Return the client of a WeCom app.

        Raises:
            UnknownAccount: there is none of that name.
        """
        return _found(self._wecom, account)


class Accounts:
    """All accounts by kind and name: `official` and `wecom` receive and answer, `clients` send.

    Made once a process, shared by its threads. `client` is where tokens are shared; None keeps them in the process,
    for a script beside the program.

    Raises:
        ConfigError: the accounts file is wrong; the message says in Chinese what to change.
    """

    def __init__(self, settings: Settings, client: redis.Redis | None, clock: Clock) -> None:
        tokens: TokenStore = MemoryTokenStore() if client is None else RedisTokenStore(client)
        self._official: dict[str, OfficialAccount] = {}
        self._wecom: dict[str, WeComApp] = {}
        self._accounts: list[Account] = []
        officials: dict[str, OfficialClient] = {}
        wecoms: dict[str, WeComClient] = {}
        for account, own in _all(settings):
            if (account.channel, account.name) in self.names():
                raise ConfigError(f"有两个名为 {account.name} 的同类账号，请改名")
            self._accounts.append(account)
            if account.channel is Channel.OFFICIAL:
                self._official[account.name] = _official(account.name, own, clock)
                officials[account.name] = _official_client(own, tokens, clock)
            else:
                self._wecom[account.name] = _wecom(account.name, own, clock)
                wecoms[account.name] = _wecom_client(own, tokens, clock)
        self.clients = Clients(officials, wecoms)

    def official(self, name: str) -> OfficialAccount:
        """Return the callback of an Official Account.

        Raises:
            UnknownAccount: there is none of that name.
        """
        return _found(self._official, name)

    def wecom(self, name: str) -> WeComApp:
        """Return the callback of a WeCom app.

        Raises:
            UnknownAccount: there is none of that name.
        """
        return _found(self._wecom, name)

    def all(self) -> tuple[Account, ...]:
        """Return every account, the default ones first."""
        return tuple(self._accounts)

    def names(self) -> list[tuple[Channel, str]]:
        """Return kind and name of every account, the default ones first."""
        return [(account.channel, account.name) for account in self._accounts]

    def packs(self) -> set[str]:
        """Return the industry packs that the accounts use."""
        return {account.pack for account in self._accounts}


def _found(entries: Mapping[str, T], name: str) -> T:
    try:
        return entries[name]
    except KeyError:
        raise UnknownAccount(name) from None


def _official(name: str, own: Settings, clock: Clock) -> OfficialAccount:
    return OfficialAccount(
        name,
        app_id=own.wechat_app_id,
        token=own.wechat_token,
        aes_keys=(own.wechat_aes_key, own.wechat_aes_key_previous),
        mode=own.wechat_mode,
        original_id=own.wechat_original_id,
        window_seconds=own.signature_window_seconds,
        clock=clock,
    )


def _official_client(own: Settings, tokens: TokenStore, clock: Clock) -> OfficialClient:
    transport = Transport(own.wechat_api_base, OFFICIAL)
    fetch = stable_token(transport, own.wechat_app_id, own.wechat_app_secret)
    keeper = TokenKeeper(f"official:{own.wechat_app_id}", fetch, tokens, clock)
    return OfficialClient(own.wechat_app_id, Api(transport, keeper))


def _wecom(name: str, own: Settings, clock: Clock) -> WeComApp:
    return WeComApp(
        name,
        corp_id=own.wecom_corp_id,
        token=own.wecom_token,
        aes_keys=(own.wecom_aes_key, own.wecom_aes_key_previous),
        window_seconds=own.signature_window_seconds,
        clock=clock,
    )


def _wecom_client(own: Settings, tokens: TokenStore, clock: Clock) -> WeComClient:
    transport = Transport(own.wecom_api_base, WECOM)
    fetch = corp_token(transport, own.wecom_corp_id, own.wecom_secret)
    keeper = TokenKeeper(f"wecom:{own.wecom_corp_id}:{own.wecom_agent_id}", fetch, tokens, clock)
    return WeComClient(own.wecom_agent_id, Api(transport, keeper))


def _all(settings: Settings) -> Iterator[tuple[Account, Settings]]:
    """Yield each account with the settings as it sees them; a default one without an id is left out."""
    pack = settings.tiexin_pack
    if settings.wechat_app_id:
        yield Account(Channel.OFFICIAL, settings.wechat_account, "", pack), settings
    if settings.wecom_corp_id:
        yield Account(Channel.WECOM, settings.wecom_account, "", pack), settings
    if settings.tiexin_accounts_file is not None:
        for entry in read_accounts(settings.tiexin_accounts_file):
            own = own_settings(settings, entry)
            yield Account(Channel(entry.kind), entry.name, entry.branch, own.tiexin_pack), own
