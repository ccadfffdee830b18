"""Make the QR code that ties whoever scans it to an account manager.

python -m scripts.make_qr 12                # temporary, 30 days
python -m scripts.make_qr 12 --permanent    # one of the account's 100,000 permanent codes
python -m scripts.make_qr 12 --dry-run      # show the signed scene only
"""

from __future__ import annotations

import argparse
import sys

from bot.channels.accounts import Accounts
from bot.channels.errors import ApiError, OutboundError, UnknownAccount
from bot.channels.scenes import scene_for
from bot.channels.tokens import MemoryTokenStore
from bot.clock import SystemClock
from bot.config import ConfigError, Settings, load_settings


def main(arguments: list[str] | None = None) -> int:
    """Make the code and print where its picture is; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _run(load_settings(), options)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2


def _run(settings: Settings, options: argparse.Namespace) -> int:
    try:
        scene = scene_for(options.manager, settings.tiexin_secret)
    except ValueError:
        print("客户经理编号须为 1–44 位字母或数字，且须配置 TIEXIN_SECRET", file=sys.stderr)
        return 2
    print(f"场景值：{scene}")
    if options.dry_run:
        return 0
    account = options.account or settings.wechat_account
    try:
        client = Accounts(settings, MemoryTokenStore(), SystemClock()).official(account).client
        code = client.create_qr(scene, permanent=options.permanent, expire_seconds=options.days * 86_400)
    except UnknownAccount:
        print(f"没有名为 {account} 的公众号，请核对配置", file=sys.stderr)
        return 2
    except OutboundError as error:
        remedy = error.remedy if isinstance(error, ApiError) else "请稍后再试"
        print(f"二维码没有生成：{error}\n{remedy}", file=sys.stderr)
        return 1
    validity = f"{code.expire_seconds // 86_400} 天内有效" if code.expire_seconds else "永久有效"
    print(f"内容：{code.url}\n图片：{code.picture_url}\n{validity}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.make_qr", description="生成客户经理的专属二维码")
    parser.add_argument("manager", help="客户经理编号")
    parser.add_argument("--account", default="", help="公众号名称，默认取 WECHAT_ACCOUNT")
    parser.add_argument("--permanent", action="store_true", help="永久二维码（每个公众号共十万个）")
    parser.add_argument("--days", type=int, choices=range(1, 31), default=30, metavar="1-30", help="临时二维码的天数")
    parser.add_argument("--dry-run", action="store_true", help="只显示场景值，不生成")
    return parser


if __name__ == "__main__":
    sys.exit(main())
