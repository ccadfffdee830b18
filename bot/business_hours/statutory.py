"""Statutory holidays (法定节假日): the days off that the law gives, before any notice moves days around them.

全国年节及纪念日放假办法 as amended in 2024: 元旦 1 day; 春节 4 days (除夕 to 初三); 清明, 端午, 中秋 1 day each;
劳动节 2 days; 国庆节 3 days.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from lunar_python import Lunar, Solar

NEW_YEAR, SPRING, QINGMING, LABOUR, DRAGON_BOAT, MID_AUTUMN, NATIONAL = FESTIVALS = (
    "元旦",
    "春节",
    "清明节",
    "劳动节",
    "端午节",
    "中秋节",
    "国庆节",
)


@lru_cache(maxsize=64)
def statutory(year: int) -> Mapping[date, str]:
    """Return the statutory holidays of a year with the festival of each."""
    spring = lunar(year, 1, 1)
    return {
        date(year, 1, 1): NEW_YEAR,
        **{spring + timedelta(days=after): SPRING for after in range(-1, 3)},
        _qingming(year): QINGMING,
        **{date(year, 5, day): LABOUR for day in (1, 2)},
        lunar(year, 5, 5): DRAGON_BOAT,
        **{date(year, 10, day): NATIONAL for day in (1, 2, 3)},
        lunar(year, 8, 15): MID_AUTUMN,
    }


def lunar(year: int, month: int, day: int) -> date:
    """Return the date of a day of lunar `year`."""
    return _date(Lunar.fromYmd(year, month, day).getSolar())


def _qingming(year: int) -> date:
    return _date(Lunar.fromYmd(year, 6, 1).getJieQiTable()["清明"])


def _date(solar: Solar) -> date:
    return date(solar.getYear(), solar.getMonth(), solar.getDay())
