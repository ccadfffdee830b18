"""Import the public holidays of a year from the State Council's notice: `python -m scripts.import_holidays 通知.txt`.

`-` reads from standard input (with --yes). The days are shown and saved on confirmation; what is wrong is named with
its sentence, and then nothing is saved. Running processes take the days up within a minute.

--year 2027        the year, where the title does not name it
--branch 城东网点  days of this branch alone ("12月5日（星期六）上班。12月7日（星期一）放假。")
--supplement       a correction for all branches that does not hold the whole year (延长, 调整)
--yes              save without asking
--list 2027        show the days of a year and the imports' numbers
--undo 12          put the days back as they were before import 12
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.business_hours import Calendars, imports
from bot.business_hours.imports import Batch, CalendarError
from bot.business_hours.notice import Known, Notice, NoticeError, Stated, plain, read, year_of
from bot.business_hours.notice_checks import problems_of
from bot.business_hours.notice_dates import spoken
from bot.clock import SystemClock, local
from bot.config import ConfigError, Settings, load_settings
from bot.store.models import Branch, CalendarDay, DayKind
from bot.store.session import driver
from scripts.database import open_store

_KINDS = {DayKind.HOLIDAY: "放假", DayKind.WORKDAY: "上班"}


def main(arguments: list[str] | None = None) -> int:
    """Import, list or undo; 1 when nothing was saved on request, 2 and what to do when it does not work."""
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        with closing(open_store(settings)) as store, store.begin() as db:
            if given.list:
                return _listed(db, settings, given.list)
            return _undone(db, given.undo) if given.undo else _imported(db, settings, given)
    except NoticeError as error:
        print("没有保存，请改好下面的地方再导入：", *error.problems, sep="\n  - ", file=sys.stderr)
    except (ConfigError, CalendarError) as error:
        print(error, file=sys.stderr)
    except UnicodeDecodeError:
        print("文件不是 UTF-8 编码的文字，请把通知正文粘贴到 .txt 文件里，存为 UTF-8。", file=sys.stderr)
    except OSError as error:
        print(f"读不了文件：{error.strerror}（{error.filename}）。", file=sys.stderr)
    except OperationalError:
        print("连不上数据库，请检查 DATABASE_URL 和数据库服务。", file=sys.stderr)
    return 2


def _imported(db: Session, settings: Settings, given: argparse.Namespace) -> int:
    branch, text = _branch(db, given.branch), _text(given.file)
    year = _year(given, text)
    known: Known = Calendars(settings.zone).of(driver(db), branch.id if branch else 0).days.kind
    whole = branch is None and not given.supplement
    notice = _checked(read(text, year, known), whole=whole)
    _show(notice.days)
    if not given.yes and not _confirmed(given.file):
        print("没有保存。")
        return 1
    source = "标准输入" if given.file == "-" else Path(given.file).name
    batch = Batch(branch.id if branch else None, year if whole else None, source, _who())
    number = imports.save(db, notice.days, batch, SystemClock().now())
    where = branch.name if branch else "全部网点"
    print(f"已保存（第 {number} 次导入，{where}），一分钟内生效。" if number else "这些日子已经都有了，没有变化。")
    return 0


def _checked(notice: Notice, *, whole: bool) -> Notice:
    if problems := problems_of(notice, complete=whole):
        raise NoticeError(problems)
    return notice


def _year(given: argparse.Namespace, text: str) -> int:
    titled = year_of(text, loosely=bool(given.branch or given.supplement))
    if given.year and titled and given.year != titled and not given.branch:
        raise ConfigError(f"通知写的是{titled}年，--year 是{given.year}年，请核对。")
    if year := given.year or titled:
        return int(year)
    raise ConfigError("通知里没有写明是哪一年的安排，请加上标题，或用 --year 2027 写明。")


def _text(file: str | None) -> str:
    if not file:
        raise ConfigError("请写明通知的文件，例如 python -m scripts.import_holidays 通知.txt ；用 - 从标准输入读入。")
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    if not plain(text):
        raise ConfigError("文件是空的，请把通知正文粘贴进去。")
    return text


def _branch(db: Session, name: str) -> Branch | None:
    branch = db.scalar(select(Branch).where(Branch.name == name)) if name else None
    if name and branch is None:
        known = "、".join(db.scalars(select(Branch.name).order_by(Branch.id)))
        raise ConfigError(f"没有叫“{name}”的网点，现有：{known or '（还没有网点）'}。")
    return branch


def _confirmed(file: str) -> bool:
    if file == "-":
        print("从标准输入读入时不能再问您，确认无误后请加 --yes。")
        return False
    try:
        return input("以上日期对吗？输入 y 保存：").strip().lower() in {"y", "yes", "是", "对"}
    except EOFError:
        return False


def _who() -> str:
    """Return how the log names who runs this command."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):
        return "command"


def _show(days: Sequence[Stated] | Sequence[CalendarDay]) -> None:
    for each in days:
        print(f"{spoken(each.day)}\t{_KINDS[each.kind]}\t{each.name}")


def _listed(db: Session, settings: Settings, year: int) -> int:
    rows = imports.of_year(db, year)
    names = {branch.id: branch.name for branch in db.scalars(select(Branch))}
    for branch_id in dict.fromkeys(row.branch_id for row in rows):
        print(f"【{names[branch_id] if branch_id else '全部网点'}】")
        _show([row for row in rows if row.branch_id == branch_id])
    for entry in imports.imports_of(db, year):
        at = f"{local(entry.at, settings.zone):%Y-%m-%d %H:%M}"
        what = f"第 {entry.id} 次导入" if entry.action == imports.IMPORTED else "撤销了一次导入"
        print(f"{at}\t{what}\t{entry.actor}")
    if not rows:
        print(f"没有导入过{year}年的日子。")
    return 0


def _undone(db: Session, number: int) -> int:
    count = imports.undo(db, number, _who(), SystemClock().now())
    print(f"已撤销第 {number} 次导入（{count} 天），一分钟内生效。")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.import_holidays", description="导入国务院放假通知")
    parser.add_argument("file", nargs="?", help="通知正文的文件，- 为标准输入")
    parser.add_argument("--year", type=int, help="哪一年的安排，标题里有就不用写")
    parser.add_argument("--branch", default="", help="只是这个网点自己的日子")
    parser.add_argument("--supplement", action="store_true", help="补充或更正，不是全年的安排")
    parser.add_argument("--yes", action="store_true", help="不再询问，直接保存")
    parser.add_argument("--list", type=int, metavar="YEAR", help="列出这一年的日子和导入的编号")
    parser.add_argument("--undo", type=int, metavar="NUMBER", help="撤销这一次导入")
    return parser


if __name__ == "__main__":
    sys.exit(main())
