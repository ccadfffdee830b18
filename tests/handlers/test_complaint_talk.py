"""A complaint as customers and managers live it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.business_hours import WorkingTime
from bot.messages import Card, Kind
from bot.service import staff_cards
from bot.service.context import Office
from bot.store.models import Complaint, ComplaintState, Outbox, Satisfaction, Task
from bot.store.session import Within
from bot.tickets.sla import Clockwork
from tests.conftest import SHANGHAI
from tests.handlers.talk import last_card, read_by

NUMBER = re.compile(r"TS\d{8}-\d{4}")


def file(phone, what="网速慢死了，再不修我换联通了，昨天开始的"):
    """Say it and confirm; return the receipt."""
    said = phone.says(what)
    assert "请您看看记得对不对" in said, said
    return phone.says("提交")


def complaint_of(db, contact=None):
    db.rollback()
    query = select(Complaint).order_by(Complaint.id.desc())
    return db.scalars(query).first()


def test_known_customer_is_soothed_and_asked_only_what_is_missing(phone, people, db, store):
    said = phone.says("网速慢死了，再不修我换联通了")
    assert "抱歉" in said
    assert "什么时候开始" in said
    said = phone.says("上周三晚上开始的")
    assert "类别：网络质量" in said
    assert "138****1001" in said
    assert "13800131001" not in said
    receipt = phone.says("提交")
    number = NUMBER.search(receipt).group()
    assert number == "TS20261120-0001"
    assert "王芳" in receipt
    assert "今天14:00前" in receipt
    complaint = complaint_of(db)
    assert (complaint.number, complaint.owner_id, complaint.phone) == (number, people.manager.id, "13800131001")
    assert complaint.since == "上周三晚上开始的"
    card = last_card(store, f"manager:{people.manager.id}")
    assert number in card.title
    assert [button.key for button in card.buttons] == ["complaint.take", "complaint.reply"]
    assert ("电话", "13800131001") in card.fields
    assert ("级别", "金") in card.fields


def test_stranger_is_asked_for_number_and_call_and_gets_an_owner(stranger, people, db, store):
    assert "抱歉" in stranger.says("我要投诉")
    stranger.says("你们乱扣费，扣了我三十块")
    stranger.says("这个月10号")
    stranger.says("13912345678")
    stranger.says("退给我")
    said = stranger.says("可以打")
    assert "139****5678" in said, said
    receipt = stranger.says("确认")
    assert NUMBER.search(receipt)
    assert "何建华" in receipt
    assert complaint_of(db).owner_id == people.supervisor.id
    assert ("电话", "13912345678") in last_card(store, f"manager:{people.supervisor.id}").fields


def test_cancel_and_back(phone):
    phone.says("我要投诉")
    assert "哪天扣的" in phone.says("你们乱扣费，扣了我三十块钱")
    assert "回到上一步" in phone.says("上一步")
    assert "不登记了" in phone.says("取消")


def test_greetings_in_between_are_no_story(phone):
    phone.says("我要投诉")
    for text in ("你好", "帮助", "谢谢你"):
        assert "我们正在填投诉登记" in phone.says(text)


def test_pictures_are_kept_in_and_after_the_complaint(phone, clock, db):
    phone.says("网速慢死了，再不修我换联通了")
    assert "第1张" in phone.sends(Kind.PICTURE)
    assert "什么时候" in phone.sends(Kind.LOCATION, label="幸福路1号")
    phone.says("昨天")
    receipt = phone.says("提交")
    clock.advance(timedelta(minutes=9))
    said = phone.sends(Kind.PICTURE)
    assert NUMBER.search(receipt).group() in said
    kinds = [event.data["kind"] for event in complaint_of(db).events if event.kind == "media"]
    assert kinds == ["picture", "location", "picture"]
    clock.advance(timedelta(minutes=2))
    assert "要放进您的投诉" in phone.sends(Kind.PICTURE)
    assert complaint_of(db).place == "幸福路1号"


def test_recognised_voice_answers_the_forms_question(phone):
    phone.says("网速慢死了，再不修我换联通了")
    said = phone.sends(Kind.VOICE, recognition="上周三晚上")
    assert "上周三晚上" in said
    assert "请您看看记得对不对" in said


def test_words_at_the_summary_change_it(phone, db):
    phone.says("网速慢死了，再不修我换联通了，昨天开始的")
    assert "不用打电话" in phone.says("不要给我打电话")
    assert "晚上特别慢" in phone.says("晚上特别慢，看不了电视")
    phone.says("提交")
    assert complaint_of(db).may_call is False


def test_second_telling_within_a_day_joins(phone, people, db, store):
    number = NUMBER.search(file(phone)).group()
    said = phone.says("网速慢死了，你们到底管不管，我要投诉")
    assert number in said
    assert "并进去" in said
    assert [event.kind for event in complaint_of(db).events] == ["filed", "joined"]
    assert "又说到" in read_by(store, f"manager:{people.manager.id}")


def test_words_of_law_reach_the_supervisor_at_once(phone, people, db, store):
    file(phone, "网速慢死了，昨天开始的，再不修我去工信部投诉你们")
    assert complaint_of(db).escalation == 1
    assert "升级投诉" in last_card(store, f"manager:{people.supervisor.id}").title


def test_whole_course(phone, staff, people, db, store):
    number = NUMBER.search(file(phone)).group()
    assert "正等王芳接单" in phone.says("我的投诉怎么样了")
    wang = staff("wangfang")
    card = last_card(store, f"manager:{people.manager.id}")
    assert number in wang.button("complaint.take", card.task_id)
    assert "已经接单" in phone.says("投诉进度")
    assert "已经接过" in wang.button("complaint.take", card.task_id, "CODE2")
    assert "请直接打字" in wang.button("complaint.reply", card.task_id, "CODE3")
    assert "已交给微信发给王建国" in wang.says("师傅今天下午三点上门，请您留人。")
    told = read_by(store, f"contact:{people.contact.id}")
    assert "已经接单" in told
    assert "师傅今天下午三点上门" in told
    assert "1. 已解决" in told
    complaint = complaint_of(db)
    assert complaint.state is ComplaintState.ANSWERED
    assert "师傅今天下午三点上门" in phone.says("我的投诉怎么样了")
    said = phone.says("我的投诉怎么样了")
    assert f"msgmenuid=cs:{complaint.id}:yes" in said
    assert f"msgmenuid=cs:{complaint.id}:no" in said
    said = phone.taps(f"cs:{complaint.id}:no", "没解决")
    assert "已重新打开" in said
    assert "王芳会看到" in phone.says("师傅没来")
    complaint = complaint_of(db)
    assert (complaint.state, complaint.escalation) == (ComplaintState.REOPENED, 1)
    assert complaint.events[-1].text == "师傅没来"
    assert "重开投诉" in last_card(store, f"manager:{people.supervisor.id}").title
    assert "已交给微信" in staff("he").says(f"回复 {number} 我是主管，今晚我亲自带人来。")
    assert "已经办结" in phone.says("解决了")
    assert complaint_of(db).state is ComplaintState.CLOSED
    assert "已经办结" in phone.taps(f"cs:{complaint.id}:yes")
    assert "已经办结" in wang.button("complaint.reply", card.task_id)
    assert "已经办结" in wang.says(f"回复 {number} 还有一句")


def test_template_words_keep_the_platforms_types(phone, staff, people, db):
    number = NUMBER.search(file(phone)).group()
    staff("wangfang").says(f"回复 {number} {'很长的答复' * 20}")
    row = db.scalars(select(Outbox).where(Outbox.rule == "complaint_answer")).one()
    fields = row.fallback["call"]["template"]["fields"]
    assert fields["character_string1"] == number
    assert fields["thing2"] == "有答复了，回复任意内容查看"
    assert fields["phrase3"] == "已答复"
    assert fields["time5"] == "2026年11月20日 10:00"
    assert row.fallback["task"]["text"]


def test_manager_cannot_touch_a_colleagues_complaint(phone, staff, people, db, store):
    number = NUMBER.search(file(phone)).group()
    card = last_card(store, f"manager:{people.manager.id}")
    lin = staff("linhao")
    for said in (
        lin.button("complaint.take", card.task_id),
        lin.button("complaint.reply", card.task_id),
        lin.says(f"接单 {number}"),
        lin.says(f"回复 {number} 您好"),
    ):
        assert "不用您再处理" in said or "没有找到" in said
    assert "没有未办结" in lin.says("我的投诉")
    assert complaint_of(db).state is ComplaintState.FILED
    assert number in staff("he").says("我的投诉")


def test_progress_none_and_by_number(phone, stranger):
    assert "没有查到" in phone.says("我的投诉怎么样了")
    number = NUMBER.search(file(phone)).group()
    assert number in phone.says(f"{number}进度")
    assert "没有找到编号" in stranger.says(f"{number}进度")
    assert "没有找到编号TS20200101-0001" in phone.says("TS20200101-0001")


def test_progress_lists_several(phone, clock):
    file(phone)
    file(phone, "你们上个月乱扣我三十块钱，退钱，前天发现的")
    said = phone.says("我的投诉怎么样了")
    assert "您有2件投诉" in said
    assert len(NUMBER.findall(said)) == 2


def test_late_complaint_is_admitted_and_goes_up(phone, people, clock, store):
    file(phone)
    clock.advance(timedelta(hours=9))
    assert "没做到" in phone.says("我的投诉怎么样了")
    assert "升级投诉" in last_card(store, f"manager:{people.supervisor.id}").title
    assert "已超过答复时限" in read_by(store, f"manager:{people.manager.id}")


def test_urge_reminds_once_in_half_an_hour(phone, people, clock, store):
    file(phone)
    for _ in range(3):
        assert "王芳" in phone.says("怎么还没人处理啊，催一下")
    assert read_by(store, f"manager:{people.manager.id}").count("在催") == 1
    clock.advance(timedelta(minutes=31))
    phone.says("怎么还没人处理啊，催一下")
    assert read_by(store, f"manager:{people.manager.id}").count("在催") == 2


def test_adding_words(phone, people, db, store):
    number = NUMBER.search(file(phone)).group()
    assert number in phone.says("补充：晚上八点以后最慢")
    assert number in phone.says(f"{number} 隔壁邻居家也一样慢")
    assert [event.text for event in complaint_of(db).events if event.kind == "added"] == [
        "晚上八点以后最慢",
        "隔壁邻居家也一样慢",
    ]
    assert "给TS" in read_by(store, f"manager:{people.manager.id}")


@pytest.mark.parametrize("text", ["补充流量包怎么买", "问题解决了吗", "怎么撤销投诉"])
def test_questions_are_no_words_about_the_complaint(phone, db, text):
    file(phone)
    phone.says(text)
    assert [event.kind for event in complaint_of(db).events] == ["filed"]


def test_withdraw_asks_first(phone, people, db, store):
    number = NUMBER.search(file(phone)).group()
    assert "确定要撤销" in phone.says("撤销投诉")
    assert "照常办理" in phone.says("2")
    phone.says("撤销投诉")
    assert "已按您的意思撤销" in phone.says("确定撤销")
    assert complaint_of(db).state is ComplaintState.CLOSED
    assert "撤销" in phone.says(number)
    assert "不用再处理" in read_by(store, f"manager:{people.manager.id}")


def closed(phone, staff, db):
    number = NUMBER.search(file(phone)).group()
    staff("wangfang").says(f"回复 {number} 修好了")
    phone.says("解决了")
    return complaint_of(db)


def test_return_visit_good(phone, staff, people, db, store):
    complaint = closed(phone, staff, db)
    assert "谢谢您的认可" in phone.taps(f"rv:{complaint.id}:good", "满意")
    assert complaint_of(db).satisfaction is Satisfaction.GOOD
    assert "已经评价过" in phone.taps(f"rv:{complaint.id}:bad", "不满意")
    assert "评价：满意" in read_by(store, f"manager:{people.manager.id}")


def test_return_visit_bad_reopens_one_level_up(phone, staff, people, db, store):
    complaint = closed(phone, staff, db)
    assert "重新打开" in phone.taps(f"rv:{complaint.id}:bad", "不满意")
    assert "记下了" in phone.says("拖了太久")
    complaint = complaint_of(db)
    assert complaint.state is ComplaintState.REOPENED
    assert (complaint.satisfaction, complaint.satisfaction_reason) == (Satisfaction.BAD, "拖了太久")
    task = db.scalars(select(Task).where(Task.rule == "rated_badly")).one()
    assert task.manager_id == people.supervisor.id
    assert "重开投诉" in last_card(store, f"manager:{people.supervisor.id}").title


def test_return_visit_fair_asks_why(phone, staff, db):
    complaint = closed(phone, staff, db)
    assert "做得更好" in phone.taps(f"rv:{complaint.id}:fair", "一般")
    phone.says("还行吧，就是等得久")
    assert complaint_of(db).satisfaction_reason == "还行吧，就是等得久"


def test_nobody_settles_anothers_complaint(phone, stranger, staff, db):
    complaint = closed(phone, staff, db)
    for choice in (f"cs:{complaint.id}:no", f"rv:{complaint.id}:bad", f"cw:{complaint.id}:yes", "cs:x:yes", "rv::"):
        assert "过时" in stranger.taps(choice)
    assert complaint_of(db).state is ComplaintState.CLOSED


def test_reply_after_the_customer_left_is_refused(phone, staff, people, db):
    number = NUMBER.search(file(phone)).group()
    phone.event("unsubscribe")
    assert "没能发出" in staff("wangfang").says(f"回复 {number} 您好")
    assert complaint_of(db).state is ComplaintState.FILED


def test_cards_hide_the_phone_of_a_colleagues_customer(phone, people, db, store, make):
    customer = people.customer
    complaint = make.complaint(people.contact, owner_id=people.other.id, phone=customer.phone, what="催13800131001")
    make.commit()
    assert complaint.number in phone.says("催一下，怎么还没人理我")
    office = Office(Within(db), lambda key, **values: key, complaint.filed_at, Clockwork(4, WorkingTime(SHANGHAI)), str)
    card: Card = staff_cards.complaint_card(
        office, people.other, staff_cards.shown_to(office, people.other, complaint), "title", 1
    )
    assert "13800131001" not in str(card)
    assert "138****1001" in str(card)
