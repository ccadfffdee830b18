"""Read from a complaint what it already says, so that the form asks only for the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from . import entities
from .normal import LONGEST, normalise
from .outcome import Category, ComplaintSlots

_SERIOUS = re.compile(
    r"曝光|起诉|法院|律师|工信部|银保监|12345|12315|消协|媒体|记者|举报|报警|诈骗|人身|受伤|着火|漏电"
)
_URGENT = re.compile(
    r"再不|马上|立刻|立即|急|换(?:联通|电信|移动|别家|银行|一家)|不用你们|销户|销号|携号|转网|转走"
    r"|第?[二三四五六七八九\d]次|好几次|一直没人|没人管|忍不了|受不了"
)
_WISH = re.compile(
    r"(?:要求|希望|想要|我要|请|必须|赶紧|尽快|给我|帮我)?"
    r"(?:退钱|退费|退款|退还|赔偿|补偿|赔钱|道歉|修好|维修|上门|换新|换货|退货|解释|说法|取消|恢复|回电|联系我|处理)"
    r"(?:给我|一下|好|掉)?"
)
_NO_CALL = re.compile(
    r"(?:别|不要|不用|勿|不想|不方便)(?:再|给我)*(?:打电话|来电|电话|致电|回电|联系我)"
    r"|(?:打字|微信|文字)(?:回复|说|联系)(?:就行|即可|吧)?"
)
_MAY_CALL = re.compile(
    r"(?:可以|能|请|方便|麻烦|记得|给我)(?:随时)?(?:给我)?(?:打|回|来)(?:个|我)?电话?"
    r"|(?:打|回)(?:我)?(?:个)?电话给我|电话联系"
)
_PLACE = re.compile(
    r"[一-鿿\d]{1,10}(?:省|市|区|县|镇|乡|村|街道|大街|路|街|巷|小区|花园|家园|公寓|大厦|广场|商场|营业厅|网点|支行|门店"
    r"|学校|医院|园区)"
    r"(?:[一-鿿\d]{0,6}?\d{1,5}(?:号楼|号|栋|幢|单元|室|楼|层))*"
)
_PLACE_HEAD = re.compile(r"^(?:.*?(?:住在|地址是|地址|位于|就在|我在|在|我们|我家|我是|到|去))")
_NOT_PLACE = re.compile(r"网路|线路|电路|后路|半路|一路|无线|这个|那个|什么|哪个|套路|走路|思路|城市|超市|股市|夜市")
_NEAR = re.compile(r"(?:我家|家里|家中|单位|公司|店里|办公室|宿舍|老家|地下室|电梯里?|地铁上?|高铁上?)")


def read_complaint(text: str, today: date, categories: Sequence[Category]) -> ComplaintSlots:
    """Return what the text says; what it does not say stays None."""
    text = text[:LONGEST]
    plain = normalise(text)
    began = entities.since(plain, today)
    category = find_category(plain, categories)
    wish = _WISH.search(plain)
    number = entities.phone(plain.replace(" ", ""))
    return ComplaintSlots(
        what=text.strip() if _says_what(plain, category) else None,
        category=category.id if category else None,
        since=began[0] if began else None,
        since_text=began[1] if began else None,
        place=_place(plain),
        number=number,
        wish=wish.group() if wish else None,
        may_call=False if _NO_CALL.search(plain) else True if _MAY_CALL.search(plain) else None,
        level="serious" if _SERIOUS.search(plain) else "urgent" if _URGENT.search(plain) else None,
    )


def find_category(plain: str, categories: Sequence[Category]) -> Category | None:
    """Return the category most of whose words the text has; long words count more."""
    scored = [(sum(len(word) for word in each.words if normalise(word) in plain), each) for each in categories]
    best = max(scored, key=lambda pair: pair[0], default=(0, None))
    return best[1] if best[0] else None


def _says_what(plain: str, category: Category | None) -> bool:
    """Tell a complaint with content from a bare "我要投诉"."""
    bare = re.sub(r"我|要|想|投诉|举报|你们?|他们?|一下|反映|个|问题|转|人工|的|了|啊| ", "", plain)
    return category is not None or len(bare) >= 4


def _place(plain: str) -> str | None:
    for found in _PLACE.finditer(plain):
        place = _PLACE_HEAD.sub("", found.group())
        if len(place) >= 3 and not _NOT_PLACE.search(place):
            return place
    near = _NEAR.search(plain)
    return near.group() if near else None
