"""Add an account manager or supervisor: `python -m scripts.add_manager --name 周敏 --userid zhoumin`.

--branch 城东网点      the branch, made when it is new (default: the only one there is)
--supervisor           a supervisor (主管) instead of a manager
--phone 138…           shown to his customers
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from bot.clock import SystemClock
from bot.config import ConfigError, load_settings
from bot.customers.provisioning import StaffError, add_staff
from scripts.database import open_store


def main(arguments: list[str] | None = None) -> int:
    """Add the person and say so; 2 and one sentence when it does not work."""
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        with closing(open_store(settings)) as store, store.begin() as db:
            manager = add_staff(
                db,
                name=given.name,
                userid=given.userid,
                now=SystemClock().now(),
                branch=given.branch,
                phone=given.phone,
                supervisor=given.supervisor,
                account=settings.wecom_account,
            )
            print(f"已登记{'主管' if given.supervisor else '客户经理'}{manager.name}。")
    except (ConfigError, StaffError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.add_manager", description="登记客户经理或主管")
    parser.add_argument("--name", required=True, help="姓名")
    parser.add_argument("--userid", required=True, help="企业微信 UserID")
    parser.add_argument("--branch", default="", help="网点，默认唯一的网点")
    parser.add_argument("--phone", default="", help="电话")
    parser.add_argument("--supervisor", action="store_true", help="登记为主管")
    return parser


if __name__ == "__main__":
    sys.exit(main())
