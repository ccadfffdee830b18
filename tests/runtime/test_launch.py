"""What the one-machine start prepares for its processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import ConfigError, Settings, load_settings
from bot.runtime import launch
from bot.runtime.processes import PortBusy


@pytest.fixture
def demo(tmp_path: Path) -> Settings:
    return load_settings(_env_file=None, tiexin_demo=True, tiexin_home=tmp_path, port=8460)


def test_counts_of_an_earlier_start_are_forgotten(demo: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    folder = Path(launch.metrics_folder(demo))
    (folder / "counter_1.db").touch()
    assert launch.metrics_folder(demo) == str(folder)
    assert list(folder.iterdir()) == []


def test_a_process_leaves_the_folder_its_parent_made_alone(demo: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker beside it may have begun to count already."""
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    folder = Path(launch.metrics_folder(demo))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    (folder / "counter_1.db").touch()
    launch.metrics_folder(demo)
    assert [path.name for path in folder.iterdir()] == ["counter_1.db"]


def test_two_servers_on_one_home_count_apart(demo: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    other = demo.model_copy(update={"port": 8462})
    assert launch.metrics_folder(demo) != launch.metrics_folder(other)


def test_a_busy_port_is_told_before_anything_is_started(demo: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(host: str, port: int) -> None:
        raise PortBusy(port)

    monkeypatch.setattr(launch, "require_free", busy)
    with pytest.raises(PortBusy):
        launch.everything(demo, Path(__file__).parents[2])
    assert list(demo.tiexin_home.iterdir()) == []


def test_an_address_of_another_machine_is_told(demo: Settings) -> None:
    with pytest.raises(ConfigError, match=r"HOST=192\.0\.2\.1"):
        launch.everything(demo.model_copy(update={"host": "192.0.2.1"}), Path(__file__).parents[2])
