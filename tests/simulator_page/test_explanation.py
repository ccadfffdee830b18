"""The drawer that tells how a customer was understood."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .test_page import customer, said, write


def test_a_typed_message_is_explained(page: Page) -> None:
    phone = customer(page)
    write(phone, "59和79有什么区别")
    expect(said(phone, "them").last).to_contain_text("收到")
    page.get_by_role("button", name="怎么理解的").click()
    drawer = page.get_by_role("complementary", name="怎么理解的")
    drawer.get_by_role("button", name="59和79有什么区别").click()
    expect(drawer).to_contain_text("归一化：59和79有什么区别", timeout=60_000)
    expect(drawer).to_contain_text("查产品表")
    expect(drawer).to_contain_text("流量：30GB / 50GB")
    drawer.locator("details").first.click()
    expect(drawer.locator("details pre").first).to_be_visible()
