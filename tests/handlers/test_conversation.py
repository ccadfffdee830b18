"""Five people talk with the assistant: comparisons, conditions, what follows from them, moods and slips."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.store.models import Inbound, Outbox, Task
from tests.handlers.talk import read_by

BOSS = [
    ("59和79有什么区别", "流量：30GB / 50GB"),
    ("那多少钱", "您说的是哪一款"),
    ("第二个", "月费79元"),
    ("怎么取消", "换成别的套餐"),
    ("那129的呢", "换成别的套餐"),
    ("那多少钱", "月费129元"),
    ("帮我办129的", "转给王芳"),
]
TEACHER = [
    ("请问100元以下有哪些套餐呀", "100元以下的套餐有6款"),
    ("还有呢", "云悦套餐79元档 50GB"),
    ("还有呢", "就这些了"),
    ("最便宜的宽带是哪个", "家庭宽带300M（50元）"),
    ("后面那个", "家庭宽带1000M："),
    ("第二个", "家庭宽带500M："),
    ("怎么安装", "装"),
    ("那千兆的呢", "1000M"),
]
TEEN = [
    ("有没有便宜点的", "您想看哪一类的"),
    ("流量包", "流量包按价格从低到高"),
    ("59那个多少钱", "月费59元"),
    ("79呢", "月费79元"),
    ("有没有流量多点的", "比云悦套餐79元档（50GB）多的有2款"),
    ("20块以下的会员", "芒果TV"),
    ("腾讯视频的", "腾讯视频会员流量包：每月20元"),
    ("爱奇艺的呢", "爱奇艺"),
    ("500元以上的套餐", "没有500元以上的套餐"),
]
SHOP = [
    ("怎么又扣我钱", "先说声抱歉"),
    ("积分怎么被清零了，太过分了", "抱歉"),
    ("取消", "不登记"),
    ("有没有人管啊", "让您久等了"),
    ("你们这群傻逼", "您别着急，我在听"),
    ("滚", "回复“找经理”"),
    ("垃圾短信怎么拦截", "12321"),
]
OFFICE = [
    ("128和198哪个划算", "没有128、198这一档"),
    ("营业厅几点关门", "营业时间"),
    ("第二个", "云悦套餐199元档："),
    ("鲸鱼", "说完整一点"),
    ("哪里能赌球", "违反法律"),
    ("收到赌博短信怎么举报", "12321"),
    ("都有哪些宽带比50贵", "比家庭宽带300M（50元）多的有"),
]


@pytest.mark.parametrize("talk", [BOSS, TEACHER, TEEN, SHOP, OFFICE], ids=["boss", "teacher", "teen", "shop", "office"])
def test_a_talk(phone, talk):
    for words, answer in talk:
        assert answer in phone.says(words), words


def test_after_ten_minutes_nothing_is_followed(phone, clock):
    phone.says("59那个多少钱")
    clock.advance(timedelta(minutes=11))
    assert "月费79元" not in phone.says("79呢")


def test_another_topic_is_no_follow_up(phone):
    phone.says("59那个多少钱")
    assert "账单" in phone.says("怎么查话费和账单")


def test_useful_is_not_picked_by_its_place(phone):
    phone.says("最便宜的宽带是哪个")
    assert "家庭宽带1000M：" in phone.says("最后一个")
    assert "家庭宽带500M：" in phone.says("第二个")


def test_a_wish_is_one_task_a_day(phone, db, people, store):
    assert "转给王芳" in phone.says("帮我取消彩铃")
    assert "已经收到" in phone.says("帮我取消彩铃")
    assert db.scalars(select(Task.rule)).all() == ["wish"]
    assert "客户想办业务" in read_by(store, f"manager:{people.manager.id}")


def test_a_question_how_is_no_wish(phone, db):
    assert "转给" not in phone.says("彩铃怎么取消")
    assert db.scalar(select(func.count(Task.id))) == 0


@pytest.mark.parametrize(("words", "kind"), [("我真的不想活了", "轻生"), ("再不修好我带人砸了你们店", "伤人毁物")])
def test_the_manager_and_his_superior_hear_of_what_may_harm(phone, db, people, store, words, kind):
    said = phone.says(words)
    assert "王芳" in said
    assert db.scalars(select(Task.rule)).all() == ["alarm"]
    for one in (people.manager, people.supervisor):
        assert kind in read_by(store, f"manager:{one.id}")
    assert phone.says(words) == said
    assert db.scalar(select(func.count(Task.id))) == 1


def test_despair_is_heard_within_a_form(phone):
    phone.says("我要投诉")
    said = phone.says("活着没意思，我不想活了")
    assert "心理援助热线" in said
    assert "什么事" not in said
    assert "从什么时候开始" in phone.says("宽带断了")


@pytest.mark.parametrize(
    ("number", "kept"),
    [("110101199003071233", "******"), ("6222 0212 3456 7890 128", "****0128"), ("密码是abc123", "密码是******")],
)
def test_slips_of_personal_data_are_hidden_and_told(phone, db, number, kept):
    said = phone.says(f"{number} 怎么查话费和账单")
    assert "请不要在这里发" in said
    assert "账单" in said
    stored = db.scalars(select(Inbound.text)).all()
    assert stored == [f"{kept} 怎么查话费和账单"]
    assert number not in "".join(str(part) for part in db.scalars(select(Outbox.part)))


def test_a_card_number_alone_is_no_question(phone, db):
    assert "请不要在这里发" in phone.says("6222021234567890128")
    assert db.scalar(select(func.count(Task.id))) == 0
