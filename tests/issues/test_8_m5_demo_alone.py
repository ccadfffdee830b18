"""M5: everybody knows the demo's credentials, so it runs beside no real account and for no other machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import ConfigError, load_settings

ROOT = Path(__file__).parents[2]


def refusal(**settings: object) -> str:
    with pytest.raises(ConfigError) as refused:
        load_settings(_env_file=None, tiexin_demo=True, **settings).check()
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wechat_app_id", "wx0123456789abcdef"),
        ("wechat_app_secret", "0123456789abcdef0123456789abcdef"),
        ("wechat_original_id", "gh_0123456789ab"),
        ("wecom_corp_id", "ww0123456789abcdef"),
        ("wecom_agent_id", 1000007),
        ("wecom_secret", "0123456789abcdef0123456789abcdef"),
    ],
)
def test_any_piece_of_a_real_account_is_named_and_refused(name: str, value: object) -> None:
    said = refusal(**{name: value})
    assert name.upper() in said and "TIEXIN_DEMO=0" in said
    assert "\n" not in said


def test_a_file_of_real_accounts_is_refused(tmp_path: Path) -> None:
    assert "TIEXIN_ACCOUNTS_FILE" in refusal(tiexin_accounts_file=tmp_path / "accounts.yaml")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "demo.example.cn"])
def test_the_demo_is_not_opened_to_other_machines(host: str) -> None:
    said = refusal(host=host)
    assert f"HOST={host}" in said and "127.0.0.1" in said
    assert "\n" not in said


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.1.1", "localhost", "::1"])
def test_the_demo_by_itself_starts(host: str) -> None:
    load_settings(_env_file=None, tiexin_demo=True, host=host, wechat_api_base="http://127.0.0.1:9").check()


@pytest.mark.parametrize("command", ["all", "serve", "worker", "scheduler"])
def test_every_part_refuses_in_one_sentence(command: str, tmp_path: Path) -> None:
    """As `./scripts/run` starts it for somebody who has filled in his account and nothing else."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    own = {"TIEXIN_DEMO": "1", "WECHAT_APP_ID": "wx0123456789abcdef", "TIEXIN_HOME": str(tmp_path / "var")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), command],
        env={**kept, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "WECHAT_APP_ID" in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "var").exists()
