"""Coming, scanning, leaving, coming back; one's own manager; yes and no to care messages."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.scenes import scene_for
from bot.config import Settings
from bot.store.models import Contact
from scripts.simulator.testkit import World
from tests.scenarios.talking import complaint, filed, said, talk


def scene(settings: Settings, userid: str, secret: str = "") -> str:
    return scene_for(userid, secret or settings.tiexin_secret)


def test_a_newcomer_is_welcomed(world: World) -> None:
    tang = world.customer("小唐")
    tang.follows()
    welcome = said(tang)
    assert welcome.startswith("您好，欢迎来到城东网点贵宾服务")
    assert "还没有绑定客户经理" in welcome
    assert "登记投诉报修、查进度" in welcome


def test_a_managers_code_ties_the_newcomer_to_him(world: World, program_settings: Settings) -> None:
    tang, lin = world.customer("小唐"), world.manager("林浩")
    tang.scans(scene(program_settings, "linhao"))
    assert "已为您绑定客户经理林浩" in said(tang)
    lin.sees("通过您的二维码关注了我们")
    assert "已经通知客户经理林浩" in talk(tang, "找经理")
    lin.sees_card("客户找您")


def test_forged_and_foreign_codes_are_passed_over_politely(world: World, program_settings: Settings) -> None:
    tang, wang = world.customer("小唐"), world.customer("王总")
    tang.scans(scene(program_settings, "linhao", "forged" * 8))
    assert "还没有绑定客户经理" in said(tang)
    for code in ("am_linhao_0000", "whatever", "am__", scene(program_settings, "nobody")):
        tang.scans(code)
        assert "还没有绑定客户经理" in said(tang)
    wang.scans(scene(program_settings, "linhao"))
    assert "您已有专属客户经理周敏" in said(wang)


def test_who_leaves_is_forgotten_and_comes_back_as_somebody_new(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    wang.unfollows()
    zhou.sees("王总取消了关注")
    kept = complaint(truth, number)
    assert kept.customer_id is None
    assert kept.phone == ""
    assert kept.contact.openid is None
    wang.follows()
    assert said(wang).startswith("您好，欢迎来到")
    assert "没有查到" in talk(wang, "我的投诉怎么样了")
    assert f"没有找到编号{number}" in talk(wang, number)
    openids = truth.scalars(select(Contact.openid).where(Contact.openid == wang.person.address)).all()
    assert len(openids) == 1


@pytest.mark.parametrize("words", ["帮我找一下客户经理", "转人工", "让周经理给我回个电话"])
def test_the_manager_is_called(world: World, words: str) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    assert "已经通知客户经理周敏，今天12:00前联系您" in talk(wang, words)
    zhou.sees_card(("客户找您", "王建国", "13800131001"))
    assert "已经通知过周敏" in talk(wang, "找经理")


def test_who_and_how_to_call(world: World) -> None:
    for words in ("我的客户经理是谁", "周敏电话多少"):
        assert "您的客户经理是周敏，电话13800130001" in talk(world.customer("王总"), words)


def test_words_left_for_the_manager_reach_him_and_his_come_back(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    talk(wang, "找经理")
    assert "这句话已经转给周敏" in talk(wang, "上回说的那份合同，麻烦帮我带两份过来盖章")
    zhou.sees(("王建国留言", "带两份过来盖章"))
    assert "客气" in talk(wang, "谢谢")
    zhou.taps("回复")
    assert "已交给微信发给王建国" in talk(zhou, "好的，下午三点到。")
    wang.sees("客户经理周敏回复您：\n好的，下午三点到。")
    assert "客户找您" not in talk(zhou, "待办")


def test_out_of_working_time(world: World) -> None:
    world.clock.advance(hours=11)
    assert "现在是休息时间" in talk(world.customer("王总"), "找经理")


@pytest.mark.parametrize("words", ["退订关怀", "别再给我发祝福短信了", "取消訂閱關懷"])
def test_no_more_greetings(world: World, words: str) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    assert "今后不再给您发问候" in talk(wang, words)
    zhou.sees("退订了问候和推荐")
    assert "之前已经退订了" in talk(wang, "退订关怀")
    assert "已为您恢复" in talk(wang, "恢复关怀")
    assert "一直是开着的" in talk(wang, "恢复关怀")


def test_no_more_greetings_does_not_stop_news_of_a_complaint(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    talk(wang, "退订关怀")
    number = filed(wang)
    talk(zhou, f"接单 {number}")
    wang.sees("客户经理周敏已经接单")
