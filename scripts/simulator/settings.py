"""Every setting of the simulator, read from the same environment names as the product."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

HERE = Path(__file__).resolve().parent

ENVIRONMENT = {
    "WECHAT_APP_ID": "app_id",
    "WECHAT_APP_SECRET": "app_secret",
    "WECHAT_TOKEN": "token",
    "WECHAT_AES_KEY": "aes_key",
    "WECHAT_MODE": "mode",
    "WECHAT_ORIGINAL_ID": "original_id",
    "WECOM_CORP_ID": "corp_id",
    "WECOM_AGENT_ID": "agent_id",
    "WECOM_SECRET": "wecom_secret",
    "WECOM_TOKEN": "wecom_token",
    "WECOM_AES_KEY": "wecom_aes_key",
    "WECHAT_TEMPLATE_COMPLAINT": "template_complaint",
    "WECHAT_TEMPLATE_EXPIRY": "template_expiry",
    "WECHAT_NOTICE_CARE": "notice_care",
    "SIMULATOR_TARGET": "target",
    "SIMULATOR_PORT": "port",
    "SIMULATOR_PEOPLE": "people_file",
    "TIEXIN_HOME": "home",
    "REDIS_URL": "redis_url",
}
"""Environment name -> field."""

SECRET = frozenset({"app_secret", "token", "aes_key", "wecom_secret", "wecom_token", "wecom_aes_key", "redis_url"})
FIXED = frozenset(ENVIRONMENT.values()) - {"mode", "target"}
"""Fields that a running simulator does not change through its control API."""


class BadSetting(ValueError):
    """A name or value that is not a setting."""


@dataclass
class Settings:
    """What the platform is and how hard it is; `update` changes the lower part while it runs."""

    app_id: str = "wx7d3mo00tiexin001"
    app_secret: str = "demo-official-secret-0123456789ab"  # noqa: S105 - the demo's own
    token: str = "demoOfficialToken2026"  # noqa: S105 - the demo's own
    aes_key: str = "DemoOfficialAesKey0000000000000000000000001"
    mode: str = "safe"
    original_id: str = "gh_7iex1ndemo01"
    corp_id: str = "ww7d3mo00tiexin001"
    agent_id: int = 1000002
    wecom_secret: str = "demo-wecom-secret-0123456789abcdef"  # noqa: S105 - the demo's own
    wecom_token: str = "demoWecomToken202611"  # noqa: S105 - the demo's own
    wecom_aes_key: str = "DemoWecomAesKey0000000000000000000000000001"
    target: str = "http://127.0.0.1:8000"
    """Base URL of the product; several, divided by commas, take turns attempt by attempt."""
    port: int = 8001
    people_file: str = str(HERE.parent / "demo" / "people.yaml")
    home: str = ""
    """Folder of the state; empty keeps the state in memory."""
    redis_url: str = ""
    template_complaint: str = "TPL_COMPLAINT_PROGRESS_0001"
    template_expiry: str = "TPL_CONTRACT_EXPIRY_0001"
    notice_care: str = "SUB_CARE_GREETING_0001"
    """Ids under which three of the approved templates are known, when the product has its own."""

    official_path: str = "/wechat/official"
    work_path: str = "/wecom/work"
    cut_s: float = 5.0
    """Seconds after which an unanswered push is cut."""
    attempts: int = 3
    """Requests in all for one message; the official words "总共重试三次" can be read as 3 or 4."""
    retry_s: float = 0.0
    """Seconds between two requests for one message."""
    fresh_signature: bool = True
    """Whether a retry carries a new timestamp, nonce and signature."""
    markfail_after: int = 0
    """Failed pushes in a row after which the platform falls silent; 0 never."""
    markfail_s: int = 60
    text_limit: int = 2048
    """Bytes of UTF-8 in a text, reply and customer-service message alike."""
    quota_message: int = 5
    quota_message_s: int = 48 * 3600
    quota_click: int = 3
    """Messages after a menu click, a follow or a scan."""
    quota_click_s: int = 60
    typing_active_s: int = 30
    typing_lasts_s: int = 15
    template_outcome: str = "success"
    """Status of TEMPLATESENDJOBFINISH: success, failed:user block or failed: system failed."""
    token_life_s: int = 7200
    token_overlap_s: int = 300
    ip_allow: list[str] = field(default_factory=list)
    """Callers' addresses that may ask for a token; empty lets everyone."""
    daily_limit: int = 0
    """Calls a day and path for every path; 0 takes the platform's own numbers."""
    literal_escapes: bool = True
    """Show `\\u4f60` in a JSON body as those six characters, as the platform is known to do."""
    wecom_per_minute: int = 30
    handshake_s: float = 1.0
    record: bool = True
    """Whether exchanges are kept; a load run switches it off."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings; names that are absent keep the demo's values."""
        env = os.environ if environment is None else environment
        given = {name: env[key] for key, name in ENVIRONMENT.items() if env.get(key)}
        settings = cls()
        for name, value in given.items():
            setattr(settings, name, _typed(name, getattr(settings, name), value))
        if env.get("WECHAT_ACCOUNT"):
            settings.official_path = f"/wechat/{env['WECHAT_ACCOUNT']}"
        if env.get("WECOM_ACCOUNT"):
            settings.work_path = f"/wecom/{env['WECOM_ACCOUNT']}"
        return settings

    def update(self, changes: Mapping[str, object]) -> None:
        """Change settings of a running platform; an unknown, fixed or wrongly typed one raises BadSetting."""
        checked = {}
        known = {one.name for one in fields(self)}
        for name, value in changes.items():
            if name not in known or name in FIXED:
                raise BadSetting(f"no such setting: {name}")
            checked[name] = _typed(name, getattr(self, name), value)
        for name, new in checked.items():
            setattr(self, name, new)

    def public(self) -> dict[str, object]:
        """Return what the page may show: everything but secrets."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name not in SECRET}

    def renamed_templates(self) -> dict[str, str]:
        """Return the file's template ids with the ids the product uses for them."""
        names = ("template_complaint", "template_expiry", "notice_care")
        return {str(getattr(Settings, name)): str(getattr(self, name)) for name in names}

    @property
    def targets(self) -> list[str]:
        """Return the base URLs of the product, without a slash at the end."""
        return [one.strip().rstrip("/") for one in self.target.split(",") if one.strip()]


def _typed(name: str, old: object, value: object) -> object:
    if isinstance(old, bool):
        return value if isinstance(value, bool) else str(value).lower() in {"1", "true", "yes", "on"}
    try:
        if isinstance(old, int):
            return int(str(value))
        if isinstance(old, float):
            return float(str(value))
    except ValueError as error:
        raise BadSetting(f"{name} must be a number") from error
    if isinstance(old, list):
        return [str(one) for one in value] if isinstance(value, list) else [str(value)]
    if name == "mode" and value not in {"plain", "compatible", "safe"}:
        raise BadSetting("mode is plain, compatible or safe")
    return str(value)
