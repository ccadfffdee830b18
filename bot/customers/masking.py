"""Take out of a question what tells who asked it; only the rest is kept and shown to others."""

from __future__ import annotations

import re

from bot.customers.names import scrub_wholly
from bot.understanding.pii import as_hidden, mask

LONGEST = 200
"""Characters of a question that are kept."""

_NAME, _PLACE, _NUMBER, _PLATE, _CARD = "〔姓名〕", "〔地址〕", "〔号码〕", "〔车牌〕", "〔证件或卡号〕"
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_CALLED = rf"(?:[{_SURNAMES}]|欧阳|司马|上官|诸葛)[一-鿿]{{1,2}}"
_NOT_BEHIND = r"(?=$|[^一-鿿]|的|，|在|想|要|是|家|有|号|办|怎|手机|电话|身份|[0-9])"
_SAYS_NAME = re.compile(
    rf"(?P<lead>我叫|我是|名字叫?|姓名[是为:：]?|机主[是为:：]?|户主[是为:：]?|本人){_CALLED}{_NOT_BEHIND}"
)
_TITLED = re.compile(rf"[{_SURNAMES}](?P<title>先生|女士|小姐|太太)")
_PLATES = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-Z0-9]{5,6}(?![A-Z0-9])"
)
_ANY_NUMBER = re.compile(r"(?<![0-9０-９.])[0-9０-９](?:[ \-]?[0-9０-９]){6,}+[Xx]?")
_TAIL = re.compile(
    r"(?P<lead>(?:尾号|[工建农中招交邮商浦兴]行)(?:尾号|卡号|[卡的是为:： ]){0,4}+)"
    r"(?!95\d{3}(?!\d))[0-9]{4,6}(?![0-9元块年万兆])"
)
"""The end of a card's or a phone's number (建行尾号8812), not a bank's hotline."""

_SPOKEN_NUMBER = re.compile(r"[零〇一二三四五六七八九幺两]{7,}")
_STREET = r"[一-鿿]{1,6}?(?:路|街|大道|巷|弄|胡同|村|镇|屯)[东南西北]?"
_HOUSE = r"[0-9A-Za-z一二三四五六七八九十百甲乙丙\-]{1,6}(?:号楼?|弄|栋|幢|座|单元|楼|层|室|户|门|组)"
_ADDRESS = re.compile(rf"(?:{_STREET})?(?:{_HOUSE}){{1,5}}(?:[0-9]{{2,4}}(?![0-9元块年月日天GgMm]))?")
_ESTATE = re.compile(
    r"[一-鿿]{2,5}?(?:小区|花园|公寓|家园|新村|苑|大厦)(?=[一-鿿]{0,2}[0-9]+(?:号|栋|幢|座|单元|楼)|〔地址〕)"
)
_TWICE = re.compile(rf"(?:{_PLACE}[，,\s]*){{2,}}")
_HANDLE = re.compile(r"(?P<lead>(?:微信号?|vx|wx|qq)[是为:： ]*)[A-Za-z0-9][A-Za-z0-9_\-]{4,19}", re.IGNORECASE)

_TOLD = re.compile(
    r"(?:我叫|我是|本人|名字叫?|姓名|机主|户主|(?:我?家)?(?:住在?|在)|地址|(?:我的?)?(?:手机|电话|身份证|卡|账|车牌|微信)?号?码?)?"
    r"[是为:： ]?〔[^〕]*〕(?:先生|女士|小姐|太太)?"
)


def without_personal(text: str, names: tuple[str, ...] = ()) -> str:
    """Return a question without names, phone, identity and bank numbers, plates, e-mail, handles and addresses.

    `names` are those known of the person who asks. In doubt it takes out more: the meaning survives a lost number.
    """
    text = masked(text, names)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def masked(text: str, names: tuple[str, ...] = (), instead: str = _NAME) -> str:
    """Do so with a text of any length; `instead` stands for the names."""
    text = scrub_wholly(as_hidden(mask(" ".join(text.split())), _CARD), names, instead)
    text = _PLATES.sub(_PLATE, _SPOKEN_NUMBER.sub(_NUMBER, _ANY_NUMBER.sub(_NUMBER, text)))
    for told in (_TAIL, _HANDLE):
        text = told.sub(lambda hit: f"{hit['lead']}{_NUMBER}", text)
    text = _SAYS_NAME.sub(lambda hit: f"{hit['lead']}{_NAME}", text)
    text = _TITLED.sub(lambda hit: f"{_NAME}{hit['title']}", text)
    text = _ADDRESS.sub(_somewhere, text)
    return _TWICE.sub(_PLACE, _ESTATE.sub(_PLACE, text))


def plainly(text: str) -> str:
    """Return a masked question as a wording for all: without what was taken out and the words that led to it."""
    return _TOLD.sub("", text).strip(" ，,。；;：:、")


def _somewhere(found: re.Match[str]) -> str:
    """Mask a place that has a street or more than one number of a house; 3号 alone is a day or a choice."""
    told = found.group()
    parts = re.findall(r"路|街|大道|巷|弄|胡同|村|镇|屯|栋|幢|单元|室|号楼|座", told)
    street, house = re.search(r"路|街|大道|巷|弄|胡同", told), re.search(r"[栋幢]", told)
    numbered = (street and "号" in told[street.end() :]) or (house and re.search(r"[0-9]{2}", told[house.end() :]))
    return _PLACE if len(parts) >= 2 or numbered else told
