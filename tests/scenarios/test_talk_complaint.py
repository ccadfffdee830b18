"""Complaints are taken down in chat: soothed first, only what is missing is asked, one look before it is filed."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from bot.runtime.container import Services
from bot.store.models import Complaint, ComplaintState
from handlers import build_router
from scripts.simulator.platform import Platform
from scripts.simulator.testkit import World
from tests.scenarios.conftest import serving
from tests.scenarios.talking import BROADBAND, CHARGED, NUMBER, complaint, filed, said, story, talk

SOOTHED = (
    "王总，网络不好用确实耽误事，给您添麻烦了，抱歉。\n"
    "大概从什么时候开始的？是一直这样还是有时这样？\n"
    "（不想说可回复“跳过”，不登记了回复“取消”）"
)
SUMMARY = (
    "请您看看记得对不对：\n"
    "类别：网络质量\n"
    "事情：我家宽带老掉线，烦死了\n"
    "时间：今天早上开始的\n"
    "号码/地址：138****1001\n"
    "您的希望：尽快查修，恢复正常\n"
    "回电：可以打（138****1001）\n"
    "1. 确认提交\n"
    "2. 取消\n"
    "有要改的，直接告诉我就行。"
)
RECEIPT = (
    "已为您登记，编号TS20261120-0001。\n"
    "负责人：客户经理周敏\n"
    "最晚今天14:00前给您答复。\n"
    "想看进度回复“投诉进度”，想补充直接说。"
)


def shown(text: str) -> str:
    """Return a summary without the options the phone lists once more."""
    return text[: text.index("直接告诉我就行。") + len("直接告诉我就行。")]


def count(db: Session) -> int:
    db.rollback()
    return db.query(Complaint).count()


def test_the_flagship(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    assert talk(wang, "我家宽带老掉线，烦死了") == SOOTHED
    assert shown(talk(wang, "今天早上开始的")) == SUMMARY
    assert talk(wang, "确认") == RECEIPT
    zhou.sees_card(("新投诉 TS20261120-0001", "【网络质量】我家宽带老掉线", "王建国", "钻石", "13800131001"))
    kept = complaint(truth, "TS20261120-0001")
    assert (kept.what, kept.since, kept.state) == ("我家宽带老掉线，烦死了", "今天早上开始的", ComplaintState.FILED)


def test_who_says_everything_is_asked_nothing(world: World) -> None:
    wang = world.customer("王总")
    summary = talk(wang, "我要投诉宽带太慢，从上周三晚上开始的，要求派人上门修好，别给我打电话")
    assert "抱歉" in summary
    assert "事情：宽带太慢，从上周三晚上开始的" in summary
    assert "时间：上周三晚上" in summary
    assert "您的希望：要求派人上门修好" in summary
    assert "回电：不用打电话" in summary


def test_a_slow_line_is_a_matter_of_the_network(world: World) -> None:
    wang = world.customer("王总")
    assert "大概从什么时候开始的" in talk(wang, "我要投诉宽带太慢")
    summary = talk(wang, "上周开始的")
    assert "类别：网络质量" in summary
    assert "事情：宽带太慢\n" in summary


def test_nobody_has_to_say_complaint(world: World) -> None:
    wang = world.customer("王总")
    assert "抱歉" in talk(wang, "网速慢死了，再不修我换联通了")
    assert "时间：好几天了" in talk(wang, "好几天了")
    assert "TS" in talk(wang, "提交吧")


def test_an_idiom_is_no_date_and_your_shop_no_place(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    assert "是哪天" in talk(wang, "说了半天没人理，你们营业厅服务太差了")
    assert "希望怎么处理" in talk(wang, "昨天下午")
    summary = talk(wang, "要求道歉")
    assert "时间：昨天下午" in summary
    assert "号码/地址" not in summary
    assert "类别：服务态度" in summary


@pytest.mark.parametrize("yes", ["对", "👌", "提交吧", "確認"])
def test_every_yes_files_it(world: World, yes: str) -> None:
    wang = world.customer("王总")
    talk(wang, BROADBAND)
    assert "已为您登记" in talk(wang, yes)


def test_words_at_the_summary_change_what_they_speak_of(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    talk(wang, BROADBAND)
    assert "事情：我家宽带老掉线，烦死了，昨天开始的；师傅来过两次没修好\n" in talk(
        wang, "再加一句，师傅来过两次没修好"
    )
    corrected = talk(wang, "不对，是前天开始的")
    assert "时间：前天开始的" in corrected
    assert "；前天" not in corrected
    assert "号码/地址：幸福路18号" in talk(wang, "不对，地址是幸福路18号")
    assert "您的希望：希望今天就修好" in talk(wang, "希望今天就修好")
    assert "139****5678" in talk(wang, "电话换成13912345678")
    assert "可以打（189****5678）" in talk(wang, "打18912345678这个")
    assert "139****5678" in talk(wang, "13912345678")
    assert "回电：不用打电话" in talk(wang, "还是别打电话了")
    assert "类别：宽带装移修" in talk(wang, "类别改成宽带")
    number = NUMBER.search(talk(wang, "没问题"))
    assert number
    kept = complaint(truth, number.group())
    assert (kept.since, kept.place, kept.phone, kept.may_call) == ("前天开始的", "幸福路18号", "13912345678", False)


def test_only_wrong_is_asked_what(world: World) -> None:
    wang = world.customer("王总")
    talk(wang, BROADBAND)
    assert "哪里要改" in talk(wang, "不对")
    assert "时间：大前天" in talk(wang, "大前天")


def test_one_answer_may_fill_several_fields(world: World) -> None:
    stranger = world.stranger("tang", "小唐", following=True)
    assert talk(stranger, "我家宽带老掉线，烦死了").startswith("网络不好用")
    assert "方便打电话吗" in talk(stranger, "昨天开始的，在幸福路18号3单元")
    assert "手机号" in talk(stranger, "可以，下午三点以后打")
    summary = talk(stranger, "13912345678")
    assert "号码/地址：幸福路18号3单元" in summary
    assert "回电：可以打（139****5678），下午三点以后" in summary
    receipt = talk(stranger, "确认")
    assert "主管何建华" in receipt
    world.manager("何建华").sees_card(("13912345678", "方便接电话：下午三点以后"))


def test_who_complains_of_calls_is_not_said_to_want_one(world: World, truth: Session) -> None:
    chen = world.customer("陈女士")
    summary = talk(chen, "老是接到推销电话，烦死了，昨天一天五个，给我查清来源")
    assert "类别：营销骚扰" in summary
    assert "回电" not in summary
    number = NUMBER.search(talk(chen, "是"))
    assert number
    assert complaint(truth, number.group()).may_call is None


def test_steps_back_and_out(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    talk(wang, "你们乱扣我三十块钱，气死了")
    talk(wang, "上个月")
    assert "是哪个月" in talk(wang, "上一步")
    talk(wang, "上上个月")
    assert "时间：上上个月" in talk(wang, "退给我")
    assert "希望怎么处理" in talk(wang, "返回")
    assert "这次就不登记了" in talk(wang, "算了不投诉了")
    assert count(truth) == 0


def test_skipping_leaves_a_field_open(world: World) -> None:
    wang = world.customer("王总")
    talk(wang, "我家宽带老掉线，烦死了")
    assert "时间：" not in talk(wang, "记不清了")


def test_a_question_in_between_is_answered_and_the_form_goes_on(world: World) -> None:
    wang = world.customer("王总")
    talk(wang, "我家宽带老掉线，烦死了")
    aside = talk(wang, "宽带怎么移机？")
    assert "移机" in aside
    assert aside.endswith(SOOTHED.partition("\n")[2])
    assert "我们正在填投诉登记" in talk(wang, "谢谢")
    assert "请您看看" in talk(wang, "昨天")


def test_menu_taps_do_not_lose_what_was_said(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    talk(wang, "我家宽带老掉线，烦死了")
    for key in ("intent:complaint.progress", "intent:help", "intent:complaint.file", "ask:怎么查话费和账单"):
        wang.taps_menu(key)
        assert "大概从什么时候开始的" in said(wang)
    wang.taps_menu("intent:praise")
    assert "先给您留着" in said(wang)
    talk(wang, "周敏很耐心")
    assert "接着刚才的说" in talk(wang, "投诉")
    assert "事情：我家宽带老掉线，烦死了" in talk(wang, "昨天")
    talk(wang, "确认")
    assert count(truth) == 1


def test_other_words_are_kept_and_the_question_comes_again(world: World) -> None:
    wang = world.customer("王总")
    talk(wang, "我家宽带老掉线，烦死了")
    assert "没看懂时间" in talk(wang, "1")
    assert "也记下了" in talk(wang, "师傅来过两次都没修好")
    summary = talk(wang, "一直这样")
    assert "；师傅来过两次都没修好" in summary
    assert "时间：一直这样" in summary


def test_time_out_is_told_and_nothing_has_to_be_said_twice(world: World) -> None:
    wang = world.customer("王总")
    talk(wang, "我家宽带老掉线，烦死了")
    world.clock.advance(minutes=45)
    late = talk(wang, "你好")
    assert late.startswith("您刚才的投诉还没登记完")
    assert "王总" in late
    assert "还没登记完" not in talk(wang, "谢谢")
    assert "大概从什么时候开始的" in talk(wang, "投诉")
    assert "事情：我家宽带老掉线，烦死了" in talk(wang, "昨天")


def test_a_form_survives_a_restart_of_the_web_side(world: World, services: Services, platform: Platform) -> None:
    wang = world.customer("王总")
    talk(wang, "我家宽带老掉线，烦死了")
    again = Services(services.settings, build_router(), services.clock)
    again.packs = services.packs
    with serving(again) as address:
        platform.settings.update({"target": address})
        assert "请您看看" in talk(wang, "今天早上开始的")
    again.close()
    once_more = Services(services.settings, build_router(), services.clock)
    once_more.packs = services.packs
    with serving(once_more) as address:
        platform.settings.update({"target": address})
        assert talk(wang, "确认") == RECEIPT
    once_more.close()


def test_pictures_places_and_voices_are_kept(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    talk(wang, "我家宽带老掉线，烦死了")
    wang.sends_picture()
    assert "已放进这次投诉（第1张）" in said(wang)
    wang.sends_voice()
    assert "语音收到，已放进这次投诉" in said(wang)
    wang.sends_location("示例市城东路 1 号")
    assert "已写进这次投诉" in said(wang)
    assert "图片等：3份" in talk(wang, "昨天")
    number = NUMBER.search(talk(wang, "确认"))
    assert number
    world.manager("周敏").sees_card("图片等3份")
    wang.sends_picture()
    assert f"已补充到刚才登记的{number.group()}" in said(wang)
    kinds = [event.data["kind"] for event in complaint(truth, number.group()).events if event.kind == "media"]
    assert kinds == ["picture", "voice", "location", "picture"]


def test_ten_thousand_characters(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    summary = talk(wang, "宽带天天掉线，我要投诉，从上周开始的。" + "修了又坏，坏了又修。" * 1000)
    assert len(summary) < 600
    number = NUMBER.search(talk(wang, "确认"))
    assert number
    assert len(complaint(truth, number.group()).what) == 2000


def test_second_telling_joins_and_says_so(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    zhou.forgets()
    world.clock.advance(hours=2)
    again = talk(wang, "宽带还是掉线，你们到底管不管")
    assert number in again
    assert "已经并进去，也提醒了周敏，今天14:00前给您答复" in again
    zhou.sees((number, "你们到底管不管"))
    assert story(truth, number)[-1] == ("joined", "宽带还是掉线，你们到底管不管")


def test_joined_by_mistake_gets_its_own_number(world: World) -> None:
    wang = world.customer("王总")
    number = filed(wang)
    talk(wang, "手机在地下车库一点信号都没有，太差了")
    assert "单独登记" in talk(wang, "1")
    talk(wang, "上个月")
    receipt = talk(wang, "确认")
    assert "TS20261120-0002" in receipt
    assert number not in receipt


def test_another_matter_has_its_own_number(world: World) -> None:
    wang = world.customer("王总")
    first, second = filed(wang), filed(wang, CHARGED)
    assert (first, second) == ("TS20261120-0001", "TS20261120-0002")
    listed = talk(wang, "我的投诉怎么样了")
    assert "您有2件投诉" in listed
    assert NUMBER.findall(listed) == [second, first]


def test_law_and_press_go_to_the_supervisor_at_once(world: World) -> None:
    wang, he = world.customer("王总"), world.manager("何建华")
    assert "请主管一起跟进" in talk(wang, "网速慢死了，昨天开始的，再不修我去工信部告你们")
    talk(wang, "确认")
    he.sees_card("升级投诉 TS20261120-0001")


@pytest.mark.parametrize(
    "accusation", ["我要投诉周敏，态度特别差，昨天下午的事，要求道歉", "我的客户经理态度特别差，昨天下午吼我，要求道歉"]
)
def test_who_is_accused_neither_handles_nor_sees_it(world: World, truth: Session, accusation: str) -> None:
    wang, zhou, he = world.customer("王总"), world.manager("周敏"), world.manager("何建华")
    zhou.forgets()
    number = filed(wang, accusation)
    he.sees_card((number, "服务态度"))
    zhou.sees_nothing_else()
    assert "没有未办结" in talk(zhou, "我的投诉")
    assert "没有找到您名下" in talk(zhou, f"接单 {number}")
    assert "何建华" in talk(wang, "投诉进度")
    assert complaint(truth, number).owner.name == "何建华"


def test_naming_the_manager_is_no_accusation(world: World, truth: Session) -> None:
    number = filed(world.customer("王总"), "跟周敏说过了，宽带还是掉线，气死我了，昨天开始的")
    assert complaint(truth, number).owner.name == "周敏"


def test_numbers_are_masked_on_the_customers_phone(world: World) -> None:
    wang = world.customer("王总")
    filed(wang)
    assert "13800131001" not in wang.transcript
