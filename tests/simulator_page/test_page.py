"""The simulator's page in Chromium, against the real platform."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from scripts.simulator.clock import ZONE as SHANGHAI
from scripts.simulator.platform import Platform

from .conftest import SMALL, WIDE, open_page
from .product import HOSTILE, send_card

NO_OVERFLOW = "document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth"
SMALL_TARGETS = """() => [...document.querySelectorAll("button, select, input, [role=tab], summary")]
  .filter((one) => one.checkVisibility() && one.type !== "checkbox" && one.type !== "radio")
  .map((one) => [one, one.getBoundingClientRect(), parseFloat(getComputedStyle(one, "::after").inset) || 0])
  .filter(([, box, more]) => box.height - 2 * more < 43.5 && box.width > 0)
  .map(([one, box]) => `${one.getAttribute("aria-label") || one.textContent} ${box.width}x${box.height}`)"""


def customer(page: Page) -> Locator:
    return page.get_by_role("region", name="客户的手机")


def manager(page: Page) -> Locator:
    return page.get_by_role("region", name="客户经理的手机")


def said(phone: Locator, side: str) -> Locator:
    return phone.locator(f".msg--{side}")


def write(phone: Locator, text: str) -> None:
    """Type a text and send it with Enter."""
    field = phone.get_by_label("输入消息")
    field.fill(text)
    field.press("Enter")


def test_a_text_is_sent_with_enter_and_answered(page: Page) -> None:
    phone = customer(page)
    write(phone, "你好\n在吗")
    expect(said(phone, "me").last).to_contain_text("你好\n在吗", use_inner_text=True)
    expect(said(phone, "them").last).to_contain_text("收到：你好")
    expect(phone.get_by_label("输入消息")).to_have_value("")
    expect(phone.get_by_role("img", name="正在发送")).to_have_count(0)


def test_shift_enter_breaks_the_line(page: Page) -> None:
    phone = customer(page)
    field = phone.get_by_label("输入消息")
    field.press_sequentially("第一行")
    field.press("Shift+Enter")
    field.press_sequentially("第二行")
    expect(field).to_have_value("第一行\n第二行")
    expect(said(phone, "me")).to_have_count(0)


def test_a_choice_inside_a_text_can_be_tapped(page: Page) -> None:
    phone = customer(page)
    write(phone, "菜单")
    phone.get_by_role("button", name="我要投诉", exact=True).click()
    expect(said(phone, "me").last).to_contain_text("我要投诉")
    expect(said(phone, "them").last).to_contain_text("收到：我要投诉")


def test_a_choice_can_be_tapped_with_the_keyboard(page: Page) -> None:
    phone = customer(page)
    write(phone, "菜单")
    phone.get_by_role("button", name="查话费").press("Space")
    expect(said(phone, "them").last).to_contain_text("收到：查话费")


def test_an_options_message_can_be_tapped(page: Page, platform: Platform) -> None:
    options = [{"id": "101", "content": "满意"}, {"id": "103", "content": "不满意"}]
    platform.phones.write(
        platform.people.get("wang"), "them", "msgmenu", head="您满意吗？", options=options, tail="谢谢"
    )
    phone = customer(page)
    phone.get_by_role("button", name="不满意").click()
    expect(said(phone, "them").last).to_contain_text("收到：不满意")


def test_the_menu_bar_pops_up_and_sends_the_tap(page: Page) -> None:
    phone = customer(page)
    phone.get_by_role("button", name="切换到菜单").click()
    menu = phone.get_by_role("group", name="公众号菜单")
    opener = menu.get_by_role("button", name="投诉与进度")
    opener.click()
    menu.get_by_role("button", name="投诉进度").click()
    expect(said(phone, "them").last).to_contain_text("菜单：progress")
    expect(menu.get_by_role("button", name="投诉进度")).to_have_count(0)
    expect(opener).to_have_attribute("aria-expanded", "false")


def test_a_card_button_is_replaced_after_the_tap(page: Page, platform: Platform) -> None:
    send_card(platform, "zhangmin")
    phone = manager(page)
    phone.get_by_role("button", name="接单").click()
    taken = phone.get_by_role("button", name="已接单")
    expect(taken).to_be_disabled()
    expect(phone.get_by_role("button", name="回复")).to_have_count(0)


def test_a_person_is_chosen_from_the_list(page: Page, platform: Platform) -> None:
    platform.phones.write(platform.people.get("chen"), "them", "text", content="陈女士，您好")
    phone = customer(page)
    phone.get_by_role("button", name="切换人物").click()
    row = phone.get_by_role("dialog").get_by_role("button", name=re.compile("陈美玲"))
    expect(row).to_contain_text("1条未读")
    expect(row).to_contain_text("金卡客户")
    expect(row).to_contain_text("已关注")
    row.click()
    expect(said(phone, "them").last).to_contain_text("陈女士，您好")
    phone.get_by_role("button", name="切换人物").click()
    expect(phone.get_by_role("dialog").get_by_role("button", name=re.compile("陈美玲"))).not_to_contain_text("未读")


def test_a_draft_stays_with_its_person(page: Page) -> None:
    phone = customer(page)
    phone.get_by_label("输入消息").fill("还没写完")
    for name, draft in (("陈美玲", ""), ("王建国", "还没写完")):
        phone.get_by_role("button", name="切换人物").click()
        phone.get_by_role("button", name=re.compile(name)).click()
        expect(phone.get_by_label("输入消息")).to_have_value(draft)


def test_following_and_leaving(page: Page) -> None:
    phone = customer(page)
    phone.get_by_role("button", name="切换人物").click()
    phone.get_by_role("button", name=re.compile("李思远")).click()
    phone.get_by_role("button", name="关注公众号").click()
    phone.get_by_role("button", name="直接关注").click()
    expect(phone.locator(".line").last).to_contain_text("你已关注")
    phone.get_by_role("button", name="更多操作").click()
    phone.get_by_role("button", name="取消关注").click()
    expect(phone.locator(".line").last).to_contain_text("你已取消关注")
    expect(phone.get_by_role("button", name="关注公众号")).to_be_visible()


def test_a_notice_is_accepted_in_the_popup(page: Page, platform: Platform) -> None:
    phone = customer(page)
    phone.get_by_role("button", name="更多操作").click()
    phone.get_by_role("button", name=re.compile("^订阅通知")).click()
    phone.get_by_label("服务回访提醒").check()
    phone.get_by_role("button", name="允许").click()
    expect(phone.get_by_role("dialog")).to_have_count(0)
    openid = platform.people.get("wang").address
    assert platform.bus.wait_for(lambda: platform.acceptances.remaining(openid, "SUB_RETURN_VISIT_0001"), 5) == 1


@pytest.mark.parametrize(
    ("label", "follow_up", "shown"),
    [
        ("图片", "", '.msg--me button[aria-label^="图片"]'),
        ("视频", "", '.msg--me button[aria-label^="视频"]'),
        ("语音", "8 秒", '.msg--me [aria-label="语音 8 秒"]'),
        ("位置", "上海市浦东新区世纪大道100号", ".msg--me .card--place"),
        ("链接", "发送", ".msg--me .card--link"),
        ("表情", "发送表情：谢谢", ".msg--me .sticker"),
    ],
)
def test_the_plus_panel_sends(page: Page, label: str, follow_up: str, shown: str) -> None:
    phone = customer(page)
    phone.get_by_role("button", name="更多：图片、位置等").click()
    phone.get_by_role("group", name="更多").get_by_role("button", name=label).click()
    if follow_up:
        phone.get_by_role("button", name=follow_up, exact=True).click()
    expect(phone.locator(shown)).to_be_visible()
    expect(said(phone, "them").last).to_contain_text("收到：")


def test_hold_to_talk_sends_a_voice(page: Page) -> None:
    phone = manager(page)
    phone.get_by_role("button", name="切换到语音").click()
    phone.get_by_role("button", name="按住 说话").press("Enter")
    expect(phone.get_by_role("button", name="语音 1 秒")).to_be_visible()


def test_the_typing_mark_comes_and_goes(page: Page, platform: Platform) -> None:
    title = customer(page).get_by_role("heading", level=1)
    platform.bus.publish("typing", person="wang", on=True)
    expect(title).to_have_text("对方正在输入…")
    platform.phones.write(platform.people.get("wang"), "them", "text", content="写好了")
    expect(title).to_contain_text("贴心服务")


def test_the_clock_moves_and_stamps_follow(page: Page, platform: Platform) -> None:
    platform.clock.move_to(datetime(2027, 3, 10, 10, 0, 30, tzinfo=SHANGHAI))
    timer, stamp = page.get_by_role("timer"), customer(page).locator(".line--time").first
    expect(timer).to_contain_text("2027年3月10日 星期三")
    write(customer(page), "今天的话")
    expect(stamp).to_have_text("10:00")
    page.get_by_role("button", name="+1小时").click()
    expect(timer).to_contain_text("11:00")
    page.get_by_role("button", name="+1天").click()
    expect(stamp).to_have_text("昨天 10:00")
    page.get_by_role("button", name="到明天09:00").click()
    expect(timer).to_contain_text("09:00")
    expect(stamp).to_have_text("星期三 10:00")
    page.get_by_role("button", name="复位").click()
    page.get_by_role("button", name="拨回去").click()
    expect(timer).not_to_contain_text("快进")
    assert platform.clock.offset_s == 0


def test_a_stamp_stands_where_five_minutes_passed(page: Page, platform: Platform) -> None:
    person = platform.people.get("wang")
    platform.clock.move_to(datetime(2027, 3, 10, 10, 0, 30, tzinfo=SHANGHAI))
    for minutes in (0, 4, 6):
        platform.clock.advance(minutes=minutes)
        platform.phones.write(person, "them", "text", content=f"过了 {minutes} 分钟")
    expect(said(customer(page), "them")).to_have_count(3)
    expect(customer(page).locator(".line--time")).to_have_text(["10:00", "10:10"])


def test_the_clock_goes_to_a_day(page: Page) -> None:
    page.get_by_role("button", name="到某日").click()
    page.get_by_label("日期").fill("2027-03-08")
    page.get_by_label("时间").fill("07:59")
    page.get_by_role("button", name="拨到这一刻").click()
    expect(page.get_by_role("timer")).to_contain_text("2027年3月8日 星期一")


def test_raw_exchanges_can_be_opened_and_filtered(page: Page) -> None:
    write(customer(page), "看看报文")
    expect(said(customer(page), "them").last).to_contain_text("收到：看看报文")
    page.get_by_role("button", name="原始报文", exact=True).click()
    drawer = page.get_by_role("complementary", name="原始报文")
    row = drawer.locator("details").first
    expect(row).to_contain_text("/wechat/official")
    expect(row).to_contain_text("王建国")
    expect(row).to_contain_text("已回复")
    row.locator("summary").click()
    expect(row.locator("pre").filter(has_text="收到：看看报文").first).to_be_visible()
    drawer.get_by_label("人物").select_option("chen")
    expect(drawer.locator("details")).to_have_count(0)


def test_an_exchange_arrives_while_the_drawer_is_open(page: Page) -> None:
    page.get_by_role("button", name="原始报文", exact=True).click()
    drawer = page.get_by_role("complementary", name="原始报文")
    expect(drawer).to_contain_text("还没有报文")
    write(customer(page), "来了")
    expect(drawer.locator("details").first).to_contain_text("/wechat/official")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_settings_faults_and_attacks(page: Page, platform: Platform) -> None:
    page.get_by_role("button", name="设置", exact=True).click()
    drawer = page.get_by_role("complementary", name="设置与故障")
    drawer.get_by_label("推送次数（含首次）").fill("2")
    drawer.get_by_role("button", name="保存设置").click()
    expect(page.get_by_role("status").filter(has_text="已保存")).to_be_visible()
    assert platform.settings.attempts == 2
    drawer.get_by_role("button", name="加上故障").click()
    expect(drawer.locator(".fault")).to_contain_text("/cgi-bin/message/custom/send")
    drawer.get_by_role("button", name="全部清除").click()
    expect(drawer).to_contain_text("现在没有故障")
    drawer.get_by_role("button", name="试一次：签名不对").click()
    expect(drawer.locator('[data-attack="bad_signature"]')).to_contain_text("程序")


def test_account_text_is_never_markup(page: Page) -> None:
    phone = customer(page)
    write(phone, "脚本")
    expect(said(phone, "them").last.locator(".bubble")).to_have_text(HOSTILE)
    expect(said(phone, "them").locator("img, script, a")).to_have_count(0)
    expect(page).to_have_title("贴心 · 微信模拟台")


def test_nothing_inline_and_nothing_foreign(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text) if line.type == "error" else None)
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-ready", "true")
    write(customer(page), "你好")
    expect(said(customer(page), "them").last).to_contain_text("收到：你好")
    assert {url.split("/", 3)[2] for url in asked} == {page.url.split("/", 3)[2]}
    assert refused == []
    assert page.locator("script:not([src]), style, [style*='expression'], [onclick]").count() == 0


def test_an_error_is_a_short_chinese_toast(page: Page, platform: Platform) -> None:
    platform.phones.write(
        platform.people.get("wang"), "them", "msgmenu", head="选", options=[{"id": "1", "content": "甲"}], tail=""
    )
    choice = customer(page).get_by_role("button", name="甲")
    expect(choice).to_be_visible()
    platform.store.write("DELETE FROM messages")
    choice.click()
    expect(page.get_by_role("status").filter(has_text="没有这条消息")).to_be_visible()


def test_a_message_that_cannot_be_sent_can_be_sent_again(page: Page) -> None:
    phone = customer(page)
    page.route("**/say?wait=0", lambda route: route.abort())
    write(phone, "第一次没发出去")
    again = phone.get_by_role("button", name="发送失败，重新发送")
    expect(again).to_be_visible()
    page.unroute("**/say?wait=0")
    again.click()
    expect(said(phone, "them").last).to_contain_text("收到：第一次没发出去")
    expect(again).to_have_count(0)
    expect(said(phone, "me")).to_have_count(1)


def test_missed_messages_are_caught_up(page: Page, platform: Platform) -> None:
    person = platform.people.get("wang")
    platform.phones.write(person, "them", "text", content="断线之前")
    expect(said(customer(page), "them").last).to_contain_text("断线之前")
    page.context.set_offline(True)
    platform.bus.close()
    expect(page.get_by_role("img", name="正在重新连接模拟平台")).to_be_visible()
    platform.phones.write(person, "them", "text", content="断线期间")
    page.context.set_offline(False)
    expect(said(customer(page), "them").last).to_contain_text("断线期间")
    expect(said(customer(page), "them")).to_have_count(2)


def test_the_chat_stays_at_its_end_unless_one_reads_above(page: Page, platform: Platform) -> None:
    person = platform.people.get("wang")
    for number in range(40):
        platform.phones.write(person, "them", "text", content=f"第 {number} 条")
    phone = customer(page)
    expect(phone.get_by_text("第 39 条")).to_be_in_viewport()
    phone.get_by_text("第 3 条", exact=True).scroll_into_view_if_needed()
    expect(phone.get_by_text("第 39 条")).not_to_be_in_viewport()
    platform.phones.write(person, "them", "text", content="新来的")
    phone.get_by_role("button", name="1 条新消息").click()
    expect(phone.get_by_text("新来的")).to_be_in_viewport()


def open_nothing(page: Page) -> None:
    expect(customer(page)).to_be_visible()


def open_long_text(page: Page) -> None:
    write(customer(page), "长文")
    expect(said(customer(page), "them").last).to_contain_text("xxx")


def open_plus(page: Page) -> None:
    customer(page).get_by_role("button", name="更多：图片、位置等").click()


def open_people(page: Page) -> None:
    customer(page).get_by_role("button", name="切换人物").click()


def open_manager(page: Page) -> None:
    page.get_by_role("tab", name="经理手机").click()
    expect(manager(page)).to_be_visible()
    expect(customer(page)).to_be_hidden()


def open_settings(page: Page) -> None:
    page.get_by_role("button", name="设置", exact=True).click()


def open_clock(page: Page) -> None:
    page.get_by_role("button", name="时钟").click()


def open_exchanges(page: Page) -> None:
    write(customer(page), "长文")
    page.get_by_role("button", name="原始报文", exact=True).click()
    page.locator("details summary").first.click()


@pytest.mark.parametrize(
    "prepare",
    [open_nothing, open_long_text, open_plus, open_people, open_manager, open_settings, open_clock, open_exchanges],
)
def test_small_screens_fit(small: Page, prepare: Callable[[Page], None]) -> None:
    prepare(small)
    assert small.evaluate(NO_OVERFLOW)
    assert small.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("width", [320, 375, 860, 1024, 1180, 1440])
def test_no_width_scrolls_sideways(browser: Browser, platform: Platform, width: int) -> None:
    page = open_page(browser, platform, (width, 800))
    assert page.evaluate(NO_OVERFLOW)
    page.context.close()


def test_the_same_chat_is_on_both_sizes(browser: Browser, platform: Platform) -> None:
    for size in (WIDE, SMALL):
        page = open_page(browser, platform, size)
        write(customer(page), f"从 {size[0]} 发来")
        expect(said(customer(page), "them").last).to_contain_text(f"收到：从 {size[0]} 发来")
        page.context.close()
    assert len([one for one in platform.phones.read(platform.people.get("wang")) if one["side"] == "me"]) == 2
