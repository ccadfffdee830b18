"""Links in an account's words."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .test_page import customer, said, write


def test_a_mini_program_says_what_it_is_and_where_else_it_leads(page: Page) -> None:
    phone = customer(page)
    write(phone, "小程序")
    link = said(phone, "them").last.get_by_role("link", name="打开取号")
    expect(link).to_contain_text("小程序")
    link.click()
    sheet = phone.get_by_role("dialog")
    expect(sheet).to_contain_text("wx0123456789abcdef")
    expect(sheet.get_by_role("link")).to_have_attribute("href", "https://example.com/app")
