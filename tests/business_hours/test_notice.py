"""Reading notices of holidays: twenty years of them, single phrasings, and what is refused with what it says."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest

from bot.business_hours.notice import Notice, NoticeError, read, year_of
from bot.business_hours.notice_checks import problems_of
from bot.store.models import DayKind
from tests.conftest import KNOWLEDGE

NOTICES = {
    int(part[:4]): part[4:]
    for part in (KNOWLEDGE.parent / "tests/data/holiday_notices.txt").read_text("utf-8").split("\n## ")[1:]
}
OFF, ON = DayKind.HOLIDAY, DayKind.WORKDAY
TITLE = "国务院办公厅关于2027年部分节假日安排的通知\n国办发明电〔2026〕7号\n"


def unknown(day: date) -> DayKind | None:
    return None


def days(text: str, year: int = 2027, known=unknown) -> tuple[str, str]:
    """Return the days off and the days worked, as 1/1 1/2 …, with the year where it is another."""
    notice = read(text, year, known)

    def spoken(kind: DayKind) -> str:
        found = [each.day for each in notice.days if each.kind is kind]
        return " ".join(f"{f'{day.year}/' if day.year != year else ''}{day.month}/{day.day}" for day in found)

    return spoken(OFF), spoken(ON)


def problems(text: str, year: int = 2027) -> str:
    with pytest.raises(NoticeError) as caught:
        read(text, year, unknown)
    return str(caught.value)


def kinds() -> dict[date, DayKind]:
    return {each.day: each.kind for year, text in NOTICES.items() for each in read(text, year, unknown).days}


@pytest.mark.parametrize("year", NOTICES)
def test_the_notices_of_twenty_years_give_the_packages_workdays(year):
    stated = kinds()
    day, wrong = date(year, 1, 1), []
    while day.year == year:
        works = stated[day] is ON if day in stated else day.weekday() < 5
        if works != chinese_calendar.is_workday(day):
            wrong.append(day)
        day += timedelta(days=1)
    assert wrong == []


@pytest.mark.parametrize("year", NOTICES)
def test_the_notices_of_twenty_years_pass_the_checks(year):
    notice = read(NOTICES[year], year, unknown)
    found = problems_of(notice, complete=True)
    if year == 2007:  # three festivals were no holidays yet
        found = [each for each in found if "没有读到清明节、端午节、中秋节" not in each]
    assert found == []


@pytest.mark.parametrize(
    ("text", "off", "on"),
    [
        ("元旦：1月1日（周五）至3日（周日）放假，共3天。", "1/1 1/2 1/3", ""),
        (
            "二、春节：2月5日至13日放假调休，共9天。2月14日（星期日）上班",
            "2/5 2/6 2/7 2/8 2/9 2/10 2/11 2/12 2/13",
            "2/14",
        ),
        ("清明节：4月5日放假1天，不调休。", "4/5", ""),
        ("劳动节：５月１日－３日放假，共３天。", "5/1 5/2 5/3", ""),
        ("端午节：自6月9日起至11日止放假3天，6月12日（星期六）补班。", "6/9 6/10 6/11", "6/12"),
        ("端午节：6月9日—11日放假调休。", "6/9 6/10 6/11", ""),
        ("清明节：4月3日放假，4月5日（星期一）补休。", "4/3 4/4 4/5", ""),
        ("中秋节：9月17日放假，与周末连休。", "9/17 9/18 9/19", ""),
        ("中秋节：9月13日放假，与周末连休，共3天。", "9/11 9/12 9/13", ""),
        ("国庆节：10月9日（星期六）公休日调至10月7日（星期四）。", "10/7", "10/9"),
        (
            "国庆节：将10月9日（星期六）、10日（星期日）两个公休日分别调至10月7日（星期四）、8日（星期五）。",
            "10/7 10/8",
            "10/9 10/10",
        ),
        ("国庆节：9月30日至10月2日放假。", "9/30 10/1 10/2", ""),
        ("国庆节：10月9日（星期六），10日（星期日）均上班。", "", "10/9 10/10"),
        ("元旦：2026年12月31日至2027年1月2日放假。", "2026/12/31 1/1 1/2", ""),
        ("元旦：12月31日至1月2日放假，共3天。12月27日（星期日）上班。", "2026/12/31 1/1 1/2", "2026/12/27"),
        ("12月31日至1月2日停业，共3天。", "12/31 2028/1/1 2028/1/2", ""),
        ("春节：2月5日至8日放假。鼓励各单位安排职工在2月9日休息。", "2/5 2/6 2/7 2/8", ""),
        ("春节：2月5日至8日放假，共4天，2月9日（星期二）起正常上班。", "2/5 2/6 2/7 2/8", ""),
        ("春节：2月5日、\n6日放\n假。", "2/5 2/6", ""),
        ("元旦：1月1日放假。\n国务院办公厅\n2026年11月4日", "1/1", ""),
    ],
)
def test_phrasings(text, off, on):
    assert days(text) == (off, on)


def test_an_extension_begins_where_the_known_holiday_ends():
    known = {date(2020, 1, day): OFF for day in range(24, 31)} | {date(2020, 2, 1): ON}
    text = "一、延长2020年春节假期至2月2日（农历正月初九，星期日），2月3日（星期一）起正常上班。"
    assert days(text, 2020, known.get) == ("1/31 2/1 2/2", "")
    assert "不知道原来的假期到哪天" in problems(text, 2020)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("元旦：1月1日至3日放假，共4天。", "“1月1日至3日放假,共4天”：写的是4天，日期却有3天"),
        ("元旦：1月1日（星期四）放假。", "写的是星期四，但2027年1月1日（星期五）"),
        ("元旦：1月1日至3日，共3天。", "没有看懂2027年1月1日（星期五）是放假还是上班"),
        ("元旦：2月30日放假。", "2027年没有2月30日"),
        ("元旦：1日放假。", "没有写月份"),
        ("元旦：2031年1月1日放假。", "2031年不在2027年前后"),
        ("国庆节：10月1日至31日放假。", "不像一个假期"),
        ("国庆节：10月7日至1日放假。", "不像一个假期"),
        ("端午节：6月9日放假，与周末连休。", "不挨着周末"),
        ("劳动节：五月一日放假。", "日期要用数字"),
        ("劳动节：2027-05-01放假。", "日期要用数字"),
        ("劳动节：放假。", "“劳动节”后面没有读到放假的日期"),
        ("大家节日快乐。", "没有读到任何日期"),
    ],
)
def test_what_is_not_understood_is_named_with_what_to_write(text, said):
    assert said in problems(text)


def test_every_wrong_sentence_is_named_at_once():
    found = problems("一、元旦：1月1日（星期四）放假。\n二、春节：2月5日至8日放假，共5天。")
    assert "星期四" in found and "共5天" in found


FULL = (
    "一、元旦：1月1日（周五）至3日（周日）放假，共3天。\n"
    "二、春节：2月5日至11日放假调休，共7天。2月14日（星期日）、2月20日（星期六）上班。\n"
    "三、清明节：4月3日至5日放假，共3天。\n四、劳动节：5月1日至5日放假调休，共5天。5月8日（星期六）上班。\n"
    "五、端午节：6月9日放假1天，不调休。\n六、中秋节：9月15日放假1天，不调休。\n"
    "七、国庆节：10月1日至7日放假调休，共7天。9月26日（星期日）、10月9日（星期六）上班。\n"
)
"""Our own guess at 2027; the real notice was not known when this was written."""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        ("5月8日（星期六）上班", "5月10日（星期一）上班", "这天本来就上班"),
        ("5月8日（星期六）上班", "5月2日（星期日）上班", "2027年5月2日（星期日）既写了放假又写了上班"),
        ("五、端午节：6月9日放假1天，不调休。\n", "", "没有读到端午节的安排"),
        ("2月5日至11日放假调休，共7天", "2月6日至11日放假调休，共6天", "2027年2月5日（星期五）是春节的法定假日"),
        ("六、中秋节：9月15日", "六、中秋节：10月1日、9月15日", "天，日期却有2天"),
        ("六、中秋节：9月15日放假1天，", "六、中秋节：10月1日、9月15日放假，", "在“中秋节”和“国庆节”里都写了放假"),
    ],
)
def test_the_checks_of_a_whole_notice(old, new, said):
    def found() -> list[str]:
        try:
            notice: Notice = read(TITLE + FULL.replace(old, new, 1), 2027, unknown)
        except NoticeError as error:
            return error.problems
        return problems_of(notice, complete=True)

    assert said in "\n".join(found()) and bool(found()) is bool(said)


def test_a_branchs_own_days_need_not_be_a_whole_year():
    notice = read("12月5日（星期日）上班。12月7日（星期二）放假。", 2027, unknown)
    assert problems_of(notice, complete=False) == []


@pytest.mark.parametrize(
    ("text", "year"),
    [
        (TITLE, 2027),
        ("关于调整2019年劳动节假期安排的通知", 2019),
        ("延长2020年春节假期至2月2日", 2020),
        ("元旦：1月1日", None),
    ],
)
def test_the_year_of_the_title(text, year):
    assert year_of(text) == year
