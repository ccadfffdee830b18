"""H1: what a stranger said: accusations in words nobody had thought of, and praise and defence that accuse nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.care.planning_context import Desk
from bot.knowledge.texts import TextBook
from bot.store.models import Task
from bot.understanding.accusation import Colleague, accused
from tests.handlers.conftest import pack, pipeline
from tests.issues.recusal import House, phrases

__all__ = ["pack", "pipeline"]

OFFER = "登记投诉"


@pytest.fixture
def house(store, pipeline, clock, make, settings) -> House:
    return House(store, pipeline, clock, make, Desk(settings, TextBook(settings.tiexin_knowledge)))


def alarmed(house, customer):
    """Tell whether somebody above 周敏 was told at once, as of what is a matter of fraud going on."""
    with house.store.session() as db:
        mine = select(Task.rule).where(Task.contact_id == customer.contact_id, Task.manager_id == house.ids["何建华"])
        return "alarm" in db.scalars(mine).all()


@pytest.mark.parametrize(("which", "missed"), [("stranger_seen", 0), ("stranger_unseen", 3)])
def test_an_accusation_in_a_strangers_words_is_filed_or_offered_and_kept_from_him(house, which, missed):
    """Of the half that nobody looks at, as many may be missed as were when the rule was done, and no more."""
    bad = []
    for phrase in phrases(which):
        customer, since = house.customer(), house.last()
        answers = customer.tells(*phrase.said)
        if OFFER in answers:
            answers += customer.tells(OFFER)
        complaint = house.about(customer)
        found = house.reached(phrase.about, customer, since)
        filed = complaint is not None and house.ids[phrase.about] in complaint.accused
        if not filed and not alarmed(house, customer):
            found.append(f"not filed: {answers[:80]}")
        if found:
            bad.append("\n".join(f"{' / '.join(phrase.said)[-40:]} => {each[:160]}" for each in found))
    assert len(bad) <= missed, "\n".join(bad)


@pytest.mark.parametrize(("which", "missed"), [("stranger_innocent_seen", 0), ("stranger_innocent_unseen", 5)])
def test_praise_defence_and_what_others_do_accuse_nobody(house, which, missed):
    bad = []
    for phrase in phrases(which):
        customer = house.customer()
        answers = customer.tells(*phrase.said)
        complaint = house.about(customer)
        if complaint is not None and (complaint.accused or complaint.owner_id != house.ids["周敏"]):
            bad.append(f"{' / '.join(phrase.said)} => {complaint.accused}")
        elif OFFER in answers:
            bad.append(f"{' / '.join(phrase.said)} => {answers[:80]}")
    assert len(bad) <= missed, "\n".join(bad)


MANAGER = Colleague(1, "周敏", "周", own=True)
STAFF = (MANAGER, Colleague(2, "许静", "许"), Colleague(3, "何建华", "何", above=True))


@pytest.mark.parametrize(
    "text",
    [
        "州、敏 偷摸把我套餐从59改成199 还喊我莫声张 分我一半提成 这不是坑公司嘛",
        "舟·民 她在背后收商家的返点",
        "投诉周~敏，收了我五百",
        "套餐多扣我一百多块钱\n再加一句 当时是周敏让我签的空白单子 数是她自己填的",
        "我嗰个经理成日呃我 话冇合约 结果绑咗我两年 仲偷偷收咗我茶钱 唔好俾佢知我讲嘅",
        "嗰個經理成日鬧我，唔好俾佢知",
        "上个月周敏拿走我500现金说是押金到现在收据也没有 正常吗",
        "换客户经理要啥手续 那个周敏当着一屋子人说我是叫花子 我不想再看见她",
        "周某敏这人手脚不干净 我放柜台上的新手机就是她顺走的",
        "周敏人真好 就是老骗我钱",
        "多亏周敏 你们的人骗了我三千 就是她",
        "周敏没少骗我钱",
        "周敏有没有骗我我心里清楚 她收了我五百",
        "要是不处分周敏我不答应 她收我的钱",
        "遇到骗子了 你们周敏就是",
        "别人都说客户经理收红包 周敏收了我两条烟",
        "周敏给我办的卡说不要钱，结果月月扣，这不是诈骗吗",
    ],
)
def test_what_a_stranger_said_accuses_him(text):
    assert accused(text, STAFF) == {MANAGER.id}


@pytest.mark.parametrize(
    "text",
    [
        "宽带慢得要死 周敏都帮我催了三回了师傅还不来 你们装维的太不像话",
        "多亏周敏提醒我 差点被骗子骗走五千块",
        "你们要是给周敏扣绩效我可不答应 慢是机房的事 跟她没得关系",
        "周敏没收我一分钱就把猫换了 这服务没话说",
        "别人都说客户经理爱骗人 我家周敏从来不骗我",
        "有个诈骗电话冒充周敏 说要我转账 我没信 跟你们讲一声",
        "下周。敏感信息会泄露吗",
        "本周、民警来过",
    ],
)
def test_praise_defence_and_outsiders_do_not(text):
    assert accused(text, STAFF) == frozenset()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("多亏周敏提醒我 差点被骗子骗走五千块", "表扬"),
        ("你们要是给周敏扣绩效我可不答应 慢是机房的事 跟她没得关系", "表扬"),
        ("周敏没收我一分钱就把猫换了 这服务没话说", "表扬"),
        ("有个诈骗电话冒充周敏 说要我转账 我没信 跟你们讲一声", "转给周敏"),
    ],
)
def test_praise_is_passed_on_and_begins_no_complaint(house, text, answer):
    customer = house.customer()
    assert answer in customer.phone.says(text)
    assert house.about(customer) is None
