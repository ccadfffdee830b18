"""Every setting of the program, read from the environment (and an `.env` file beside it).

`.env.example` explains each for the person who sets it. Demo mode (`TIEXIN_DEMO=1`, set by `scripts/run`) fills what is
missing with known demo values; outside demo mode a missing, short or demo credential stops the start.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

Mode = Literal["plain", "compatible", "safe"]

DEMO_VALUES: dict[str, Any] = {
    "wechat_app_id": "wx7d3mo00tiexin001",
    "wechat_app_secret": "demo-official-secret-0123456789ab",
    "wechat_token": "demoOfficialToken2026",
    "wechat_aes_key": "DemoOfficialAesKey0000000000000000000000001",
    "wechat_original_id": "gh_7iex1ndemo01",
    "wecom_corp_id": "ww7d3mo00tiexin001",
    "wecom_agent_id": 1000002,
    "wecom_secret": "demo-wecom-secret-0123456789abcdef",
    "wecom_token": "demoWecomToken202611",
    "wecom_aes_key": "DemoWecomAesKey0000000000000000000000000001",
    "tiexin_secret": "demo-signing-secret-for-qr-scenes-0001",
}
"""What the demo uses where the environment says nothing. Known to everybody, hence refused in production."""

_DEMO_GROUPS = (
    ("wechat_app_id", "wechat_app_secret", "wechat_token", "wechat_aes_key", "wechat_original_id"),
    ("wecom_corp_id", "wecom_agent_id", "wecom_secret", "wecom_token", "wecom_aes_key"),
    ("tiexin_secret",),
)
_IDENTITIES = (
    "wechat_app_id",
    "wechat_app_secret",
    "wechat_original_id",
    "wecom_corp_id",
    "wecom_agent_id",
    "wecom_secret",
)
"""What names or opens an account of the platform."""
_REQUIRED = (
    "wechat_app_id",
    "wechat_app_secret",
    "wechat_token",
    "wechat_aes_key",
    "wecom_corp_id",
    "wecom_secret",
    "wecom_token",
    "wecom_aes_key",
    "tiexin_secret",
)
_TOKEN = re.compile(r"[0-9A-Za-z]{16,32}")
_DEMO_TOKEN = re.compile(r"[0-9A-Za-z]{3,32}")  # what the platform's console accepts
_AES_KEY = re.compile(r"[0-9A-Za-z+/]{43}")
_WEAK_TOKEN = re.compile(r"(?i)(?:token|test|wechat|weixin|changeme|default|secret|password|tiexin|demo)*\d*")
_LEAST_DIFFERENT = 6
_IN_ORDER = "0123456789012345678901234567890123456789 abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
_CLOCK_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1")
_YES = {"1", "true", "t", "yes", "y", "on"}
_SCHEMES = {
    "database_url": ("postgresql://", "postgres://", "postgresql+psycopg://"),
    "redis_url": ("redis://", "rediss://", "unix://"),
    "wechat_api_base": ("https://", "http://"),
    "wecom_api_base": ("https://", "http://"),
}


class ConfigError(Exception):
    """The settings do not allow a safe start; the message says in Chinese what to set."""


class Settings(BaseSettings):
    """All settings; the field name in capitals is the environment variable."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    # -- the Official Account (公众号) ------------------------------------------------------------------------------
    wechat_app_id: str = Field("", description="AppID of the Official Account (wx…)")
    wechat_app_secret: str = Field("", repr=False, description="AppSecret, used only for the stable token")
    wechat_token: str = Field("", repr=False, description="Token of the server configuration, 16–32 letters and digits")
    wechat_aes_key: str = Field("", repr=False, description="EncodingAESKey, 43 characters")
    wechat_aes_key_previous: str = Field(
        "", repr=False, description="the key before the last change, while it is rotated"
    )
    wechat_mode: Mode = Field("safe", description="plain | compatible | safe; only safe is authenticated")
    wechat_original_id: str = Field("", description="gh_… id; when set, ToUserName must equal it")
    wechat_account: str = Field("official", description="name of the account in the webhook's path /wechat/<account>")
    wechat_api_base: str = Field("https://api.weixin.qq.com", description="where the API is; the simulator in the demo")
    # -- the managers' WeCom app (企业微信自建应用) ------------------------------------------------------------------
    wecom_corp_id: str = Field("", description="CorpID (ww…)")
    wecom_agent_id: int = Field(0, description="AgentId of the app")
    wecom_secret: str = Field("", repr=False, description="Secret of the app")
    wecom_token: str = Field("", repr=False, description="Token of the app's callback, 16–32 letters and digits")
    wecom_aes_key: str = Field("", repr=False, description="EncodingAESKey of the callback, 43 characters")
    wecom_aes_key_previous: str = Field(
        "", repr=False, description="the key before the last change, while it is rotated"
    )
    wecom_account: str = Field("work", description="name of the app in the webhook's path /wecom/<account>")
    wecom_api_base: str = Field(
        "https://qyapi.weixin.qq.com", description="where the API is; the simulator in the demo"
    )
    # -- message template ids of the Official Account (approved in its console) --------------------------------------
    wechat_template_complaint: str = Field("", description="template message id: 投诉处理进度")
    wechat_template_expiry: str = Field("", description="template message id: 合约到期提醒")
    wechat_notice_care: str = Field("", description="订阅通知 id for birthday and festival greetings")
    # -- servers ----------------------------------------------------------------------------------------------------
    database_url: str = Field("", repr=False, description="postgresql://…; empty: embedded, under TIEXIN_HOME")
    redis_url: str = Field("", repr=False, description="redis://… or unix://…; empty: embedded, under TIEXIN_HOME")
    tiexin_home: Path = Field(Path("var"), description="folder for the embedded servers, media and logs")
    tiexin_knowledge: Path = Field(Path("knowledge"), description="folder of the knowledge packs")
    tiexin_accounts_file: Path | None = Field(None, description="YAML with further accounts and their credentials")
    host: str = Field("127.0.0.1", description="address the web server listens on")
    port: int = Field(8000, ge=1, le=65535, description="port the web server listens on")
    web_processes: int = Field(2, ge=1, le=64, description="web processes of `serve` and `all`")
    web_threads: int = Field(16, ge=2, le=256, description="threads of a web process")
    web_pinned: bool = Field(True, description="each web process stays on one processor core (Linux)")
    simulator_port: int = Field(0, ge=0, le=65535, description="port of the simulator; 0: PORT + 1")
    # -- behaviour --------------------------------------------------------------------------------------------------
    tiexin_demo: bool = Field(False, description="demo mode: demo credentials, demo data, movable clock")
    tiexin_secret: str = Field("", repr=False, description="signs QR scenes and links, at least 32 characters")
    tiexin_timezone: str = Field("Asia/Shanghai", description="the business zone")
    tiexin_pack: str = Field("telecom", description="industry pack of the default account")
    signature_window_seconds: int = Field(300, ge=30, le=3600, description="how old a signed request may be")
    turn_deadline_seconds: float = Field(4.2, gt=0.1, le=4.8, description="after it the platform gets `success`")
    max_body_bytes: int = Field(65536, ge=1024, description="largest request body accepted")
    trusted_proxies: int = Field(0, ge=0, le=5, description="own proxies in front, for X-Forwarded-For")
    quiet_from: str = Field("21:30", pattern=f"^{_CLOCK_TIME}$", description="start of quiet hours, HH:MM local")
    quiet_to: str = Field("08:00", pattern=f"^{_CLOCK_TIME}$", description="end of quiet hours, HH:MM local")
    care_cap_per_week: int = Field(2, ge=0, description="care messages a customer may get in 7 days")
    complaint_confirm_days: int = Field(
        3,
        ge=1,
        le=30,
        description="workdays till an unconfirmed answer is asked about, and closed; or a case whose customer left",
    )
    complaint_reply_hours: int = Field(4, ge=1, description="working hours within which a complaint is answered")
    complaint_nudge_percent: int = Field(
        50, ge=1, le=99, description="share of those hours after which who has not taken a complaint is reminded"
    )
    watchdog_seconds: int = Field(60, ge=2, le=3600, description="a process without progress for so long is replaced")
    log_max_mb: int = Field(20, ge=1, le=10_000, description="a log of `all` that is larger is put aside, in MB")
    log_max_days: int = Field(7, ge=1, le=366, description="a log of `all` that was begun earlier is put aside")
    log_keep: int = Field(5, ge=1, le=100, description="logs put aside that are kept, of each process")
    # -- how long what is kept, in days (docs/operating.md says why) --------------------------------------------------
    retain_messages_days: int = Field(180, ge=30, description="what customers and staff wrote, and the replies")
    retain_outbox_days: int = Field(180, ge=60, description="messages sent, and tasks that are done")
    retain_deliveries_days: int = Field(90, ge=7, description="the steps of each delivery")
    retain_questions_days: int = Field(365, ge=30, description="questions without an answer, without personal data")
    retain_runs_days: int = Field(90, ge=60, description="what the scheduler did, and jobs that failed")
    retain_complaints_days: int = Field(1096, ge=365, description="complaints with their story, after they closed")
    retain_audit_days: int = Field(1096, ge=180, description="the log of who changed what")
    # -- what is logged ---------------------------------------------------------------------------------------------
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level that is logged")

    @model_validator(mode="before")
    @classmethod
    def _fill_demo(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Fill whole groups of credentials with demo values where the environment sets none of the group's ids.

        A half-set group is filled field by field except for the ids that name the platform's account: pointing the
        demo at another platform must not keep the demo's own original id.
        """
        if str(values.get("tiexin_demo", "")).lower() not in _YES:
            return values
        for group in _DEMO_GROUPS:
            own = any(values.get(name) for name in group)
            for name in group:
                if not values.get(name) and not (own and name == "wechat_original_id"):
                    values[name] = DEMO_VALUES[name]
        return _fill_demo_addresses(values)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The business zone."""
        return ZoneInfo(self.tiexin_timezone)

    @property
    def simulator_url(self) -> str:
        """Where the local platform listens."""
        return f"http://127.0.0.1:{self.simulator_port or self.port + 1}"

    def check(self) -> None:
        """Refuse to start with missing, short or default credentials outside demo mode.

        Raises:
            ConfigError: names each setting and what to put there, in Chinese.
        """
        if self.tiexin_demo:
            _refuse_shared_demo(self)
        problems = [] if self.tiexin_demo else _missing(self) + _demo_left(self)
        problems += _malformed(self)
        if problems:
            raise ConfigError("配置不完整，无法启动：\n" + "\n".join(f"  - {problem}" for problem in problems))


def _fill_demo_addresses(values: dict[str, Any]) -> dict[str, Any]:
    port = _number(values.get("simulator_port"), 0) or _number(values.get("port"), 8000) + 1
    values.setdefault("wechat_api_base", f"http://127.0.0.1:{port}")
    values.setdefault("wecom_api_base", f"http://127.0.0.1:{port}/wecom-api")
    values.setdefault("wechat_template_complaint", "TPL_COMPLAINT_PROGRESS_0001")
    values.setdefault("wechat_template_expiry", "TPL_CONTRACT_EXPIRY_0001")
    values.setdefault("wechat_notice_care", "SUB_CARE_GREETING_0001")
    return values


def _refuse_shared_demo(settings: Settings) -> None:
    """Keep the demo to itself: everybody knows its credentials, so whoever reaches it is whom he says he is.

    Raises:
        ConfigError: a real account is set beside it, or other machines could reach it.
    """
    real = [name.upper() for name in _IDENTITIES if getattr(settings, name) not in ("", DEMO_VALUES[name])]
    if settings.tiexin_accounts_file is not None:
        real.append("TIEXIN_ACCOUNTS_FILE")
    if real:
        raise ConfigError(
            f"已填写真实账号（{'、'.join(real)}），不能同时用演示模式："
            "正式使用请设 TIEXIN_DEMO=0，只看演示请清空这些设置"
        )
    if not _LOOPBACK.fullmatch(settings.host):
        raise ConfigError(
            f"演示账号的口令人人知道，演示只能在本机上打开：请把 HOST={settings.host} 改为 127.0.0.1，"
            "或填好自己的账号后设 TIEXIN_DEMO=0"
        )


def _number(value: Any, otherwise: int) -> int:
    """Return `value` as a port; what is no number is left to the field's own check, which names the variable."""
    return int(value) if str(value or "").isdecimal() else otherwise


def _missing(settings: Settings) -> list[str]:
    names = (*_REQUIRED, "wecom_agent_id")
    return [f"缺少 {name.upper()}，请在环境变量或 .env 中填写" for name in names if not getattr(settings, name)]


def _demo_left(settings: Settings) -> list[str]:
    return [
        f"{name.upper()} 还是演示用的值，任何人都知道，请换成自己的"
        for name in _REQUIRED
        if getattr(settings, name) and getattr(settings, name) == DEMO_VALUES[name]
    ]


def _malformed(settings: Settings) -> list[str]:
    problems = []
    for name in ("wechat_token", "wecom_token"):
        value = getattr(settings, name)
        if value and not (_DEMO_TOKEN if settings.tiexin_demo else _TOKEN).fullmatch(value):
            problems.append(f"{name.upper()} 须为 16–32 位字母或数字")
        elif value and not settings.tiexin_demo and _is_weak(value):
            problems.append(f"{name.upper()} 太容易猜到，请改成随机的 16–32 位字母数字")
    for name in ("wechat_aes_key", "wechat_aes_key_previous", "wecom_aes_key", "wecom_aes_key_previous"):
        value = getattr(settings, name)
        if value and not _AES_KEY.fullmatch(value):
            problems.append(f"{name.upper()} 须为 43 位字母或数字，请从微信后台原样复制")
    if settings.tiexin_secret and len(settings.tiexin_secret) < 32:
        problems.append("TIEXIN_SECRET 须至少 32 个字符")
    return problems + _misplaced(settings)


def _misplaced(settings: Settings) -> list[str]:
    """Return what is wrong with addresses, the zone and the ports."""
    problems = [
        f"{name.upper()} 须以 {' 或 '.join(schemes)} 开头"
        for name, schemes in _SCHEMES.items()
        if getattr(settings, name) and not getattr(settings, name).startswith(schemes)
    ]
    try:
        _ = settings.zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(f"TIEXIN_TIMEZONE={settings.tiexin_timezone} 不是时区名，例如 Asia/Shanghai")
    if settings.tiexin_demo and not settings.simulator_port and settings.port == 65535:
        problems.append("PORT=65535 之后没有端口给模拟器，请换一个，或设置 SIMULATOR_PORT")
    return problems


def _is_weak(token: str) -> bool:
    """Return whether `token` is a common word, a run of the alphabet, or made of very few characters."""
    return bool(_WEAK_TOKEN.fullmatch(token) or len(set(token)) < _LEAST_DIFFERENT or token.lower() in _IN_ORDER)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` win over the environment (tests).

    Raises:
        ConfigError: a value has the wrong form; the message names the variable.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise ConfigError("配置有误：\n" + "\n".join(map(_said, error.errors(include_input=False)))) from None


_PROBLEMS = {
    "int_parsing": "须为整数",
    "float_parsing": "须为数字",
    "bool_parsing": "须为 0 或 1",
    "literal_error": "只能是 {expected}",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "string_pattern_mismatch": "须为 HH:MM，例如 21:30",
}


def _said(problem: ErrorDetails) -> str:
    """Return one line for what pydantic found, in Chinese where it has one of the usual kinds; never the value."""
    words = _PROBLEMS.get(problem["type"], problem["msg"]).format(**problem.get("ctx", {}))
    return f"  - {'.'.join(map(str, problem['loc'])).upper() or '配置'}：{words}"
