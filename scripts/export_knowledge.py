"""Write what was published while serving as YAML: `python -m scripts.export_knowledge --pack telecom learnt.yaml`.

The file has the form of `knowledge/<pack>/entries/*.yaml`. Put there, checked and reloaded, it takes the place of the
entries in the database, which may then be withdrawn.

--branch 城东网点      only what answers at this branch alone (default: what answers at all branches)
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.config import ConfigError, load_settings
from bot.learning.export import as_yaml
from bot.learning.live_entries import live
from bot.store.models import Branch
from bot.understanding import Entry
from scripts.database import open_store


def main(arguments: list[str] | None = None) -> int:
    """Write the file and say what is in it; 2 and one sentence when it does not work."""
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        with closing(open_store(settings)) as store, store.begin() as db:
            entries, others = _wanted(db, given.pack, given.branch)
        if not entries:
            print(f"没有可以导出的条目{f'，另有 {others} 条属于别的范围' if others else ''}。")
            return 0
        title = f"在线补充的知识：{given.pack}{f'，{given.branch}' if given.branch else ''}"
        given.file.write_text(as_yaml(entries, title), encoding="utf-8")
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"写不了 {given.file}：{error.strerror}，请换一个位置。", file=sys.stderr)
        return 2
    except OperationalError:
        print("连不上数据库，请检查 DATABASE_URL 和数据库服务。", file=sys.stderr)
        return 2
    print(
        f"已写出 {len(entries)} 条到 {given.file}。"
        + (f"另有 {others} 条只属于别的范围，请用 --branch 导出。" if others else "")
    )
    return 0


def _wanted(db: Session, pack: str, branch: str) -> tuple[tuple[Entry, ...], int]:
    """Return the entries asked for and how many others are live.

    Raises:
        ConfigError: there is no such branch.
    """
    found = live(db, pack)
    total = len(found.common) + sum(map(len, found.branches.values()))
    if not branch:
        return found.common, total - len(found.common)
    number = db.scalar(select(Branch.id).where(Branch.name == branch))
    if number is None:
        raise ConfigError(f"没有叫“{branch}”的网点")
    own = found.branches.get(number, ())
    return own, total - len(own)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.export_knowledge", description="导出在线补充的知识")
    parser.add_argument("file", type=Path, help="写到哪个文件，例如 learnt.yaml")
    parser.add_argument("--pack", required=True, help="行业包，例如 telecom")
    parser.add_argument("--branch", default="", help="只导出这个网点自己的")
    return parser


if __name__ == "__main__":
    sys.exit(main())
