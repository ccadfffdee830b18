"""People who write whatever comes to their mind are always answered, and nothing ever breaks."""

from __future__ import annotations

import random

import pytest

from bot.messages import Kind

WORDS = [
    "你好",
    "我要投诉",
    "网速慢死了，再不修我换联通了",
    "你们乱扣我三十块钱",
    "昨天开始的",
    "13912345678",
    "可以打",
    "跳过",
    "上一步",
    "取消",
    "提交",
    "确认",
    "不对",
    "1",
    "2",
    "我的投诉怎么样了",
    "催一下",
    "解决了",
    "没解决",
    "补充：还有一点",
    "撤销投诉",
    "帮我找客户经理",
    "谢谢",
    "表扬一下小王",
    "",
    "火星套餐多少钱",
    "TS20261120-0001",
    "怎么查流量",
]
STAFF = [
    "任务",
    "我的投诉",
    "今日",
    "完成 1",
    "接单 TS20261120-0001",
    "回复 TS20261120-0001 您好",
    "回复 TS20261120-0002",
    "取消",
    "您好，我来处理",
    "",
]
CHOICES = ["cs:1:yes", "cs:1:no", "cw:1", "cw:1:yes", "rv:1:bad", "rv:1:good", "form:yes", "form:cancel", "ask:x"]


@pytest.mark.parametrize("seed", range(4))
def test_wandering(phone, staff, seed):
    choose = random.Random(seed)
    wang = staff("wangfang")
    for _ in range(80):
        step = choose.random()
        if step < 0.7:
            said = phone.says(choose.choice(WORDS))
        elif step < 0.8:
            said = phone.taps(choose.choice(CHOICES))
        elif step < 0.9:
            said = phone.sends(choose.choice([Kind.PICTURE, Kind.VOICE, Kind.LOCATION, Kind.STICKER, Kind.UNKNOWN]))
        else:
            said = wang.says(choose.choice(STAFF))
        assert said
        assert "系统出了点问题" not in said
        assert "{{" not in said
