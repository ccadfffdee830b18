"""Put changed knowledge files into force without a pause: `python -m scripts.reload_knowledge`.

The files are checked first, as `scripts.check_knowledge` does. A wrong one is refused with its line and the remedy, and
the version in force goes on. Otherwise every process that runs takes the files up beside its turns.

--pack telecom         only this pack (default: those of all accounts)
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.clock import SystemClock
from bot.config import ConfigError, load_settings
from bot.knowledge.texts import Texts, TextsError
from bot.learning.versions import bump
from bot.packs import digest_of
from bot.store.models import Account
from bot.store.session import Store
from scripts.check_knowledge import Task
from scripts.database import open_store


def main(arguments: list[str] | None = None) -> int:
    """Check and raise the version; 1 when a file is refused, 2 and one sentence when it does not work at all."""
    parser = argparse.ArgumentParser(prog="python -m scripts.reload_knowledge", description="检查并启用改过的知识文件")
    parser.add_argument("--pack", action="append", default=[], help="行业包，可写多次；默认所有账号用到的")
    given = parser.parse_args(arguments)
    try:
        settings = load_settings()
        with closing(open_store(settings)) as store:
            return _reload(store, settings.tiexin_knowledge, given.pack)
    except ConfigError as error:
        print(error, file=sys.stderr)
    except OperationalError:
        print("连不上数据库，请检查 DATABASE_URL 和数据库服务。", file=sys.stderr)
    return 2


def _reload(store: Store, knowledge: Path, wanted: list[str]) -> int:
    with store.begin() as db:
        packs = wanted or sorted(set(db.scalars(select(Account.pack))))
    digests = {pack: digest_of(knowledge, pack) for pack in packs}  # before the check: what is checked is what counts
    refused = [problem for pack in packs for problem in _problems(knowledge, pack)]
    if refused or any(digest_of(knowledge, pack) != digest for pack, digest in digests.items()):
        print("\n".join(refused or ["检查时文件又被改动了，请保存好再运行一次。"]))
        print("没有启用，正在使用的版本照常服务。")
        return 1
    for pack, digest in digests.items():
        with store.begin() as db:
            number = bump(db, pack, SystemClock().now(), digest)
        print(f"{pack}：已启用，版本 {number}。各进程会自行换上，进度见 /metrics 的 tiexin_knowledge_version。")
    return 0


def _problems(knowledge: Path, pack: str) -> Iterator[str]:
    """Give what is wrong with the files, each with its file and line."""
    today = SystemClock().now().date()
    yield from (str(finding) for finding in Task(knowledge, pack, today).findings() if finding.error)
    try:
        Texts.load(knowledge, pack)
    except TextsError as error:
        yield f"错误 {error}"


if __name__ == "__main__":
    sys.exit(main())
