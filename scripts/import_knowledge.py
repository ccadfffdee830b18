"""Import a table of knowledge: `python -m scripts.import_knowledge 问答.xlsx --pack telecom --out DIR`.

Columns: 编号 分类 问题 其他问法 答案 有效期从 有效期至 (xlsx or csv; several wordings in one cell are parted by ；).
Every row that is wrong is told with file, row, column and what to write instead; the good ones are kept.

--template FILE.xlsx   write an empty table with an example, and nothing else
--out DIR              write the good rows to DIR as YAML of the pack's form
--draft                put the good rows into the database as drafts, to be published in chat
--branch 城东网点      drafts of this branch alone
--all-or-nothing       keep nothing when one row is wrong
With neither --out nor --draft the table is only checked.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.clock import SystemClock, local_date
from bot.config import ConfigError, Settings, load_settings
from bot.knowledge.content_rules import rules_of
from bot.knowledge.pack import load_knowledge
from bot.learning import drafts
from bot.learning.export import WORDINGS_LEAST, as_yaml
from bot.learning.paraphrases import padded
from bot.learning.spreadsheet import TableError, read_table, write_template
from bot.learning.table_import import Intake, wordings_of
from bot.store.models import Branch
from bot.understanding import KnowledgeError
from scripts.database import open_store


def main(arguments: list[str] | None = None) -> int:
    """Import; 1 when rows were wrong, 2 and one sentence when nothing could be read."""
    given = _parser().parse_args(arguments)
    try:
        if given.template:
            write_template(given.template)
            print(f"模板已写到 {given.template}，第2行是示例，填好后导入。")
            return 0
        if given.file is None or not given.pack:
            raise ConfigError("请写明表格文件和 --pack，例如 问答.xlsx --pack telecom")
        return _import(given, load_settings())
    except (ConfigError, TableError, KnowledgeError) as error:
        print(error, file=sys.stderr)
    except OperationalError:
        print("连不上数据库，请检查 DATABASE_URL 和数据库服务。", file=sys.stderr)
    except OSError as error:
        print(f"写不了文件：{error.strerror}（{error.filename}），请换一个位置。", file=sys.stderr)
    return 2


def _import(given: argparse.Namespace, settings: Settings) -> int:
    intake = _read(given, settings)
    for error in intake.errors:
        print(error)
    wrong = len({error.row for error in intake.errors})
    if given.all_or_nothing and wrong:
        print(f"{wrong} 行有错，一行也没有导入。")
        return 1
    where = _kept(given, settings, intake)
    print(f"{len(intake.entries)} 行{where}，{wrong} 行有错。")
    few = sum(len(entry.variants) < WORDINGS_LEAST for entry in intake.entries)
    if few and (given.out or given.draft):
        print(f"{few} 行的其他问法不足 {WORDINGS_LEAST} 种，已自动补上，请看看是否通顺。")
    return 1 if wrong else 0


def _read(given: argparse.Namespace, settings: Settings) -> Intake:
    folder = settings.tiexin_knowledge
    known = load_knowledge(folder, given.pack)
    intake = Intake(
        file=str(given.file),
        pack=given.pack,
        rules=rules_of(folder, given.pack),
        today=local_date(SystemClock().now(), settings.zone),
        taken=wordings_of(known),
        # A draft may be the new form of an entry; a file may not hold the id of another file.
        ids=frozenset() if given.draft else frozenset(entry.id for entry in known.entries),
    )
    intake.read(read_table(given.file))
    return intake


def _kept(given: argparse.Namespace, settings: Settings, intake: Intake) -> str:
    """Keep the good rows as asked and return what was done with them."""
    if not intake.entries or not (given.out or given.draft):
        return "可以导入"
    if given.out:
        target = Path(given.out) / f"{given.file.stem}.yaml"
        if target.exists():
            raise ConfigError(f"{target} 已经有了，请先移走它或换一个目录")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(as_yaml(intake.entries, f"由 {given.file.name} 导入"), encoding="utf-8")
        return f"已写入 {target}"
    with closing(open_store(settings)) as store, store.begin() as db:
        numbers = _drafted(db, given, intake)
    return f"已存为草稿，序号 {'、'.join(map(str, numbers))}（在企业微信里回复“上线{numbers[0]}”就会上线）"


def _drafted(db: Session, given: argparse.Namespace, intake: Intake) -> list[int]:
    """Make a draft of every good row; return their numbers."""
    branch = db.scalar(select(Branch.id).where(Branch.name == given.branch)) if given.branch else None
    if given.branch and branch is None:
        raise ConfigError(f"没有叫“{given.branch}”的网点")
    made = [
        drafts.draft(
            db,
            pack=given.pack,
            branch_id=branch,
            key=entry.id,
            question=entry.question,
            variants=padded(entry.question, entry.variants, WORDINGS_LEAST),
            answer=entry.answer,
            category=entry.category,
            by=None,
            now=SystemClock().now(),
            valid_from=entry.start,
            valid_to=entry.end,
        )
        for entry in intake.entries
    ]
    return [draft.id for draft in made]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.import_knowledge", description="从表格导入知识")
    parser.add_argument("file", type=Path, nargs="?", help=".xlsx 或 .csv 表格")
    parser.add_argument("--pack", default="", help="行业包，例如 telecom")
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--out", type=Path, help="把好的行写成 YAML，放在这个目录")
    kept.add_argument("--draft", action="store_true", help="把好的行存为草稿")
    parser.add_argument("--branch", default="", help="草稿只属于这个网点")
    parser.add_argument("--all-or-nothing", action="store_true", help="有一行错就什么都不导入")
    parser.add_argument("--template", type=Path, help="写一个空模板")
    return parser


if __name__ == "__main__":
    sys.exit(main())
