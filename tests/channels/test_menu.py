"""The custom menu: every limit of the platform has a sentence, a good menu has the platform's form."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.channels.menu import menu_payload, menu_problems

GOOD = {
    "buttons": [
        {
            "name": "办业务",
            "sub_buttons": [{"name": "查套餐", "key": "ask:套餐"}, {"name": "网厅", "url": "https://a.cn"}],
        },
        {"name": "我要投诉", "key": "intent:complaint.file"},
    ]
}


def one(**button: object) -> dict:
    return {"buttons": [{"name": "菜单", **button}]}


def test_the_platforms_form() -> None:
    assert menu_problems(GOOD) == []
    assert menu_payload(GOOD) == {
        "button": [
            {
                "name": "办业务",
                "sub_button": [
                    {"type": "click", "name": "查套餐", "key": "ask:套餐"},
                    {"type": "view", "name": "网厅", "url": "https://a.cn"},
                ],
            },
            {"type": "click", "name": "我要投诉", "key": "intent:complaint.file"},
        ]
    }


@pytest.mark.parametrize(
    ("menu", "words"),
    [
        (None, "buttons"),
        ([], "buttons"),
        ({"buttons": []}, "至少一个"),
        ({"buttons": [{"name": "a", "key": "k"}] * 4}, "有 4 个，最多 3 个"),
        ({"buttons": ["a"]}, "第 1 个一级菜单须写成"),
        (one(), "须有 key 或 url 其中之一"),
        (one(key="a", url="https://b"), "须有 key 或 url 其中之一"),
        (one(name="五个汉字长的名", key="k"), "有 21 字节，最多 16 字节（约 5 个汉字）"),
        (one(name=" ", key="k"), "没有 name"),
        (one(key="键" * 43), "1–128 字节"),
        (one(key=7), "1–128 字节"),
        (one(url="javascript:alert(1)"), "https://"),
        (one(url="https://" + "a" * 1024), "1024 字节"),
        (one(sub_buttons=[]), "1–5 个"),
        (one(sub_buttons=[{"name": "a", "key": "k"}] * 6), "1–5 个"),
        (one(key="k", sub_buttons=[{"name": "a", "key": "k"}]), "不能再有 key"),
        (one(sub_buttons=[{"name": "字" * 21, "key": "k"}]), "第 1 个子菜单“字字字"),
        (one(sub_buttons=["a"]), "第 1 个子菜单须写成"),
    ],
)
def test_each_limit(menu: object, words: str) -> None:
    problems = menu_problems(menu)
    assert len(problems) == 1
    assert words in problems[0]


@pytest.mark.parametrize("path", sorted(Path("knowledge").glob("*/menu.yaml")), ids=str)
def test_the_packs_menus_are_good(path: Path) -> None:
    assert menu_problems(yaml.safe_load(path.read_text(encoding="utf-8"))) == []
