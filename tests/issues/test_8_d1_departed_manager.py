"""Issue 8, D1: a manager who has left (inactive) was still named to his customers."""

from __future__ import annotations

import pytest

from bot.channels.scenes import scene_for
from tests.handlers.conftest import clock, pack, people, phone, pipeline, staff, stranger

__all__ = ["clock", "pack", "people", "phone", "pipeline", "staff", "stranger"]

SAID = (
    "你好",
    "我的客户经理是谁",
    "王芳电话多少",
    "找经理",
    "催一下",
    "投诉进度",
    "月租最低的套餐是哪个",
    "谢谢",
    "帮助",
)


@pytest.fixture
def left(db, people, phone, staff):
    """王芳 took 王总's complaint, and left."""
    phone.says("我家宽带老掉线，投诉")
    for _ in range(8):
        if "TS" in phone.says("三天前开始的，号码13800131001，希望尽快修好，可以打电话"):
            break
        if "TS" in phone.says("确认提交"):
            break
    number = _number(phone)
    staff("wangfang").says(f"接单 {number}")
    people.manager.active = False
    db.commit()
    return number


def _number(phone) -> str:
    said = phone.says("投诉进度")
    return said[said.index("TS") :][:15]


@pytest.mark.parametrize("words", SAID)
def test_nothing_names_one_who_has_left(left, phone, words):
    answer = phone.says(words)
    assert answer
    assert "王芳" not in answer


def test_his_superior_has_the_complaint_in_hand(left, phone):
    assert "何建华" in phone.says(f"{left} 还有一句要补充：晚上更慢")


def test_a_departed_managers_code_ties_nobody_to_him(db, people, stranger, settings):
    people.manager.active = False
    db.commit()
    scene = scene_for(str(people.manager.id), settings.tiexin_secret)
    assert "王芳" not in stranger.event("subscribe", f"qrscene_{scene}")
