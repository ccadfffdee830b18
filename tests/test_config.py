"""What the settings accept, fill in for the demo, and refuse."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from bot.config import DEMO_VALUES, ConfigError, Settings, load_settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"
PRODUCTION: dict[str, Any] = {
    "wechat_app_id": "wx0123456789abcdef",
    "wechat_app_secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "wechat_token": "kR7vTq2mZx9LpW4s",
    "wechat_aes_key": "a" * 42 + "8",
    "wecom_corp_id": "ww0123456789abcdef",
    "wecom_agent_id": 1000002,
    "wecom_secret": "s3cr3tOfTheWeComApplication",
    "wecom_token": "Jd83kslQpz71MvXu",
    "wecom_aes_key": "b" * 42 + "8",
    "tiexin_secret": "0123456789abcdef0123456789abcdef",
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings reaches these tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def settings(**values: Any) -> Settings:
    return load_settings(_env_file=None, **values)


def production(**changes: Any) -> Settings:
    return settings(**(PRODUCTION | changes))


def refusal(**changes: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        production(**changes).check()
    return str(refused.value)


# -- the environment --------------------------------------------------------------------------------------------------


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("TIEXIN_HOME", "/srv/tiexin")
    read = settings()
    assert (read.port, read.tiexin_home) == (9000, Path("/srv/tiexin"))


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    assert settings().port == 8000


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9001\nHOST=0.0.0.0\n")
    monkeypatch.setenv("PORT", "9002")
    read = load_settings(_env_file=tmp_path / ".env")
    assert (read.port, read.host) == (9002, "0.0.0.0")


def test_no_secret_shows_when_settings_are_printed() -> None:
    shown = repr(production(database_url="postgresql://u:p4ss@h/d"))
    hidden = ("wechat_app_secret", "wechat_token", "wechat_aes_key", "wecom_secret", "wecom_token", "tiexin_secret")
    assert [name for name in hidden if PRODUCTION[name] in shown] == []
    assert "p4ss" not in shown


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("port", "http", "PORT：须为整数"),
        ("port", "70000", "PORT：不能大于 65535"),
        ("turn_deadline_seconds", "5", "TURN_DEADLINE_SECONDS：不能大于 4.8"),
        ("wechat_mode", "secure", "WECHAT_MODE：只能是"),
        ("quiet_from", "24:30", "QUIET_FROM：须为 HH:MM"),
        ("tiexin_demo", "maybe", "TIEXIN_DEMO：须为 0 或 1"),
    ],
)
def test_a_value_of_the_wrong_form_is_named(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        settings(**{name: value})


@pytest.mark.parametrize("demo", ["1", "0"])
def test_a_port_that_is_no_number_is_named_in_every_mode(demo: str) -> None:
    with pytest.raises(ConfigError, match="SIMULATOR_PORT：须为整数"):
        settings(tiexin_demo=demo, simulator_port="x")


# -- the demo ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes", ["1", "true", "YES", "on", "y", "t"])
def test_every_spelling_of_demo_mode_fills_the_credentials(yes: str) -> None:
    demo = settings(tiexin_demo=yes)
    assert {name: getattr(demo, name) for name in DEMO_VALUES} == DEMO_VALUES
    demo.check()


def test_the_demo_talks_to_the_simulator_beside_it() -> None:
    demo = settings(tiexin_demo=True, port=8100)
    assert (demo.wechat_api_base, demo.wecom_api_base) == ("http://127.0.0.1:8101", "http://127.0.0.1:8101/wecom-api")
    assert demo.simulator_url == "http://127.0.0.1:8101"


def test_the_simulators_own_port_is_used() -> None:
    demo = settings(tiexin_demo=True, simulator_port="8200")
    assert demo.wechat_api_base == demo.simulator_url == "http://127.0.0.1:8200"


def test_the_environment_wins_over_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEXIN_DEMO", "1")
    monkeypatch.setenv("WECHAT_TOKEN", "ownToken0123456789")
    monkeypatch.setenv("WECHAT_API_BASE", "http://10.0.0.5:9000")
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/tiexin")
    demo = settings()
    assert demo.wechat_token == "ownToken0123456789"
    assert demo.wechat_api_base == "http://10.0.0.5:9000"
    assert demo.database_url == "postgresql://db.example/tiexin"
    assert demo.wechat_app_id == DEMO_VALUES["wechat_app_id"]


def test_another_platform_does_not_keep_the_demos_original_id() -> None:
    demo = settings(tiexin_demo=True, wechat_app_id="wxAnother")
    assert demo.wechat_original_id == ""
    assert demo.wechat_app_secret == DEMO_VALUES["wechat_app_secret"]


def test_a_half_set_group_leaves_the_other_group_alone() -> None:
    demo = settings(tiexin_demo=True, wecom_corp_id="wwAnother")
    assert (demo.wecom_corp_id, demo.wechat_original_id) == ("wwAnother", DEMO_VALUES["wechat_original_id"])


def test_a_short_token_of_another_platform_is_good_enough_for_the_demo() -> None:
    settings(tiexin_demo=True, wechat_token="abc").check()


@pytest.mark.parametrize("token", ["ab", "has space", "a" * 33])
def test_the_demo_refuses_what_the_console_would_refuse(token: str) -> None:
    with pytest.raises(ConfigError, match="WECHAT_TOKEN 须为"):
        settings(tiexin_demo=True, wechat_token=token).check()


def test_the_last_port_leaves_none_for_the_simulator() -> None:
    with pytest.raises(ConfigError, match="SIMULATOR_PORT"):
        settings(tiexin_demo=True, port=65535).check()


# -- a refused start --------------------------------------------------------------------------------------------------


def test_production_values_start() -> None:
    production().check()


@pytest.mark.parametrize("name", PRODUCTION)
def test_a_missing_credential_is_named(name: str) -> None:
    assert f"缺少 {name.upper()}" in refusal(**{name: type(PRODUCTION[name])()})


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "wecom_agent_id"])
def test_a_demo_value_is_refused_in_production(name: str) -> None:
    assert f"{name.upper()} 还是演示用的值" in refusal(**{name: DEMO_VALUES[name]})


@pytest.mark.parametrize("name", ["wechat_token", "wecom_token"])
@pytest.mark.parametrize("token", ["abc", "a1B2c3D4e5F6g7H", "x" * 33, "kR7vTq2mZx9LpW4!", "kR7vTq2m Zx9LpW4s"])
def test_a_short_or_odd_token_is_refused(name: str, token: str) -> None:
    assert f"{name.upper()} 须为 16–32 位字母或数字" in refusal(**{name: token})


@pytest.mark.parametrize(
    "token",
    [
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "0123456789012345",
        "abcdefghijklmnop",
        "ABCDEFGHIJKLMNOPQRST",
        "Token20261121000000",
        "wechattoken12345",
        "defaultdefault01",
    ],
)
def test_a_guessable_token_is_refused(token: str) -> None:
    assert "WECHAT_TOKEN 太容易猜到" in refusal(wechat_token=token)


@pytest.mark.parametrize(
    "name", ["wechat_aes_key", "wechat_aes_key_previous", "wecom_aes_key", "wecom_aes_key_previous"]
)
def test_an_aes_key_of_the_wrong_length_is_refused(name: str) -> None:
    assert f"{name.upper()} 须为 43 位" in refusal(**{name: "a" * 42})


def test_a_short_signing_secret_is_refused() -> None:
    assert "TIEXIN_SECRET 须至少 32 个字符" in refusal(tiexin_secret="short")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("database_url", "mysql://db/tiexin", "DATABASE_URL 须以 postgresql://"),
        ("redis_url", "localhost:6379", "REDIS_URL 须以 redis://"),
        ("wechat_api_base", "api.weixin.qq.com", "WECHAT_API_BASE 须以 https://"),
        ("tiexin_timezone", "Asia/Beijing", "TIEXIN_TIMEZONE=Asia/Beijing 不是时区名"),
        ("tiexin_timezone", "../etc", "TIEXIN_TIMEZONE=../etc 不是时区名"),
    ],
)
def test_a_misplaced_address_or_zone_is_refused(name: str, value: str, said: str) -> None:
    assert said in refusal(**{name: value})


def test_all_problems_are_told_at_once_and_no_value_with_them() -> None:
    said = refusal(wechat_token="shortOne", tiexin_secret="tooShort", wecom_secret="")
    assert [name for name in ("WECHAT_TOKEN", "TIEXIN_SECRET", "WECOM_SECRET") if name not in said] == []
    assert "shortOne" not in said and "tooShort" not in said


# -- .env.example -----------------------------------------------------------------------------------------------------


def _explained() -> dict[str, str]:
    """Return each name of the example with its value; every one has a comment above it."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    named = {}
    for above, line in itertools.pairwise(lines):
        if match := re.fullmatch(r"([A-Z_]+)=(.*)", line):
            assert above.startswith("# "), f"{match[1]} is not explained"
            named[match[1]] = match[2]
    return named


def test_the_example_explains_every_setting() -> None:
    assert sorted(_explained()) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_shows_the_defaults() -> None:
    shown = load_settings(_env_file=EXAMPLE)
    assert shown == settings()
