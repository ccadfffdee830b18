"""What a complaint already says: a wrong slot is worse than a question."""

from __future__ import annotations

from datetime import date

import pytest

from bot.understanding import ComplaintSlots
from bot.understanding.complaint_slots import read_complaint, story

TODAY = date(2026, 11, 20)  # a Friday


def read(text: str) -> ComplaintSlots:
    return read_complaint(text, TODAY, ())


@pytest.mark.parametrize(
    ("text", "day", "words"),
    [
        ("断网三天了", date(2026, 11, 17), "3天了"),
        ("上个月多扣了30块", date(2026, 10, 1), "上个月"),
        ("这个月10号扣的", date(2026, 11, 10), "这个月10号"),
        ("上上个月就这样", date(2026, 9, 1), "上上个月"),
        ("上周三晚上开始的", date(2026, 11, 11), "上周三晚上"),
        ("从前天开始", date(2026, 11, 18), "前天"),
        ("这几天一直断", date(2026, 11, 17), "这几天"),
        ("昨天下午3点多来的", date(2026, 11, 19), "昨天下午3点多"),
        ("半小时前断的", date(2026, 11, 20), "半小时前"),
        ("等了三天没人来", date(2026, 11, 17), "3天"),
        ("10月底装的", date(2026, 10, 1), "10月底"),
    ],
)
def test_since_when(text: str, day: date, words: str) -> None:
    told = read(text)
    assert (told.since, told.since_text) == (day, words)


@pytest.mark.parametrize(
    "text",
    [
        *("说了半天没人理", "等了半天", "打了半小时没人接", "排队40分钟", "每天早上都卡", "一到晚上就慢"),
        *("今天之内给我解决", "今天必须修好", "今天还没修好", "周一到周五都这样", "下周三再不来我就走", "明天给我解决"),
        *("3号窗口的人态度差", "幸福路18号没信号", "1号楼没信号", "24小时内答复我", "最近老掉线"),
    ],
)
def test_what_is_no_beginning(text: str) -> None:
    assert read(text).since is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("城东营业厅的人态度恶劣", "城东营业厅"),
        ("手机没信号，在幸福小区3号楼", "幸福小区3号楼"),
        ("我家住在人民路88号，没网了", "人民路88号"),
        *((text, None) for text in ("你们营业厅服务太差了", "让我去营业厅，营业厅又让我打客服", "那个小区信号不好")),
        *((text, None) for text in ("附近小区都没信号", "我家宽带老掉线", "线路老化", "每个小区都这样")),
    ],
)
def test_where(text: str, place: str | None) -> None:
    assert read(text).place == place


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("你们乱扣我三十块钱，退给我", "退给我"),
        ("赶紧派人上门修好", "赶紧派人上门修好"),
        ("要求退钱并道歉", "要求退钱并道歉"),
        ("一直没人处理，希望尽快处理", "希望尽快处理"),
        ("必须给我一个说法", "必须给我一个说法"),
        *((text, None) for text in ("师傅来过两次没修好", "连个解释都没有", "不给我退费", "没人处理", "取消不了")),
    ],
)
def test_what_is_wanted(text: str, wish: str | None) -> None:
    assert read(text).wish == wish


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("我要投诉宽带太慢", "宽带太慢"),
        ("你好，我要投诉，手机没信号", "手机没信号"),
        ("宽带太慢了，我要投诉！", "宽带太慢了"),
        ("我要投訴寬頻太慢", "寬頻太慢"),
        ("我想反映一下，师傅没来", "师傅没来"),
        ("再不修我就投诉你们", "再不修我就投诉你们"),
        ("我要投诉", "我要投诉"),
    ],
)
def test_the_story_without_its_opening(text: str, told: str) -> None:
    assert story(text) == told


def test_a_long_story_is_kept_whole() -> None:
    text = "宽带天天掉线。" + "修了又坏。" * 300
    assert read(text).what == text


def test_a_phone_number_is_no_hotline_of_the_authorities() -> None:
    assert read("打电话给我，13912345678").level is None
    assert read("再不解决我打12345").level == "serious"
