"""M9: what people wrote was sent on raw, and both platforms make links of `<a href>` in text messages."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.runtime.container import Services
from bot.store.models import Customer
from scripts.simulator.actors import words
from scripts.simulator.testkit import World
from tests.scenarios.caring import file_of
from tests.scenarios.conftest import router
from tests.scenarios.talking import filed

__all__ = ["router"]

EVIL = '<a href="http://evil.test/login">点此登录客户管理系统</a>'
MENU = '<a href="weixin://bizmsgmenu?msgmenucontent=提交&msgmenuid=cs:1:yes">点我</a>'


def _links(text: str) -> list[str]:
    return re.findall(r"<\s*a\b[^>]*>", text, re.IGNORECASE)


def test_a_customers_link_is_no_link_for_his_manager(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    filed(wang)
    wang.says(f"补充一下{EVIL}")
    wang.says("找经理")
    wang.says(f"我要加宽带{EVIL}")
    world.settle()
    got = "\n".join(words(each) for each in zhou.received)
    assert "evil.test" in got
    assert "＜a href" in got
    assert _links(got) == []


def test_the_echo_of_his_own_words_is_no_link(world: World) -> None:
    wang = world.customer("王总")
    wang.says(f"我要投诉，宽带老掉线{MENU}，昨天开始的")
    wang.sends_location(label=f"城东路{MENU}")
    world.settle()
    echoed = "\n".join(words(each) for each in wang.received)
    assert "＜a href" in echoed
    assert not [link for link in _links(echoed) if "cs:1:yes" in link]


def test_our_own_menu_can_still_be_tapped(world: World) -> None:
    wang = world.customer("王总")
    wang.says("我要投诉，宽带老掉线，昨天开始的")
    assert any("bizmsgmenu" in link for each in wang.received for link in _links(str(each.get("content", ""))))


def test_a_name_in_a_file_is_no_link(world: World, services: Services, truth: Session) -> None:
    with services.store.begin() as db:
        file_of(db, "王建国").name = f"王{EVIL}"
    wang, zhou = world.customer("王总"), world.manager("周敏")
    filed(wang)
    world.settle()
    assert _links("\n".join(words(each) for each in zhou.received)) == []
    named = truth.scalars(select(Customer.name).where(Customer.name.contains("evil.test"))).one()
    assert named.startswith("王＜a href")


def test_a_managers_link_is_no_link_for_the_customer(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    zhou.says(f"回复 {number} 请看{EVIL}")
    world.settle()
    assert "＜a href" in words(wang.sees("evil.test"))
