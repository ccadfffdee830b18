"""Mask personal numbers people send by mistake: ID cards, bank cards, passwords and codes, however they are written.

In doubt more is hidden: a hidden order number costs a question, a kept ID number cannot be taken back. Phone numbers,
amounts, dates and numbers that are called an order's stay.
"""

from __future__ import annotations

import re

from bot.understanding.digits import runs
from bot.understanding.secret_names import rightly_spelt

HIDDEN = "******"
"""In the place of an ID card's number or a password."""

_NAMED = r"(?:我?的?(?:身份证|银行卡|储蓄卡|信用卡)?(?:号码|卡号|证号|号|密码)?(?:是|为|[:：])?\s{0,3})"
_MASKED_CARD = re.compile(r"\*{4} ?\d{4}")
_MASKED = re.compile(r"\*{6}|\*{4} ?\d{4}")
_NAMES = (
    r"密[码碼]|口令|(?:校验|校驗|验证|驗證|动态|動態|短信|簡訊|安全)[码碼]"
    r"|(?<![a-z])(?:pwd|password|passwd|passcode|mima|yanzhengma|yzm)(?![a-z])|(?<![a-z0-9])mm(?=\s?[:：=是])"
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
_CHINESE = "零〇一二三四五六七八九幺"
_SPACED = r"\d(?:[ \-]?\d){3,11}+"
_SPELT = rf"[{_CHINESE}]{{4,}}+|[三四五六八34568]个[0-9{_CHINESE}](?:[ ,，]{{0,2}}\d{{4,12}}+)?"
"""Digits in Chinese, or how many of one: 六个八."""

_WHOSE = (
    r"(?:(?:我|俺|他|她|咱|孩子|老[婆公伴]|爸|妈|家|的|生日|手机|号码?"
    r"|[后前尾][四六八468]位|[四六八468]位|数字?){1,6}+\s{0,2})?"
)
_PASSWORD = re.compile(
    rf"((?:{_NAMES})\s{{0,3}}(?:(?:我|刚|剛|才|已经?|被|都|也|给|现在|昨天|今天){{1,3}}+(?=[设設改换換]))?)"
    r"(?:((?:就?是|为|為|叫|(?:[设設]置?|修?改|更?换|換)[成为為]了?|[:：=＝])\s{0,3}"
    rf"{_WHOSE}){_THING}({_SPACED}(?![0-9A-Za-z])|{_CHARS}{{4,20}}+|{_SPELT})"
    rf"|{_THING}({_SPACED}(?![0-9A-Za-z])|{_SPELT}|(?=[A-Za-z!@#$%^&*._\-]*+\d){_CHARS}{{4,20}}+))(?![0-9A-Za-z个位年月天次元])",
    re.IGNORECASE,
)

_TOLD_BEFORE = re.compile(
    rf"(?<![0-9A-Za-z!@#$%^&*._\-]){_THING}{_CHARS}{{4,20}}+"
    rf"(?=\s{{0,3}}(?:就?是|当|作为?)(?:我|俺|咱|家|们|的|新|旧|老|原|宽带|服务|登录|支付|路由器?|网厅|手机|账号|wi-?fi|卡){{0,5}}+"
    rf"(?:{_NAMES}))",
    re.IGNORECASE,
)
"""A password before its name: abc123是我的密码."""

_UNITS = r"0-9A-Za-z零〇一二三四五六七八九十百千万两个位年月天次元块角号点分款兆折%.,"
_IN_MESSAGE = (
    r"(?:短信|簡訊|简讯|收到)[^0-9A-Za-z费钱扣额餐量]{0,8}?"
    r"(?:[位个串组]的?(?:数字?|号码?|码)?|数字?|写的|内容|就?是|[:：])"
)
_THOSE = r"[那这](?:[一几四六468]?[位个串组])?(?:数字?|号码?)"
_PASSED_ON = re.compile(r"(?:念|报|說|说|发|给|告诉)(?:一下)?(?:给|过去|出去)?(?:你|他|她|对方|客服|人家|谁)")
_IN_A_MESSAGE = re.compile(_IN_MESSAGE)
_CODE = re.compile(
    rf"((?:{_IN_MESSAGE}|{_THOSE})[^0-9A-Za-z费钱扣额餐量单编{_CHINESE}]{{0,10}})"
    rf"(?<![0-9A-Za-z{_CHINESE}])(?!(?:100\d\d|12345|12315|95\d{{3}}|106\d+)(?!\d))"
    rf"(?:\d(?: ?\d){{3,7}}+|[{_CHINESE}]{{4,8}}+)(?![{_UNITS}]|开头|打来|发来|发的)"
)
"""A code that is told by where it stands: 短信里头那六位数是九零三七四一."""

_CODE_HIDDEN = re.compile(
    rf"(?:(?:校验|验证|动态|短信)码|yanzhengma|yzm|{_IN_MESSAGE}|{_THOSE})[^*证證卡密护]{{0,16}}\*{{6}}", re.IGNORECASE
)
_PASSWORD_HIDDEN = re.compile(rf"(?:{_NAMES})[^*]{{0,16}}\*{{6}}", re.IGNORECASE)

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
    text = _without_passwords(text)
    if _IN_A_MESSAGE.search(text) or _PASSED_ON.search(text):
        text = _CODE.sub(_behind, text)
    return _PAPERS.sub(_behind, _beside_card(text))


def _without_passwords(text: str) -> str:
    """Hide passwords and codes that are told by their name, however it is spelt."""
    spelt = rightly_spelt(text)
    for pattern in (_PASSWORD, _TOLD_BEFORE) if _CALLED.search(spelt) else ():
        for found in reversed([*pattern.finditer(spelt)]):
            start = (
                found.end(2)
                if found.re is _PASSWORD and found[2]
                else found.end(1)
                if found.re.groups
                else found.start()
            )
            text, spelt = (f"{said[:start]}{HIDDEN}{said[found.end() :]}" for said in (text, spelt))
    return text


def _beside_card(text: str) -> str:
    """Hide the check number of a card, and the month it ends where a card or a check number is told with it."""
    told = _CHECKED.sub(_behind, text)
    if told == text and not _MASKED_CARD.search(text):
        return text
    return _EXPIRY.sub(_behind, _BARE.sub(_behind, told))


def masked(text: str) -> bool:
    """Tell whether something in the text was hidden."""
    return "*" in text and _MASKED.search(text) is not None


def code_told(text: str) -> bool:
    """Tell whether a code that proves who one is was hidden: whoever asks for it is a fraud."""
    return masked(text) and _CODE_HIDDEN.search(rightly_spelt(text)) is not None


def password_told(text: str) -> bool:
    """Tell whether a password or such a code was hidden: what is left is for nobody to answer."""
    return code_told(text) or (masked(text) and _PASSWORD_HIDDEN.search(rightly_spelt(text)) is not None)


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
    return len(_ONLY.sub("", _MASKED.sub("", rightly_spelt(text)))) <= 1


def _behind(found: re.Match[str]) -> str:
    return f"{found[1] or ''}{HIDDEN}"
