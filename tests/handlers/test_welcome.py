"""Following, scanning and leaving."""

from __future__ import annotations

import pytest

from bot.channels.scenes import scene_for
from bot.messages import Channel
from bot.store.models import Contact
from tests.handlers.talk import Phone, read_by


@pytest.fixture
def newcomer(pipeline, clock, people):
    return Phone(pipeline, clock, Channel.OFFICIAL, "oNewcomer")


def contact_of(db, openid):
    db.rollback()
    return db.query(Contact).filter_by(openid=openid).one_or_none()


def test_newcomer_is_told_what_we_can_do_and_how_to_be_connected(newcomer):
    said = newcomer.event("subscribe")
    assert "欢迎来到" in said
    assert "还没有绑定客户经理" in said
    assert "登记投诉" in said


def test_known_customer_hears_his_managers_name(phone):
    said = phone.event("subscribe")
    assert "王总好，欢迎您回来" in said
    assert "王芳" in said
    assert "1390000" in said


def test_code_ties_a_newcomer_to_a_manager(newcomer, people, settings, store, db):
    scene = scene_for(people.other.id, settings.tiexin_secret)
    assert "已为您绑定客户经理林浩" in newcomer.event("subscribe", f"qrscene_{scene}")
    assert contact_of(db, "oNewcomer").manager_id == people.other.id
    assert "通过您的二维码" in read_by(store, f"manager:{people.other.id}")
    assert "林浩" in newcomer.says("帮我找客户经理")
    assert "已为您绑定客户经理林浩" in newcomer.event("scan", scene)


def test_code_by_userid(stranger, settings, people):
    assert "林浩" in stranger.event("scan", scene_for("linhao", settings.tiexin_secret))


def test_forged_or_foreign_code_ties_nobody(stranger, phone, people, settings, db):
    forged = scene_for(people.other.id, "x" * 40)
    for scene in (forged, f"am_{people.other.id}_00", "whatever", scene_for(999, settings.tiexin_secret)):
        assert "还没有绑定客户经理" in stranger.event("scan", scene)
    assert contact_of(db, "oStranger").manager_id is None
    assert "已有专属客户经理王芳" in phone.event("scan", scene_for(people.other.id, settings.tiexin_secret))


def test_leaving_is_silent_and_forgets(phone, people, store, db):
    phone.says("我的电话13800131001，宽带怎么办")
    assert phone.event("unsubscribe") == ""
    contact = db.get(Contact, people.contact.id, populate_existing=True)
    assert (contact.openid, contact.customer_id, contact.following) == (None, None, False)
    assert "王总取消了关注" in read_by(store, f"manager:{people.manager.id}")


def test_staff_following_the_app_is_no_customer(staff):
    assert staff("wangfang").event("subscribe") == ""
    assert staff("nobody").event("unsubscribe") == ""
