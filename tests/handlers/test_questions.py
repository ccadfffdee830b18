"""Questions, the honest "not sure", and small talk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.dialogue import Turn
from bot.messages import Article, Kind, Picture
from bot.store.models import Branch, Level, Task, Unanswered
from bot.understanding import Answer, Card, Choice, Choices, Link, Unknown
from tests.handlers.talk import last_card, read_by, sent_to


@pytest.fixture
def understood(monkeypatch, pack):
    """Let the engine answer what a test wants."""

    def answer(outcome):
        monkeypatch.setattr(type(pack.understanding), "understand", lambda self, text, context: outcome)

    return answer


def test_answer_is_given_and_remembered(phone, understood, monkeypatch):
    link = Link("看详情", "https://example.com/?a=1&b=2")
    understood(Answer("{{customer}}，打{{manager}}：{{manager_phone}}。{{nothing}}", "entry:a", "甲", 1.0, link))
    said = phone.says("怎么办")
    assert "王总，打王芳：1390000" in said
    assert '<a href="https://example.com/?a=1&amp;b=2">看详情</a>' in said
    assert "{{" not in said
    seen = []
    monkeypatch.setattr(Turn, "context", lambda turn: seen.append(turn.session.last))
    phone.says("那多少钱")
    assert seen == ["entry:a"]


def test_two_questions_two_answers(phone, understood):
    understood(Answer("一", "entry:a", "甲", 1.0, more=(Answer("二", "entry:b", "乙", 1.0),)))
    said = phone.says("两件事")
    assert "① 一" in said
    assert "② 二" in said


def test_choice_by_number_label_and_tap(phone, understood, pack):
    entry = "entry:tel-bb-slow"
    first = pack.understanding.answer(entry, _context()).text[:12]
    for pick in ("1", "宽带网速慢"):
        understood(Choices("您想问的是？", (Choice(entry, "宽带网速慢"), Choice("entry:none", "没有的")), 0.5))
        assert f"ask:{entry}" in phone.says("网速")
        assert first in phone.says(pick)
    assert first in phone.taps(f"ask:{entry}")
    assert "已经更新" in phone.taps("ask:entry:none")


def _context():
    from datetime import date

    from bot.understanding import Context

    return Context(date(2026, 11, 20))


def test_expired_choice_is_told(phone):
    assert "过时" in phone.taps("old:1")


def test_not_sure_names_the_manager_who_reads_it_and_records_without_personal_data(
    phone, people, understood, store, db
):
    understood(Unknown("unsure", ("entry:a",), None))
    said = phone.says("王建国13812345678的卡6222021234567890123怎么了")
    assert "不确定" in said
    assert "王芳" in said
    assert "今天14:00前" in said
    row = db.scalars(select(Unanswered)).one()
    assert row.text == "〔姓名〕〔号码〕的卡〔证件或卡号〕怎么了"
    assert (row.reason, row.candidates) == ("unsure", ["entry:a"])
    assert db.scalars(select(Task)).one().rule == "unanswered"
    assert "王建国13812345678的卡****0123" in read_by(store, f"manager:{people.manager.id}")


def test_same_question_makes_one_task_a_day(phone, understood, clock, db):
    understood(Unknown("far", (), None))
    phone.says("火星套餐多少钱")
    assert "已经在看了" in phone.says("火星套餐多少钱")
    assert db.scalar(select(func.count(Task.id))) == 1
    clock.advance(timedelta(days=1))
    phone.says("火星套餐多少钱")
    db.rollback()
    assert db.scalar(select(func.count(Task.id))) == 2
    assert db.scalar(select(func.count(Unanswered.id))) == 3


def test_nobodys_customer_still_gets_a_time(stranger, understood, people, db):
    understood(Unknown("far", (), None))
    said = stranger.says("火星套餐多少钱")
    assert "何建华" in said
    assert "今天14:00前" in said
    assert db.scalars(select(Task)).one().manager_id == people.supervisor.id


def test_managers_answer_reaches_the_customer(phone, staff, people, understood, store):
    understood(Unknown("far", (), None))
    phone.says("火星套餐多少钱")
    card = last_card(store, f"manager:{people.manager.id}")
    wang = staff("wangfang")
    assert "请直接打字" in wang.button("task.reply", card.task_id)
    assert "已交给微信" in wang.says("还没有火星套餐，先用畅享套餐。")
    assert "还没有火星套餐" in read_by(store, f"contact:{people.contact.id}")
    assert "没有找到" in wang.button("task.reply", card.task_id)
    assert "没有找到" in wang.button("task.done", card.task_id)


def test_a_scrap_is_asked_to_be_said_in_full(phone, understood, db):
    understood(Unknown("far", (), None))
    assert "说完整一点" in phone.says("鲸鱼")
    assert db.scalar(select(func.count(Task.id))) == 0


def test_words_left_for_the_manager_are_passed_on_once(phone, understood, people, store, clock):
    phone.says("帮我找一下客户经理")
    understood(Answer("一", "entry:a", "甲", 1.0))
    assert "您的话也转给王芳了" in phone.says("合同带两份")
    assert phone.says("合同带两份") == "一"
    understood(Unknown("far", (), None))
    phone.says("转接客户经理")
    assert "合同带两份" in read_by(store, f"manager:{people.manager.id}")


def test_words_long_after_are_a_question_again(phone, understood, clock):
    phone.says("帮我找一下客户经理")
    clock.advance(timedelta(minutes=11))
    understood(Answer("一", "entry:a", "甲", 1.0))
    assert phone.says("合同带两份") == "一"


def test_long_unknown_is_asked_to_be_short(phone, understood):
    understood(Unknown("far", (), None))
    assert "一次看不了这么长" in phone.says("啊" * 10_000)


def test_recognised_voice_is_a_question(phone, understood):
    understood(Answer("一", "entry:a", "甲", 1.0))
    assert phone.sends(Kind.VOICE, recognition="怎么查流量") == "一"


def test_recognised_voice_is_an_intent(phone):
    assert "王芳" in phone.sends(Kind.VOICE, recognition="帮我找客户经理")


def test_menu_question(phone):
    said = phone.event("click", "ask:怎么查话费和账单")
    assert "账单" in said or "话费" in said
    assert phone.event("click", "other")


@pytest.mark.parametrize(
    ("hour", "greeting"), [(8, "早上好"), (14, "下午好"), (19, "晚上好"), (11, "我在呢"), (3, "我在呢")]
)
def test_greeting_by_the_hour(phone, clock, hour, greeting):
    clock.advance(timedelta(hours=(hour - 10) % 24))
    assert f"王总{greeting}" in phone.says("你好") or greeting in phone.says("你好")


def test_thanks_bye_praise(phone, people, store):
    assert "客气" in phone.says("谢谢")
    assert "慢走" in phone.says("再见")
    assert "王芳" in phone.says("小王服务态度真好，给你们点赞，表扬一下")
    assert "想表扬谁" in phone.event("click", "intent:praise")
    assert "已经记下" in phone.says("王芳特别耐心")
    told = read_by(store, f"manager:{people.manager.id}")
    assert "王芳特别耐心" in told
    assert "王芳特别耐心" in read_by(store, f"manager:{people.supervisor.id}")


def test_what_others_see_to_is_said_and_makes_no_task(phone, understood, db):
    understood(Unknown("not_ours", (), None, "电费由供电公司收。"))
    assert phone.says("电费怎么交") == "电费由供电公司收。"
    assert db.scalar(select(func.count()).select_from(Task)) == 0
    assert db.scalar(select(func.count()).select_from(Unanswered)) == 0


def test_card_and_picture_follow_the_words(phone, understood, people, store):
    card = Card("城东网点", "点开看地图", "https://example.com/map", "https://example.com/map.png")
    understood(Answer("在解放路8号。", "entry:a", "甲", 1.0, card=card, picture="MEDIA"))
    assert phone.says("网点在哪") == "在解放路8号。"
    shown = sent_to(store, f"contact:{people.contact.id}")
    assert shown == [Picture("MEDIA"), Article(card.title, card.text, card.url, card.picture)]


def test_a_mini_program_is_a_link_with_a_page_for_other_phones(phone, understood):
    link = Link("打开小程序", "https://example.com/app", "wx0123456789abcdef", "pages/index?a=1")
    understood(Answer("在小程序里办。", "entry:a", "甲", 1.0, link))
    assert phone.says("怎么办").endswith(
        '<a data-miniprogram-appid="wx0123456789abcdef" data-miniprogram-path="pages/index?a=1" '
        'href="https://example.com/app">打开小程序</a>'
    )


def test_understanding_is_told_level_and_branch(phone, people, db, monkeypatch, pack):
    people.customer.level = Level.GOLD
    branch = db.get(Branch, people.customer.branch_id)
    branch.placeholders = {"branch": "城东网点"}
    db.commit()
    seen = []
    monkeypatch.setattr(type(pack.understanding), "understand", lambda self, text, context: seen.append(context))
    phone.says("怎么办")
    assert (seen[0].level, seen[0].branch) == ("金", "城东网点")
