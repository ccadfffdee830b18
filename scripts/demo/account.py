"""Furnish the demo's Official Account: its menu, and a QR code of every manager that the page can offer to scan.

`python -m scripts.demo.account`, when everything runs. Again changes nothing.
"""

from __future__ import annotations

import sys

import requests
from sqlalchemy import select

from bot.channels.accounts import Accounts
from bot.channels.errors import OutboundError
from bot.channels.official_client import OfficialClient
from bot.channels.scenes import scene_for
from bot.channels.tokens import MemoryTokenStore
from bot.clock import SystemClock
from bot.config import Settings, load_settings
from bot.store.models import Manager
from bot.store.session import Store
from scripts import create_menu

_SECONDS = 10


def main() -> int:
    """Put up what is missing; 1 and a sentence when the platform does not take it."""
    settings = load_settings()
    client = Accounts(settings, MemoryTokenStore(), SystemClock()).official(settings.wechat_account).client
    try:
        _codes(settings, client)
    except (OutboundError, requests.RequestException) as error:
        print(error, file=sys.stderr)
        return 1
    return create_menu.main([])


def _codes(settings: Settings, client: OfficialClient) -> None:
    control = f"http://127.0.0.1:{settings.simulator_port}/sim/api"
    local = requests.Session()
    local.trust_env = False  # a proxy of the environment does not know our own address
    there = {one["scene"] for one in local.get(f"{control}/state", timeout=_SECONDS).json()["scenes"]}
    for manager in _managers(settings):
        scene = scene_for(manager.id, settings.tiexin_secret)
        if scene not in there:
            client.create_qr(scene, permanent=True)
            label = {"scene": scene, "label": f"{manager.name}的二维码"}
            local.post(f"{control}/scenes", json=label, timeout=_SECONDS).raise_for_status()


def _managers(settings: Settings) -> list[Manager]:
    store = Store(settings.database_url, pool_size=1)
    try:
        with store.session() as db:
            return list(db.scalars(select(Manager).where(Manager.active).order_by(Manager.id)))
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())
