"""The database that the commands work on: that of the settings, or the embedded one that is running."""

from __future__ import annotations

from bot.config import ConfigError, Settings
from bot.store import embedded
from bot.store.session import Store


def open_store(settings: Settings) -> Store:
    """Return a connection for a command; the caller closes it.

    Raises:
        ConfigError: no database is named and none of ours is running.
    """
    url = settings.database_url or embedded.running(settings.tiexin_home).database_url
    if not url:
        raise ConfigError(
            "没有填 DATABASE_URL，内置数据库也没有在运行：请先用 ./scripts/run 启动，或填写 DATABASE_URL。"
        )
    return Store(url, pool_size=1)
