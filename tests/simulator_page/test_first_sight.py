"""What somebody who opens the page for the first time sees, and what is said of days that were played."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from scripts.simulator.platform import Platform

from .conftest import SMALL, open_page
from .product import send_card
from .test_page import customer, manager, said, write

CONTRAST = """(one) => {
  const light = (words) => {
    const [r, g, b] = words.match(/[0-9]+/g).map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(one);
  const [dark, bright] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}"""


def hints(phone: Locator) -> Locator:
    return phone.get_by_role("region", name="可以试试").get_by_role("button")


def test_the_first_screen_says_what_to_try_from_the_menu(page: Page, platform: Platform) -> None:
    platform.menu = {
        "button": [
            {"name": "我要咨询", "sub_button": [{"type": "click", "name": "挂失", "key": "ask:卡丢了怎么办"}]},
            {"type": "click", "name": "联系客户经理", "key": "intent:manager.talk"},
        ]
    }
    phone = customer(page)
    expect(hints(phone)).to_have_text(["卡丢了怎么办", "联系客户经理"])
    hints(phone).first.click()
    expect(said(phone, "me").last).to_contain_text("卡丢了怎么办")
    expect(said(phone, "them").last).to_contain_text("收到：卡丢了怎么办")
    expect(hints(phone)).to_have_count(0)


def test_one_can_write_at_once_and_the_menu_is_one_tap_away(page: Page) -> None:
    phone = customer(page)
    expect(phone.get_by_label("输入消息")).to_be_editable()
    phone.get_by_role("button", name="切换到菜单").click()
    expect(phone.get_by_role("button", name="投诉与进度")).to_be_visible()
    phone.get_by_role("button", name="切换到键盘").click()
    expect(phone.get_by_label("输入消息")).to_be_focused()


def test_what_cannot_come_again_is_said_before_the_clock_goes_back(page: Page, platform: Platform) -> None:
    platform.clock.advance(days=3)
    expect(page.get_by_role("timer")).to_contain_text("快进 3天")
    page.get_by_role("button", name="复位").click()
    question = page.get_by_role("dialog", name="把时钟拨回去？")
    expect(question).to_contain_text("早报、祝福和提醒都不再发")
    expect(question).to_contain_text("var/")
    question.get_by_role("button", name="取消").click()
    assert platform.clock.offset_s == 3 * 24 * 3600
    page.get_by_role("button", name="复位").click()
    question.get_by_role("button", name="拨回去").click()
    expect(page.get_by_role("timer")).not_to_contain_text("快进")
    assert platform.clock.offset_s == 0


def test_a_small_screen_shows_the_year_and_the_shift(small: Page, platform: Platform) -> None:
    platform.clock.advance(days=378)
    timer = small.get_by_role("timer")
    expect(timer.get_by_text(re.compile("^[0-9]{4}年"))).to_be_visible()
    expect(timer.get_by_text("快进 378天")).to_be_visible()


def test_a_card_for_another_manager_is_one_tap_away(page: Page, platform: Platform) -> None:
    send_card(platform, "liuyang")
    phone = manager(page)
    news = phone.get_by_role("button", name=re.compile("经理刘洋有新消息"))
    expect(news).to_contain_text("新投诉 TS20261121-0007")
    expect(phone.get_by_role("button", name="切换人物（1人有新消息）")).to_be_visible()
    news.click()
    expect(phone.get_by_role("button", name="接单")).to_be_visible()
    expect(news).to_have_count(0)
    expect(phone.get_by_role("button", name="切换人物", exact=True)).to_be_visible()


def test_a_notice_can_be_put_away(page: Page, platform: Platform) -> None:
    platform.phones.write(platform.people.get("chen"), "them", "text", content="陈女士，您好")
    phone = customer(page)
    expect(phone.get_by_role("button", name=re.compile("客户陈美玲有新消息"))).to_contain_text("陈女士，您好")
    phone.get_by_role("button", name="收起新消息提示").click()
    expect(phone.get_by_role("button", name=re.compile("客户陈美玲有新消息"))).to_have_count(0)


def test_on_a_small_screen_the_notice_goes_to_the_other_phone(small: Page, platform: Platform) -> None:
    send_card(platform, "zhangmin")
    customer(small).get_by_role("button", name=re.compile("经理张敏有新消息")).click()
    expect(manager(small).get_by_role("button", name="接单")).to_be_visible()
    expect(customer(small)).to_be_hidden()


def test_a_numbered_choice_has_a_fingers_height(page: Page, platform: Platform) -> None:
    link = '<a href="weixin://bizmsgmenu?msgmenucontent=确认&msgmenuid=1">确认提交</a>'
    platform.phones.write(platform.people.get("wang"), "them", "text", content=f"请选：\n1. {link}\n2. 取消")
    choice = customer(page).get_by_role("button", name="确认提交")
    expect(choice).to_be_visible()
    box = choice.bounding_box()
    assert box and box["height"] >= 40


def test_a_taken_card_can_be_read(page: Page, platform: Platform) -> None:
    send_card(platform, "zhangmin")
    manager(page).get_by_role("button", name="接单").click()
    taken = manager(page).get_by_role("button", name="已接单")
    expect(taken).to_be_disabled()
    assert taken.evaluate(CONTRAST) >= 4.5


@pytest.mark.parametrize("drawer", ["", "设置", "原始报文"])
def test_a_laptop_shows_the_persons_card_and_the_whole_left_phone(
    browser: Browser, platform: Platform, drawer: str
) -> None:
    page = open_page(browser, platform, (1280, 720))
    if drawer:
        page.get_by_role("button", name=drawer, exact=True).click()
        expect(page.locator(".drawer:visible")).to_have_count(1)
    else:
        expect(page.get_by_role("complementary", name="当前客户", exact=True)).to_contain_text("钻石客户")
        expect(page.get_by_role("button", name="切换客户", exact=True)).to_be_visible()
    left, right = customer(page).bounding_box(), manager(page).bounding_box()
    assert left and left["x"] >= 0 and right and right["x"] + right["width"] <= 1280
    page.context.close()


def test_the_hints_fit_a_small_screen(small: Page) -> None:
    expect(hints(customer(small)).first).to_be_in_viewport()
    write(customer(small), "你好")
    expect(hints(customer(small))).to_have_count(0)
    assert SMALL[0] >= small.evaluate("document.documentElement.scrollWidth")
