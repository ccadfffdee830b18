"""Issue 8, J9: `complaints.yaml` was read from disk in a customer's turn, half saved or not; `levels` by nobody."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.understanding import KnowledgeError, Understanding
from tests.conftest import KNOWLEDGE
from tests.handlers.conftest import clock, pack, people, phone, pipeline

__all__ = ["clock", "pack", "people", "phone", "pipeline"]


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    """A copy of the knowledge that an editor works on."""
    for name in ("common", "schema", "telecom"):
        shutil.copytree(KNOWLEDGE / name, tmp_path / "knowledge" / name)
    return tmp_path / "knowledge"


@pytest.fixture
def settings(settings, knowledge):
    """The program reads its knowledge there; the pack in force was read before."""
    return settings.model_copy(update={"tiexin_knowledge": knowledge})


def test_a_half_saved_file_is_not_live(phone, pack, knowledge):
    (knowledge / "telecom" / "complaints.yaml").write_text("categories:\n  - id: net", encoding="utf-8")
    said = phone.says("我家宽带老掉线，我要投诉")
    soothing = [each.soothe for each in pack.understanding.categories() if each.soothe]
    assert any(words in said for words in soothing)


def test_what_is_saved_waits_for_the_packs_version(phone, knowledge):
    file = knowledge / "telecom" / "complaints.yaml"
    whole = file.read_text(encoding="utf-8")
    file.write_text(
        whole.replace("网络不好用确实耽误事", "还没检查过的话").replace("家里、单位没网", "还没检查过的话"), "utf-8"
    )
    assert "还没检查过的话" not in phone.says("我家宽带老掉线，我要投诉")


def test_the_categories_come_with_all_the_form_asks(pack):
    known = {each.id: each for each in pack.understanding.categories()}
    assert known["network"].needs == ("what", "since", "where", "call")
    assert known["network"].ask["since"].startswith("大概从什么时候开始的")
    assert known["network"].soothe


@pytest.mark.parametrize("key", ["levels: []", "colour: red"])
def test_a_key_nobody_reads_is_an_error(knowledge, key):
    file = knowledge / "telecom" / "complaints.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{key}\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=key.partition(":")[0]):
        Understanding.load(knowledge, "telecom")


def test_no_handler_reads_a_file():
    root = Path(__file__).parents[2] / "handlers"
    assert [path.name for path in root.rglob("*.py") if "import yaml" in path.read_text(encoding="utf-8")] == []
