"""Mask personal numbers people send by mistake: ID cards, bank cards, passwords and codes, however they are written.

In doubt more is hidden: a hidden order number costs a question, a kept ID number cannot be taken back. Phone numbers,
amounts, dates and numbers that are called an order's stay.
"""

from __future__ import annotations

import re

from bot.understanding.digits import runs

HIDDEN = "******"
"""In the place of an ID card's number or a password."""

_NAMED = r"(?:我?的?(?:身份证|银行卡|储蓄卡|信用卡)?(?:号码|卡号|证号|号|密码)?(?:是|为|[:：])?\s{0,3})"
_MASKED_CARD = re.compile(r"\*{4} ?\d{4}")
_MASKED = re.compile(r"\*{6}|\*{4} ?\d{4}")
_NAMES = (
    r"密[码碼]|口令|(?:校验|校驗|验证|驗證|动态|動態|短信|簡訊|安全)[码碼]"
    r"|(?<![a-z])(?:pwd|password|passwd|passcode|mima)(?![a-z])"
)
_CALLED = re.compile(_NAMES, re.IGNORECASE)
_ONLY = re.compile(
    rf"身份证|银行卡|信用卡|卡号|号码?|(?:{_NAMES})|cvv|护照|港澳|通行证|有效期|我的?|就?是|给你|[^0-9A-Za-z一-鿿]",
    re.IGNORECASE,
)
"""What may stand around something hidden without a word that asks for anything."""

_CHARS = r"[0-9A-Za-z!@#$%^&*._\-０-９]"
_THING = (
    r"(?!(?:wi-?fi|wlan|iphone|ipad|android)(?![0-9a-z]))"  # the thing the password is for
    r"(?!(?:100\d\d|12345|12315|95\d{3}|1[3-9]\d{9})(?![0-9A-Za-z]))"  # who sent the code: 10086, a phone
)
_PASSWORD = re.compile(
    rf"((?:{_NAMES})\s{{0,3}}(?:(?:我|刚|剛|才|已经?|被|都|也|给|现在|昨天|今天){{1,3}}+(?=[设設改换換]))?)"
    r"(?:((?:就?是|为|為|叫|(?:[设設]置?|修?改|更?换|換)[成为為]了?|[:：=＝])\s{0,3})"
    rf"{_THING}({_CHARS}{{4,20}}+|[零〇一二三四五六七八九幺]{{4,}}+)"
    rf"|{_THING}((?=[A-Za-z!@#$%^&*._\-]*+\d){_CHARS}{{4,20}}+))(?![0-9A-Za-z个位年月天次元])",
    re.IGNORECASE,
)

_TOLD_BEFORE = re.compile(
    rf"(?<![0-9A-Za-z!@#$%^&*._\-]){_THING}{_CHARS}{{4,20}}+"
    rf"(?=\s{{0,3}}(?:就?是|当|作为?)(?:我|俺|咱|家|们|的|新|旧|老|原|宽带|服务|登录|支付|路由器?|网厅|手机|账号|wi-?fi|卡){{0,5}}+"
    rf"(?:{_NAMES}))",
    re.IGNORECASE,
)
"""A password before its name: abc123是我的密码."""

_PAPER = r"(?:护照|護照|通行[证證]|回乡[证證]|台胞[证證])"
_ITS_NUMBER = r"[A-Za-z]{1,2}[ \-]?\d{4}[ \-]?\d{3,6}(?![0-9A-Za-z])"
_PAPERS = re.compile(
    rf"({_PAPER}[^0-9A-Za-z单單]{{0,10}}+)(?:{_ITS_NUMBER}|(?!(?:19|20)\d{{6}}(?!\d))\d{{8,10}}(?![0-9A-Za-z元]))"
    rf"|(?<![0-9A-Za-z单單号號]){_ITS_NUMBER}(?=[^0-9A-Za-z]{{0,6}}{_PAPER})"
)
"""Passports and the permits for Hong Kong, Macao and Taiwan: with their name before or behind."""

_NO_AMOUNT = r"(?![0-9A-Za-z个位年月天次元块])"
_CHECKED = re.compile(
    r"((?:(?<![a-z])(?:cvv|cvn|cvc)2?|安全[码碼]|(?:背面|反面|签名栏)的?后?[三3]位)"
    rf"[数數字号碼码]{{0,2}}\s{{0,3}}(?:就?是|为|為|[:：=＝])?\s{{0,3}})\d{{3,4}}{_NO_AMOUNT}",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:(?:0[1-9]|1[0-2])\s?[/／\-.]?\s?(?:20)?[2-4]\d|(?:20)?[2-4]\d[/／\-.年]?(?:0[1-9]|1[0-2])月?)(?![0-9/／\-.])"
)
_EXPIRY = re.compile(
    rf"((?:有效期|有效日期|到期[日时]?间?|(?<![a-z])exp(?:iry|ires)?|valid thru)[^0-9]{{0,4}}+){_MONTH}", re.IGNORECASE
)
_BARE = re.compile(rf"(\*{{4}}\d{{4}}[\s,，、]{{1,3}}){_MONTH}[\s,，、]{{1,3}}\d{{3}}{_NO_AMOUNT}")
"""Month and check number right behind a card's number, without their names."""


def mask(text: str) -> str:
    """Return the text with ID card numbers and passwords hidden and of bank cards only the last four digits left."""
    hidden, end = [], 0
    for run in runs(text):
        for start, stop, card in run.secrets():
            last = run.digits[stop - 4 : stop] if card else ""
            hidden += [text[end : run.places[start]], f"****{last}" if card else HIDDEN]
            end = run.places[stop - 1] + 1
    text = "".join((*hidden, text[end:])) if hidden else text
    if _CALLED.search(text):
        text = _TOLD_BEFORE.sub(HIDDEN, _PASSWORD.sub(_without, text))
    return _PAPERS.sub(_behind, _beside_card(text))


def _beside_card(text: str) -> str:
    """Hide the check number of a card, and the month it ends where a card or a check number is told with it."""
    told = _CHECKED.sub(_behind, text)
    if told == text and not _MASKED_CARD.search(text):
        return text
    return _EXPIRY.sub(_behind, _BARE.sub(_behind, told))


def masked(text: str) -> bool:
    """Tell whether something in the text was hidden."""
    return "*" in text and _MASKED.search(text) is not None


def without_masked(text: str) -> str:
    """Return the text without what was hidden and the words that name it, unless nothing else is in it."""
    if not masked(text) or only_masked(text):
        return text
    return re.sub(f"{_NAMED}(?:{_MASKED.pattern})", " ", text)


def as_hidden(text: str, instead: str) -> str:
    """Return the text with `instead` where something was hidden."""
    return _MASKED.sub(instead, text)


def only_masked(text: str) -> bool:
    """Tell whether nothing but what was hidden is in the text, perhaps with its name."""
    return len(_ONLY.sub("", _MASKED.sub("", text))) <= 1


def _without(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2] or ''}{HIDDEN}"


def _behind(found: re.Match[str]) -> str:
    return f"{found[1] or ''}{HIDDEN}"
