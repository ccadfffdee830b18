"""The two command lines over the channels: menu and QR code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.channels.scenes import scene_for
from bot.config import DEMO_VALUES
from scripts import create_menu, make_qr
from tests.channels.server import FakeApi

MENU = Path("knowledge/telecom/menu.yaml")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fake_api: FakeApi) -> Path:
    """The demo's settings with our platform and a knowledge folder of our own."""
    (tmp_path / "telecom").mkdir()
    shutil.copy(MENU, tmp_path / "telecom" / "menu.yaml")
    for name, value in {
        "TIEXIN_DEMO": "1",
        "WECHAT_API_BASE": fake_api.base,
        "TIEXIN_KNOWLEDGE": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path


class TestMenu:
    def test_it_is_put_on_the_account(self, fake_api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
        assert create_menu.main([]) == 0
        assert "菜单已放到公众号 official" in capsys.readouterr().out
        assert len(fake_api.calls("/cgi-bin/menu/create")[0].json["button"]) == 3

    def test_a_dry_run_sends_nothing(self, fake_api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
        assert create_menu.main(["--dry-run", "--industry", "telecom"]) == 0
        assert "检查通过" in capsys.readouterr().out
        assert not fake_api.asked

    def test_a_menu_beyond_the_limits(
        self, environment: Path, fake_api: FakeApi, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (environment / "telecom" / "menu.yaml").write_text(
            "buttons: [{name: 一个很长的名字, key: k}]", encoding="utf-8"
        )
        assert create_menu.main([]) == 2
        assert "最多 16 字节" in capsys.readouterr().err
        assert not fake_api.asked

    @pytest.mark.parametrize("arguments", [["--industry", "none"], ["--account", "none"]])
    def test_what_is_not_there(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert create_menu.main(arguments) == 2
        assert "none" in capsys.readouterr().err

    def test_the_platform_says_no(self, fake_api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
        fake_api.tell("/cgi-bin/stable_token", {"errcode": 40164, "errmsg": "invalid ip"})
        assert create_menu.main([]) == 1
        assert "IP 白名单" in capsys.readouterr().err


class TestQr:
    SCENE = scene_for(12, DEMO_VALUES["tiexin_secret"])

    def test_it_is_made(self, fake_api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
        fake_api.tell("/cgi-bin/qrcode/create", {"ticket": "t", "url": "http://q", "expire_seconds": 604_800})
        assert make_qr.main(["12", "--days", "7"]) == 0
        out = capsys.readouterr().out
        assert self.SCENE in out
        assert "showqrcode?ticket=t" in out
        assert "7 天内有效" in out
        assert fake_api.calls("/cgi-bin/qrcode/create")[0].json["expire_seconds"] == 604_800

    def test_a_permanent_one(self, fake_api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
        fake_api.tell("/cgi-bin/qrcode/create", {"ticket": "t", "url": "http://q"})
        assert make_qr.main(["12", "--permanent"]) == 0
        assert "永久有效" in capsys.readouterr().out

    def test_a_dry_run_sends_nothing(self, fake_api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
        assert make_qr.main(["12", "--dry-run"]) == 0
        assert capsys.readouterr().out == f"场景值：{self.SCENE}\n"
        assert not fake_api.asked

    @pytest.mark.parametrize(("arguments", "words"), [(["a_b"], "1–44 位"), (["12", "--account", "none"], "none")])
    def test_what_is_refused(self, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert make_qr.main(arguments) == 2
        assert words in capsys.readouterr().err

    def test_the_platform_says_no(self, fake_api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
        fake_api.tell("/cgi-bin/qrcode/create", {"errcode": 48001, "errmsg": "api unauthorized"})
        assert make_qr.main(["12"]) == 1
        assert "认证服务号" in capsys.readouterr().err
