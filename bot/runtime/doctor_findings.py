"""The doctor's findings, and what to do about a platform that gives no token.

Official pages "获取稳定版接口调用凭据", "IP白名单" and WeCom's "全局错误码". The general table of codes is in
`bot.channels.codes`; here are the few that stop a new installation, told in more detail.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import redis

from bot.channels.errors import ApiError, OutboundError

_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")


class Finding(NamedTuple):
    """One line of the report."""

    mark: str
    name: str
    words: str

    def __str__(self) -> str:
        return f"{self.mark} {self.name}：{self.words}"


def good(name: str, words: str) -> Finding:
    """Return that `name` is as it should be."""
    return Finding("✓", name, words)


def bad(name: str, problem: str, remedy: str) -> Finding:
    """Return what is wrong with `name` and what to do."""
    return Finding("✗", name, f"{problem} → {remedy}")


def mind(name: str, words: str) -> Finding:
    """Return what to keep in mind about `name`."""
    return Finding("!", name, words)


NO_RIGHTS = (
    "请让这个用户拥有该数据库：ALTER DATABASE 库名 OWNER TO 用户名（不需要超级用户），再运行 python app.py migrate"
)
_ENCODE = "密码里的 @ / : # % 在地址里要写成 %40 %2F %3A %23 %25"
_DATABASE_PROBLEMS = (
    ("password authentication failed", "用户名或密码不对", f"请检查 DATABASE_URL 里的用户名和密码；{_ENCODE}"),
    ("no password supplied", "没有带密码", f"请在 DATABASE_URL 里写上密码；{_ENCODE}"),
    ("does not exist", "没有这个数据库或用户", "请先建好（createdb / createuser），或改正 DATABASE_URL 末尾的库名"),
    ("no pg_hba.conf entry", "服务器不许这台机器或这个用户登录", "请在 PostgreSQL 的 pg_hba.conf 里放行后重新加载"),
    ("too many clients", "连接数已满", "请调大 max_connections，或停掉多余的程序"),
    ("remaining connection slots", "连接数已满", "请调大 max_connections，或停掉多余的程序"),
    ("starting up", "服务器正在启动或恢复", "请过一会儿再试"),
    ("Connection refused", "没有服务器在这个地址和端口上", "请检查 DATABASE_URL 的主机和端口，并启动数据库服务"),
    ("resolve host", "找不到这台主机", f"请检查 DATABASE_URL 的主机名；{_ENCODE}"),
    ("timeout expired", "等不到回答", "请检查主机、端口和防火墙"),
)
"""How the driver's words begin to tell what is wrong, the problem, and the remedy; the server may speak otherwise."""


def database_unreachable(error: Exception) -> Finding:
    """Return why the database cannot be reached, as exactly as the driver says it; its own words may hold secrets."""
    told = str(error)
    for words, problem, remedy in _DATABASE_PROBLEMS:
        if words in told:
            return bad("数据库", f"连不上：{problem}", remedy)
    remedy = f"请检查 DATABASE_URL、数据库服务、防火墙和密码；{_ENCODE}"
    return bad("数据库", f"连不上（{type(error).__name__}）", remedy)


def redis_unreachable(error: Exception) -> Finding:
    """Return why Redis cannot be reached, or does nothing because its disk is full."""
    if isinstance(error, redis.ResponseError) and "MISCONF" in str(error):
        return bad("Redis", "在运行，但写不进磁盘，拒绝一切操作", "请清理 Redis 所在的磁盘，有了空间它会自己恢复")
    remedy = f"请检查 REDIS_URL、Redis 服务、防火墙和密码；{_ENCODE}"
    return bad("Redis", f"连不上（{type(error).__name__}）", remedy)


def asked(name: str, callback_ips: Callable[[], list[str]], remedies: dict[int, str], *, demo: bool = False) -> Finding:
    """Ask for the addresses the platform calls from: that needs a token, so it tries the credentials as well.

    In the demo the platform is the simulator, which is not there before the demo runs.
    """
    try:
        addresses = callback_ips()
    except ApiError as error:
        return bad(name, f"接口返回 {error.code}（{error.detail or error.remedy}）", _remedy(error, remedies))
    except OutboundError as error:
        if demo:
            return mind(name, "模拟微信没有在运行，用 ./scripts/run 启动后可再检查")
        problem = f"连不上平台，或答话的不是平台（{type(error).__name__}）"
        return bad(name, problem, "请检查网络、代理（会不会把别的网页当回答）和 API 地址，稍后再试")
    return good(name, f"凭证有效，平台的回调地址 {len(addresses)} 个")


def _remedy(error: ApiError, remedies: dict[int, str]) -> str:
    found = _IPV4.search(error.detail)
    address = f" {found[0]}" if found else "（请向网络管理员确认）"
    rid = f"（rid: {error.rid}）" if error.rid else ""
    return remedies.get(error.code, error.remedy).format(ip=address) + rid


_LIST = "把本机出口 IP{ip} 加入公众号后台“设置与开发 → 基本配置 → IP 白名单”，约五分钟后再试"
_SECRET = "WECHAT_APP_SECRET 不对，请在公众号后台重置 AppSecret 后填入"  # noqa: S105 - words, not a secret
OFFICIAL_REMEDIES = {
    40001: _SECRET,
    40013: "WECHAT_APP_ID 不对，请从公众号后台“基本配置”原样复制",
    40125: _SECRET,
    40164: _LIST,
    40243: "AppSecret 已被冻结，请在公众号后台解冻或重置后填入",
    41002: "请填写 WECHAT_APP_ID",
    41004: "请填写 WECHAT_APP_SECRET",
    45009: "今天获取凭证的次数已用完，明天零点恢复",
    45011: "调用过于频繁，请一分钟后再试",
    61004: _LIST,
    89501: "该 IP{ip} 正在等待管理员确认，请管理员在微信里点确认后再试",
    89503: "该 IP{ip} 需要管理员确认，请管理员在微信收到的通知里点确认后再试",
    89506: "管理员拒绝了 IP{ip}，24 小时内不能再试；请联系管理员，或" + _LIST,
    89507: "管理员拒绝了 IP{ip}，1 小时内不能再试；请联系管理员，或" + _LIST,
}
WECOM_REMEDIES = {
    40001: "WECOM_SECRET 不对，请在企业微信管理后台“应用管理 → 自建应用”里复制该应用的 Secret",
    40013: "WECOM_CORP_ID 不对，请在管理后台“我的企业”最下方复制企业 ID",
    40056: "WECOM_AGENT_ID 不对，请在管理后台该应用的页面复制 AgentId",
    40091: "WECOM_SECRET 不对，请在管理后台该应用的页面复制 Secret",
    60020: "把本机出口 IP{ip} 加入管理后台该应用的“企业可信 IP”后再试",
    301002: "该应用没有权限或已停用，请在管理后台启用并核对可见范围",
}
