"""H1: words that are added later are judged again: the case goes one level up before the accused could read them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog
from sqlalchemy import select

from bot.care.planning_context import Desk
from bot.customers.provisioning import unattended
from bot.delivery.manual_task import hand_over
from bot.knowledge.texts import TextBook
from bot.messages import Kind
from bot.store.models import Complaint, ComplaintEvent, ComplaintState, Contact, Manager, OpenQuestion, Outbox, Task
from tests.handlers.conftest import pack, pipeline
from tests.handlers.talk import read_by
from tests.issues.recusal import House

__all__ = ["pack", "pipeline"]

LINE = "我要投诉宽带断线三天了，幸福小区3栋，尽快修好"
SECRET = "周敏收红包五千"


@pytest.fixture
def house(store, pipeline, clock, make, settings) -> House:
    return House(store, pipeline, clock, make, Desk(settings, TextBook(settings.tiexin_knowledge)))


@pytest.fixture
def capture_logs_of_recusal():
    with structlog.testing.capture_logs() as logs:
        yield logs


@pytest.fixture
def customer(house):
    """One whose complaint about the line 周敏 has, and has taken."""
    customer = house.customer()
    customer.tells(LINE)
    complaint = house.about(customer)
    assert complaint.owner_id == house.ids["周敏"]
    assert "接单" in house.staff("周敏").says(f"接单 {complaint.number}")
    return customer


def answered(house, customer, state=ComplaintState.ANSWERED):
    """Let 周敏 answer, and the customer close it."""
    number = house.about(customer).number
    house.staff("周敏").says(f"回复 {number} 线路已经修好了")
    if state is ComplaintState.CLOSED:
        customer.phone.says("解决了")
    assert house.about(customer).state is state


def moved(house, customer, since, *, said=SECRET):
    """Check that the complaint left 周敏 for 何建华, who has the words, and that she has nothing more."""
    complaint = house.about(customer)
    assert (complaint.owner_id, complaint.accused) == (house.ids["何建华"], (house.ids["周敏"],))
    assert house.reached("周敏", customer, since) == []
    read = read_by(house.store, f"manager:{house.ids['何建华']}")
    assert complaint.number in read
    assert said in read
    return complaint


@pytest.mark.parametrize(
    "words",
    [
        f"补充：{SECRET}",
        f"补充一下，{SECRET}，我要投诉周敏",
        "补充：是周敏骂我，态度恶劣，我要投诉周敏",
        "补充：她骂我，还挂我电话",
        "补充：处理的人威胁我撤诉",
        "补充：别让周敏知道我补充了录音",
    ],
)
def test_an_addition_takes_it_up(house, customer, words):
    since = house.last()
    said = customer.phone.says(words)
    assert "何建华" in said
    assert "周敏" not in said
    moved(house, customer, since, said=words.partition("：")[2] or SECRET)


def test_words_with_the_number(house, customer):
    since = house.last()
    said = customer.phone.says(f"{house.about(customer).number} {SECRET}，你们查一下")
    assert "何建华会看到" in said
    moved(house, customer, since)


def test_urging(house, customer):
    since = house.last()
    said = customer.phone.says(f"快点处理，催一下，{SECRET}所以不办吧")
    assert "周敏" not in said
    moved(house, customer, since)


def test_not_solved_with_words(house, customer):
    answered(house, customer)
    since = house.last()
    said = customer.phone.says(f"没解决，{SECRET}")
    assert "由何建华跟进" in said
    assert moved(house, customer, since).state is ComplaintState.REOPENED


@pytest.mark.parametrize(
    "words",
    [
        "没解决，周敏根本没来，她还让我在回访里给好评，不然以后不管我",
        "不满意，你们那个客户经理就知道推卸责任",
        "没有解决。周敏来了一趟拍了个照片就走了，然后在系统里填已经修好",
        "还没好，而且周敏今天在小区群里把我家的地址和名字都发出来了",
    ],
)
@pytest.mark.parametrize("hours", [0, 60])
def test_not_content_and_why_opens_that_complaint_again(house, customer, words, hours):
    answered(house, customer)
    house.clock.advance(timedelta(hours=hours))
    number, since = house.about(customer).number, house.last()
    said = customer.phone.says(words)
    assert number in said
    assert "周敏" not in said
    complaint = moved(house, customer, since, said=words)
    assert (complaint.number, complaint.state) == (number, ComplaintState.REOPENED)


def test_what_is_still_amiss_after_reopening(house, customer):
    answered(house, customer)
    customer.phone.says("没解决")
    since = house.last()
    said = customer.phone.says(SECRET)
    assert "周敏" not in said
    moved(house, customer, since)


def test_an_addition_to_what_the_accused_answered_opens_it_again(house, customer):
    answered(house, customer)
    since = house.last()
    customer.phone.says(f"补充：{SECRET}")
    assert moved(house, customer, since).state is ComplaintState.REOPENED


def test_reopening_what_was_closed(house, customer):
    answered(house, customer, ComplaintState.CLOSED)
    since = house.last()
    customer.phone.says("还是没解决，周敏骂我")
    complaint = house.about(customer)
    customer.phone.taps(f"cs:{complaint.id}:no")
    assert moved(house, customer, since, said="重开投诉").state is ComplaintState.REOPENED
    with house.store.session() as db:
        texts = db.scalars(select(ComplaintEvent.text).where(ComplaintEvent.complaint_id == complaint.id)).all()
    assert "还是没解决，周敏骂我" in texts


def test_the_return_visit(house, customer):
    answered(house, customer, ComplaintState.CLOSED)
    complaint, since = house.about(customer), house.last()
    customer.phone.taps(f"rv:{complaint.id}:bad")
    said = customer.phone.says(f"{SECRET}，还瞒着我")
    assert "周敏" not in said
    complaint = house.about(customer)
    assert (complaint.owner_id, complaint.accused) == (house.ids["何建华"], (house.ids["周敏"],))
    sent = [each for each in house.reached("周敏", customer, since) if "红包" in each or "瞒着" in each]
    assert sent == []
    with house.store.session() as db:
        assert db.scalars(select(Task.id).where(Task.manager_id == house.ids["周敏"])).all() == []


def test_the_same_told_again_is_a_complaint_of_its_own_one_level_up(house, customer):
    since = house.last()
    customer.tells(f"我要投诉宽带断线，{SECRET}")
    complaint = house.about(customer)
    assert (complaint.owner_id, complaint.accused) == (house.ids["何建华"], (house.ids["周敏"],))
    reached = house.reached("周敏", customer, since)
    assert not [each for each in reached if complaint.number in each or "红包" in each or each.startswith("sent")]
    with house.store.session() as db:
        first = db.scalars(select(Complaint).where(Complaint.contact_id == customer.contact_id)).first()
    assert first.id != complaint.id
    assert first.owner_id == house.ids["周敏"]


def test_the_title_of_a_link(house, customer):
    since = house.last()
    customer.phone.sends(Kind.LINK, title="周敏收红包的录音", url="https://example.test")
    complaint = house.about(customer)
    assert complaint.accused == (house.ids["周敏"],)
    assert house.reached("周敏", customer, since) == []


def test_a_superior_who_took_it_keeps_it_when_the_owner_is_accused(house):
    customer = house.customer()
    customer.tells(LINE)
    house.staff("何建华").says(f"接单 {house.about(customer).number}")
    since = house.last()
    customer.phone.says(f"补充：{SECRET}")
    assert moved(house, customer, since).state is ComplaintState.TAKEN


def test_a_superior_who_took_it_and_is_accused_has_it_no_more(house):
    customer = house.customer()
    customer.tells(LINE)
    house.staff("何建华").says(f"接单 {house.about(customer).number}")
    since = house.last()
    said = customer.phone.says("补充：何建华骂我，让我别再投诉")
    assert "何建华" not in said
    complaint = house.about(customer)
    assert (complaint.owner_id, complaint.state) == (house.ids["李总监"], ComplaintState.FILED)
    for name in ("何建华", "周敏"):
        assert house.reached(name, customer, since) == []


def test_nothing_of_it_comes_back_when_it_is_late_answered_and_closed(house, customer):
    since = house.last()
    customer.phone.says(f"补充：{SECRET}")
    house.later(30)
    customer.phone.says("投诉进度")
    customer.phone.says("催一下")
    number = house.about(customer).number
    house.staff("何建华").says(f"接单 {number}")
    house.staff("何建华").says(f"回复 {number} 已经查实，会严肃处理")
    customer.phone.says("没解决")
    customer.phone.says("跳过")
    house.staff("何建华").says(f"回复 {number} 已经处分")
    customer.phone.says("解决了")
    customer.phone.taps(f"rv:{house.about(customer).id}:bad")
    customer.phone.says("处理太慢")
    house.later(30)
    assert house.reached("周敏", customer, since) == []


def test_what_cannot_be_delivered_goes_to_who_has_it_and_not_to_the_customers_manager(house, customer, settings):
    customer.phone.says(f"补充：{SECRET}")
    since, number = house.last(), house.about(customer).number
    house.staff("何建华").says(f"回复 {number} 已经查实，会严肃处理")
    with house.store.begin() as db:
        row = db.scalars(select(Outbox).where(Outbox.rule == "complaint_answer").order_by(Outbox.id.desc())).first()
        contact = db.get(Contact, customer.contact_id)
        assert hand_over(
            db,
            row,
            contact,
            book=TextBook(settings.tiexin_knowledge),
            settings=settings,
            calendars=house.desk.calendars,
            now=house.clock.now(),
        )
    assert house.reached("周敏", customer, since) == []
    assert "严肃处理" in house.staff("何建华").says("待办")


# -- other roads --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("我要找客户经理", "周敏收了我五百块红包"),
        ("找经理", "催一下，周敏骂我"),
        ("找经理", "周敏不是个东西，别让她来，叫她领导来"),
        ("找经理", "别让她来了，叫她领导来"),
        ("找经理", "周敏没人性，我不想见到她，换她领导过来"),
        ("表扬一下，许静不错，周敏太差劲了态度恶劣",),
        ("别让周敏知道，帮我把套餐降到59元",),
        ("周敏骂我，帮我换成129套餐，怎么换",),
        ("何建华和周敏合伙骗我的钱，我想死",),
    ],
)
def test_talk_praise_wishes_and_alarms(house, words):
    customer = house.customer()
    for text in words[:-1]:
        customer.phone.says(text)
    since = house.last()
    said = customer.phone.says(words[-1])
    assert "告诉周敏" not in said
    secret = [each for each in house.reached("周敏", customer, since) if words[-1][:6] in each or "sent" in each]
    assert secret == []


def test_who_despairs_with_a_complaint_open_is_not_told_to_whom_it_accuses(house):
    customer = house.customer()
    customer.tells("我要投诉周敏，她骂我")
    since = house.last()
    said = customer.phone.says("我不想活了")
    assert "告诉何建华" in said
    assert house.reached("周敏", customer, since) == []


def test_where_nobody_stands_above_it_is_kept_from_the_accused_all_the_same(house):
    with house.store.begin() as db:
        for name in ("何建华", "李总监", "许静"):
            db.get(Manager, house.ids[name]).active = False
    customer, since = house.customer(), house.last()
    said = customer.tells("我要投诉周敏，她收红包")
    assert "周敏" not in said.rpartition("编号")[2]
    assert house.reached("周敏", customer, since) == []


def test_where_every_supervisor_is_accused_a_colleague_takes_it(house):
    customer, since = house.customer(), house.last()
    customer.tells("我要投诉周敏、何建华和李总监，一起收红包")
    complaint = house.about(customer)
    assert set(complaint.accused) == {house.ids[name] for name in ("周敏", "何建华", "李总监")}
    assert complaint.owner_id == house.ids["许静"]
    for name in ("周敏", "何建华", "李总监"):
        assert house.reached(name, customer, since) == []
    assert complaint.number in read_by(house.store, f"manager:{house.ids['许静']}")


def test_a_complaint_that_nobody_may_take_is_an_alarm(house, capture_logs_of_recusal):
    with house.store.begin() as db:
        for name in ("何建华", "李总监", "许静"):
            db.get(Manager, house.ids[name]).active = False
        assert unattended(db.connection()) == 0
    house.customer().tells("我要投诉周敏，她收红包")
    with house.store.begin() as db:
        assert unattended(db.connection()) == 1
    assert ("error", "nobody_may_take_it") in {(each["log_level"], each["event"]) for each in capture_logs_of_recusal}


def test_a_question_that_names_one_of_the_staff_is_none_for_others(house):
    customer = house.customer()
    customer.phone.says("周敏发我的办理链接打不开")
    with house.store.session() as db:
        assert db.scalars(select(OpenQuestion.title)).all() == []
        assert [each.manager_id for each in db.scalars(select(Task))] == [house.ids["周敏"]]


def test_a_supervisor_without_superior_does_not_see_what_stays_with_the_manager(house):
    with house.store.begin() as db:
        db.get(Manager, house.ids["李总监"]).active = False
    customer, since = house.customer(), house.last()
    customer.tells("我要投诉何建华，态度恶劣")
    complaint = house.about(customer)
    assert complaint.owner_id == house.ids["周敏"]
    house.later(30)
    late = customer.phone.says("投诉进度")
    assert "主管" not in late
    assert house.reached("何建华", customer, since) == []


def test_a_name_is_no_pattern(house):
    """L4: a manager called 周(敏 made every text of his customers fail."""
    with house.store.begin() as db:
        db.get(Manager, house.ids["周敏"]).name = "周(敏"
    customer, since = house.customer(), house.last()
    assert "编号" in customer.tells("我要投诉周(敏，她骂我")
    assert house.about(customer).accused == (house.ids["周敏"],)
    assert house.reached("周敏", customer, since) == []
    assert "电话" in customer.phone.says("周(敏电话多少")


def test_about_is_kept_and_shown_to_who_handles_it(house):
    customer = house.customer()
    customer.tells("投诉周敏和许静，一起骗我办卡")
    complaint = house.about(customer)
    assert set(complaint.accused) == {house.ids["周敏"], house.ids["许静"]}
    with house.store.session() as db:
        card = db.scalars(
            select(Outbox.part).where(Outbox.recipient == f"manager:{house.ids['何建华']}").order_by(Outbox.id.desc())
        ).first()
    assert "需回避" in str(card)
