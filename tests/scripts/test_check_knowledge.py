"""Checking a pack before it is used."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import check_knowledge
from tests.understanding.conftest import FILES

PACK = """
name: boats
title: 游船
placeholders: {hotline: 服务热线}
banned: [绝对]
"""
ENTRIES = """
- id: boat-rent
  category: 租船
  question: 游船怎么租
  variants: [租船流程, 怎么租一条船, 我想租船, 船在哪租]
  answer: 到码头出示身份证，或拨{{hotline}}。
- id: boat-price
  category: 租船
  question: 租一小时船多少钱
  variants: [游船价格, 船租多少, 一小时几块, 租船收费标准]
  answer: 一小时六十元。
"""
Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Write the pack with these entries, check it, and return the exit code and what was printed."""

    def run(entries: str = ENTRIES, pack: str = PACK, products: str = "", hints: bool = False) -> tuple[int, str]:
        folder = tmp_path / "boats"
        for name, text in (("pack", pack), ("entries/rent", entries), ("products/boats", products)):
            if text:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        if not (tmp_path / "common").exists():
            (tmp_path / "common").mkdir()
            for name in ("intents", "aspects"):
                text = textwrap.dedent(FILES[f"common/{name}.yaml"])
                (tmp_path / "common" / f"{name}.yaml").write_text(text, encoding="utf-8")
        arguments = ["--knowledge", str(tmp_path), "--today", "2026-11-21", *(["--hints"] if hints else [])]
        code = check_knowledge.main(arguments)
        return code, capsys.readouterr().out

    return run


def test_a_good_pack_passes(check: Check) -> None:
    assert check() == (0, "boats：0 个错误，0 条提示\n")


def test_the_shipped_packs_pass() -> None:
    assert check_knowledge.main([]) == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{{hotline}}", "{{hotlime}}", "rent.yaml 第6行：占位符“{{hotlime}}”没有定义"),
        ("一小时六十元", "绝对只要六十元", "rent.yaml 第11行：回答里不能出现“绝对”"),
        ("游船价格,", "租船流程,", "rent.yaml 第10行：问法“租船流程”在“boat-rent”里已经有了"),
        ("boat-price", "boat-rent", "编号“boat-rent”在 rent.yaml 里已经用过"),
        ("一小时六十元。", "一小时六十元。\n  valid: {to: 2026-01-31}", "“boat-price”已于 2026-01-31 到期"),
        ("  category: 租船\n  question: 游船怎么租\n", "  question: 游船怎么租\n", "缺少“category”"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(check: Check, old: str, new: str, said: str) -> None:
    code, out = check(ENTRIES.replace(old, new))
    assert code == 1
    assert said in out
    assert out.startswith("错误 ")


def test_nearly_the_same_wordings_are_only_a_hint(check: Check) -> None:
    entries = ENTRIES.replace("租船收费标准", "周末带孩子去湖上划船一个小时要多少钱呀")
    code, out = check(entries.replace("我想租船", "周末带孩子去湖上划船半个小时要多少钱呀"), hints=True)
    assert code == 0
    assert "几乎一样" in out


def test_a_name_of_two_products_is_a_hint(check: Check) -> None:
    product = "- {id: boat-%s, name: %s, aliases: [大船], aspects: {价格: 六十元}}\n"
    code, out = check(products=product % ("a", "龙舟号") + product % ("b", "凤凰号"), hints=True)
    assert code == 0
    assert "叫法“大船”也是“boat-a”的" in out


def test_a_folder_without_packs_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_knowledge.main(["--knowledge", str(tmp_path)]) == 1
    assert "没有行业包" in capsys.readouterr().err
