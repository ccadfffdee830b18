"""Put an industry's menu on an Official Account.

    python -m scripts.create_menu                     # the default account, its pack's knowledge/<pack>/menu.yaml
    python -m scripts.create_menu --account tianhe    # another account
    python -m scripts.create_menu --dry-run           # check and show, send nothing

The server configuration switches off the menu made by hand in the console, so the menu has to come from here.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from bot.channels.accounts import Accounts
from bot.channels.errors import ApiError, OutboundError, UnknownAccount
from bot.channels.menu import menu_payload, menu_problems
from bot.channels.tokens import MemoryTokenStore
from bot.clock import SystemClock
from bot.config import ConfigError, Settings, load_settings


def main(arguments: list[str] | None = None) -> int:
    """Check the menu and create it; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _run(load_settings(), options)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2


def _run(settings: Settings, options: argparse.Namespace) -> int:
    account = options.account or settings.wechat_account
    try:
        entry = Accounts(settings, MemoryTokenStore(), SystemClock()).official(account)
    except UnknownAccount:
        print(f"没有名为 {account} 的公众号，请核对配置", file=sys.stderr)
        return 2
    path = settings.tiexin_knowledge / (options.industry or entry.pack) / "menu.yaml"
    menu = _checked(path)
    if menu is None:
        return 2
    payload = menu_payload(menu)
    print(json.dumps(payload, ensure_ascii=False, indent=2))
    if options.dry_run:
        print("检查通过，未提交")
        return 0
    try:
        entry.client.create_menu(payload)
    except OutboundError as error:
        print(
            f"菜单没有创建：{error}\n{error.remedy if isinstance(error, ApiError) else '请稍后再试'}", file=sys.stderr
        )
        return 1
    print(f"菜单已放到公众号 {account}，客户重新进入后几分钟内可见")
    return 0


def _checked(path: Path) -> dict[str, Any] | None:
    """Return the menu, or say what is wrong with it and return None."""
    try:
        menu = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        print(f"菜单文件 {path} 读不出来：{error}", file=sys.stderr)
        return None
    problems = menu_problems(menu)
    for problem in problems:
        print(f"{path}：{problem}", file=sys.stderr)
    return None if problems else menu


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.create_menu", description="把行业菜单放到公众号上")
    parser.add_argument("--account", default="", help="公众号名称，默认取 WECHAT_ACCOUNT")
    parser.add_argument("--industry", default="", help="行业目录，默认取该账号的行业")
    parser.add_argument("--dry-run", action="store_true", help="只检查并显示，不提交")
    return parser


if __name__ == "__main__":
    sys.exit(main())
