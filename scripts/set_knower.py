"""Let somebody answer for a category of questions: `python -m scripts.set_knower 宽带 林浩`.

--branch 城东网点      in this branch only (default: in all branches)
--pack telecom         the pack of the category (default: the configured one)

Managers do the same in chat: 分类 宽带 林浩.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import SystemClock
from bot.config import ConfigError, load_settings
from bot.knowledge.pack import load_knowledge
from bot.learning.experts import appoint
from bot.learning.topics import categories
from bot.store.models import Branch, Manager
from bot.understanding import KnowledgeError
from scripts.database import open_store


class KnowerError(Exception):
    """The person, branch or category is not known; the message says in Chinese which."""


def main(arguments: list[str] | None = None) -> int:
    """Appoint the person and say so; 2 and one sentence when it does not work."""
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        pack = given.pack or settings.tiexin_pack
        known = categories(load_knowledge(settings.tiexin_knowledge, pack))
        if given.category not in known:
            raise KnowerError(f"没有“{given.category}”这一类，可选：{'、'.join(known)}")
        with closing(open_store(settings)) as store, store.begin() as db:
            branch = _branch(db, given.branch)
            manager = _manager(db, given.name, branch)
            appoint(
                db,
                pack=pack,
                branch_id=branch.id if branch else None,
                category=given.category,
                manager=manager,
                by=None,
                now=SystemClock().now(),
            )
        print(f"{given.category}类的问题今后请教{given.name}。")
    except (ConfigError, KnowerError, KnowledgeError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _branch(db: Session, name: str) -> Branch | None:
    branch = db.scalars(select(Branch).where(Branch.name == name)).first() if name else None
    if name and branch is None:
        raise KnowerError(f"没有叫“{name}”的网点")
    return branch


def _manager(db: Session, name: str, branch: Branch | None) -> Manager:
    query = select(Manager).where(Manager.name == name, Manager.active)
    found = db.scalars(query.where(Manager.branch_id == branch.id) if branch else query).all()
    if len(found) != 1:
        raise KnowerError(f"没有找到{name}" if not found else f"叫{name}的不止一位，请用 --branch 指明网点")
    return found[0]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.set_knower", description="指定谁回答哪一类问题")
    parser.add_argument("category", help="类别，如 宽带")
    parser.add_argument("name", help="姓名")
    parser.add_argument("--branch", default="", help="只在这个网点，默认所有网点")
    parser.add_argument("--pack", default="", help="行业包，默认配置里的")
    return parser


if __name__ == "__main__":
    sys.exit(main())
