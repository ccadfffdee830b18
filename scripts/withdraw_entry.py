"""Take back an entry that was published while serving: `python -m scripts.withdraw_entry 12`.

Without a number the live entries are listed. What the entry had replaced answers again; all processes follow at once.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.clock import SystemClock, local
from bot.config import ConfigError, Settings, load_settings
from bot.learning import drafts
from bot.store.models import EntryState, LiveEntry
from scripts.database import open_store


def main(arguments: list[str] | None = None) -> int:
    """Withdraw or list; 2 and one sentence when it does not work."""
    parser = argparse.ArgumentParser(prog="python -m scripts.withdraw_entry", description="撤回已上线的知识")
    parser.add_argument("number", type=int, nargs="?", help="条目的序号；不写就列出已上线的")
    given = parser.parse_args(arguments)
    try:
        settings = load_settings()
        with closing(open_store(settings)) as store, store.begin() as db:
            return _listed(db, settings) if given.number is None else _withdrawn(db, given.number)
    except ConfigError as error:
        print(error, file=sys.stderr)
    except OperationalError:
        print("连不上数据库，请检查 DATABASE_URL 和数据库服务。", file=sys.stderr)
    return 2


def _withdrawn(db: Session, number: int) -> int:
    entry = db.get(LiveEntry, number)
    if entry is None or entry.state is not EntryState.LIVE:
        print(f"没有序号为 {number} 的已上线条目，不带序号运行可列出全部。", file=sys.stderr)
        return 2
    before = entry.replaces_id
    version = drafts.withdraw(db, entry, None, SystemClock().now())
    print(f"已撤回“{entry.question}”（{entry.pack} 版本 {version}）。" + ("原来的说法已恢复。" if before else ""))
    return 0


def _listed(db: Session, settings: Settings) -> int:
    found = db.scalars(select(LiveEntry).where(LiveEntry.state == EntryState.LIVE).order_by(LiveEntry.id)).all()
    for entry in found:
        where = entry.branch.name if entry.branch else "全部网点"
        since = f"{local(entry.published_at, settings.zone):%Y-%m-%d %H:%M}" if entry.published_at else ""
        print(f"{entry.id}\t{entry.pack}\t{where}\t{since}\t{entry.question}")
    if not found:
        print("没有已上线的条目。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
