"""Further accounts: the YAML file `TIEXIN_ACCOUNTS_FILE`, for branches that have accounts of their own.

The credentials have the names they have in the environment:

    accounts:
      - name: tianhe
        kind: official
        branch: 天河网点
        pack: telecom
        wechat_app_id: wx…
        wechat_app_secret: …
        wechat_token: …
        wechat_aes_key: …
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.config import ConfigError, Mode, Settings

Name = Annotated[str, Field(pattern=r"^[0-9A-Za-z_\-]{1,32}$")]
Given = Annotated[str, Field(min_length=1)]
CallbackToken = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{16,32}$")]
AesKey = Annotated[str, Field(pattern=r"^[0-9A-Za-z+/]{43}$")]


class _Entry(BaseModel):
    """What every account has. `pack` and what may be None are taken from the default account when left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    branch: str = ""
    pack: str | None = None


class OfficialInFile(_Entry):
    """A further Official Account."""

    kind: Literal["official"]
    wechat_app_id: Given
    wechat_app_secret: Given
    wechat_token: CallbackToken
    wechat_aes_key: AesKey
    wechat_aes_key_previous: AesKey | Literal[""] = ""
    wechat_original_id: str = ""
    wechat_mode: Mode | None = None
    wechat_api_base: str | None = None


class WeComInFile(_Entry):
    """A further WeCom app."""

    kind: Literal["wecom"]
    wecom_corp_id: Given
    wecom_agent_id: Annotated[int, Field(gt=0)]
    wecom_secret: Given
    wecom_token: CallbackToken
    wecom_aes_key: AesKey
    wecom_aes_key_previous: AesKey | Literal[""] = ""
    wecom_api_base: str | None = None


InFile = Annotated[OfficialInFile | WeComInFile, Field(discriminator="kind")]
_ENTRIES = TypeAdapter(list[InFile])


def read_accounts(path: Path) -> list[OfficialInFile | WeComInFile]:
    """Return the accounts of the file.

    Raises:
        ConfigError: it cannot be read or is wrong; the message names the place, never a credential.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ConfigError(f"账号文件 {path} 读不出来：{type(error).__name__}") from None
    entries = content.get("accounts") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise ConfigError(f"账号文件 {path} 须有 accounts 列表")
    try:
        return _ENTRIES.validate_python(entries)
    except ValidationError as error:
        raise ConfigError(f"账号文件 {path} 有误：\n" + "\n".join(_places(error, entries))) from None


def own_settings(settings: Settings, entry: OfficialInFile | WeComInFile) -> Settings:
    """Return the settings as this account sees them; no credential is taken over from the default account."""
    own = entry.model_dump(exclude={"name", "kind", "branch", "pack"})
    own = {field: value for field, value in own.items() if value is not None}
    return settings.model_copy(update=own | ({"tiexin_pack": entry.pack} if entry.pack else {}))


def _places(error: ValidationError, entries: list[Any]) -> Iterator[str]:
    for item in error.errors(include_input=False, include_url=False):
        number, *field = item["loc"]
        entry = entries[number] if isinstance(number, int) else None
        name = entry.get("name", "") if isinstance(entry, dict) else ""
        yield f"  - 第 {int(number) + 1} 个账号 {name} 的 {field[-1] if field else '写法'}：{item['msg']}"
