"""Read from a complaint what it already says, so that the form asks only for the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from bot.knowledge.content import Category
from bot.understanding import entities
from bot.understanding.normalisation import normalise
from bot.understanding.outcome import ComplaintSlots

_SERIOUS = re.compile(
    r"曝光|起诉|法院|律师|工信部|银保监|通管局|(?<!\d)(?:12345|12315|12300|12381)(?!\d)|消协|媒体|记者|举报|报警|诈骗|人身|受伤|着火|漏电"
)
_URGENT = re.compile(
    r"再不|马上|立刻|立即|急|换(?:联通|电信|移动|别家|银行|一家)|不用你们|销户|销号|携号|转网|转走"
    r"|第?[二三四五六七八九\d]次|好几次|一直没人|没人管|忍不了|受不了"
)
_WANT = r"(?:要求|希望|想要|我要|请|必须|赶紧|赶快|尽快|马上|立刻|给我|帮我|你们得|应该|至少|起码)"
_DEED = (
    r"(?:退钱|退费|退款|退还|退掉|退给我|退了|赔偿|补偿|赔钱|赔我|道歉|修好|修一下|维修|上门|换新|换货|换人|退货|解释|说法|取消|恢复|开通"
    r"|查清楚?|说清楚|说明|处理|解决)"
)
_WISH = re.compile(rf"{_WANT}(?:[一-鿿]{{0,6}}?){_DEED}[一-鿿0-9]{{0,10}}|^(?:给我)?{_DEED}(?:给我|一下|吧|我|钱|掉)*$")
_DENIED = re.compile(r"(?:不|没有?|别|拒绝?|不肯|从不|也不|就是不)(?:再|来|给我|肯)?$")
_NO_CALL = re.compile(
    r"(?:别|不要|不用|勿|不想|不方便)(?:再|给我)*(?:打电话|来电|电话|致电|回电|联系我)"
    r"|(?:打字|微信|文字)(?:回复|说|联系)(?:就行|即可|吧)?"
)
_MAY_CALL = re.compile(
    r"(?:可以|能|请|方便|麻烦|记得|给我)(?:随时)?(?:给我)?(?:打|回|来)(?:个|我)?电话?"
    r"|(?:打|回)(?:我)?(?:个)?电话给我|电话联系"
)
_NAMED = (
    r"(?:省|市|区|县|镇|乡|村|街道|大街|路|街|巷|小区|花园|家园|公寓|大厦|广场|商场|营业厅|网点|支行|门店"
    r"|学校|医院|园区|新村|苑)"
)
_PLACE = re.compile(
    rf"(?P<name>[一-鿿\d]{{1,12}}?){_NAMED}(?:[一-鿿\d]{{0,6}}?\d{{1,5}}(?:号楼|号|栋|幢|单元|室|楼|层))*"
)
_BEFORE_PLACE = re.compile(
    r"^.*(?:住在?|地址[是在]?|位于|就在|在|是|到|去|从|来|我们|你们|他们|咱们|我家|我|你|他|这边|那边|这里|说|跟|和|把|让|了)"
)
_ANY_PLACE = re.compile(
    r"[这那某哪各每几一两]?[个家处些条]?(?:附近|旁边|隔壁|对面|整个?|全|同一?个?|别的|其他|老|新|当地|本地|好几|很多|所有)?的?"
)
"""What says no more than that there is a place: 那个营业厅, 附近小区."""

_NOT_PLACE = re.compile(r"网路|线路|电路|后路|半路|一路|无线|什么|套路|走路|思路|城市|超市|股市|夜市|楼市|门市|上市")
_MARK = r"[，,。！!、：:\s]"
_OPENING = re.compile(
    rf"^(?:你好|您好|喂|在吗)?{_MARK}*(?:我们?|本人|咱)?(?:今天|现在|就|真|又)?(?:想要|要|想|得|必须)?(?:来)?"
    r"(?:投诉|举报|反映|反应|投訴|舉報)"
    rf"(?:一下|个事儿?|一个问题|个问题|一件事|问题)?{_MARK}*"
)
_ENDING = re.compile(
    rf"(?<!{_MARK}){_MARK}++(?:我们?)?(?:真的)?(?:要|想|必须|一定要?)?(?:投诉|举报)(?:你们|他们|一下)?[！!。.～~]*$"
)


def read_complaint(text: str, today: date, categories: Sequence[Category]) -> ComplaintSlots:
    """Return what the text says; what it does not say stays None. The story is kept whole, however long."""
    plain = normalise(text)
    began = entities.since(plain, today)
    category = find_category(plain, categories)
    number = entities.phone(plain.replace(" ", ""))
    return ComplaintSlots(
        what=story(text) if _says_what(plain, category) else None,
        category=category.id if category else None,
        since=began[0] if began else None,
        since_text=began[1] if began else None,
        place=_place(plain),
        number=number,
        wish=_wish(plain),
        may_call=False if _NO_CALL.search(plain) else True if _MAY_CALL.search(plain) else None,
        level="serious" if _SERIOUS.search(plain) else "urgent" if _URGENT.search(plain) else None,
    )


def story(text: str) -> str:
    """Return what happened without "我要投诉" before or behind it; the whole text when nothing else is in it."""
    bare = _ENDING.sub("", _OPENING.sub("", text.strip())).strip()
    return bare if len(bare) >= 2 else text.strip()


def find_category(plain: str, categories: Sequence[Category]) -> Category | None:
    """Return the category most of whose words the text has; long words count more."""
    scored = [(sum([size for word, size in _sized(each.words) if word in plain]), each) for each in categories]
    best = max(scored, key=lambda pair: pair[0], default=(0, None))
    return best[1] if best[0] else None


@lru_cache(maxsize=256)
def _sized(words: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Return the words as they stand in normalised texts, each with its length as written."""
    return tuple((normalise(word), len(word)) for word in words)


def _says_what(plain: str, category: Category | None) -> bool:
    """Tell a complaint with content from a bare "我要投诉"."""
    bare = re.sub(r"我|要|想|投诉|举报|你们?|他们?|一下|反映|个|问题|转|人工|的|了|啊| ", "", plain)
    return category is not None or len(bare) >= 4


def _wish(plain: str) -> str | None:
    """Return what is wanted in his own words; "没修好" or "没人处理" is no wish."""
    for clause in plain.split():
        for found in _WISH.finditer(clause):
            if not _DENIED.search(clause[: found.start()]) and not re.search(r"[不没]", found.group()):
                return found.group()
    return None


def _place(plain: str) -> str | None:
    """Return a place that can be found; "你们营业厅" names none."""
    for found in _PLACE.finditer(plain):
        name = _BEFORE_PLACE.sub("", found["name"])
        place = name + found.group()[len(found["name"]) :]
        if len(name) >= 2 and not _ANY_PLACE.fullmatch(name) and not _NOT_PLACE.search(place):
            return place
    return None
