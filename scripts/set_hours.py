"""Set a branch's business hours: `python -m scripts.set_hours 城南分公司 08:30-12:00 13:30-18:00 --sat 09:00-12:00`.

The periods hold from Monday to Friday and on make-up workdays; --mon … --sun say otherwise for one weekday, without a
period that weekday is closed. With the branch alone its hours are shown. Running processes follow within a minute.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot import audit
from bot.business_hours import Hours, HoursError
from bot.business_hours.hours import WEEKDAYS, WORKDAYS
from bot.clock import SystemClock
from bot.config import ConfigError, load_settings
from bot.store.models import Branch
from scripts.database import open_store


def main(arguments: list[str] | None = None) -> int:
    """Set or show the hours; 2 and one sentence when it does not work."""
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        with closing(open_store(settings)) as store, store.begin() as db:
            _set(db, given)
        return 0
    except ConfigError as error:
        print(error, file=sys.stderr)
    except HoursError as error:
        print(f"没有保存：{error}。", file=sys.stderr)
    except OperationalError:
        print("连不上数据库，请检查 DATABASE_URL 和数据库服务。", file=sys.stderr)
    return 2


def _set(db: Session, given: argparse.Namespace) -> None:
    branch = db.scalar(select(Branch).where(Branch.name == given.branch))
    if branch is None:
        raise ConfigError(f"没有叫“{given.branch}”的网点")
    days = {name: getattr(given, name) for name in WEEKDAYS if getattr(given, name) is not None}
    if given.periods or days:
        before, hours = branch.hours, {WORKDAYS: given.periods, **days}
        Hours.of(hours)
        branch.hours = hours
        db.flush()
        audit.record(
            db,
            now=SystemClock().now(),
            actor=audit.SYSTEM,
            action="branch.hours",
            object=f"branch:{branch.id}",
            before=before,
            after=hours,
        )
    print(f"{branch.name}的上班时间：{json.dumps(branch.hours, ensure_ascii=False)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.set_hours", description="设置网点的上班时间")
    parser.add_argument("branch", help="网点的名字")
    parser.add_argument("periods", nargs="*", metavar="PERIOD", help="周一到周五的时间段，如 08:30-12:00")
    for name in WEEKDAYS:
        parser.add_argument(f"--{name}", nargs="*", metavar="PERIOD", help="这一天不同的时间段，不写时间就是不上班")
    return parser


if __name__ == "__main__":
    sys.exit(main())
