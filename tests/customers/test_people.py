"""Who may see whom, who is responsible, who is tied to whom, who wants care."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from bot import customers
from bot.store.models import AuditEntry, Consent, Contact, Purpose
from tests.tickets.filing import office_of


def test_a_customer_is_seen_by_his_manager_and_above(db, make):
    head = make.supervisor()
    boss = make.supervisor(supervisor_id=head.id)
    manager = make.manager(supervisor_id=boss.id)
    colleague = make.manager(supervisor_id=boss.id)
    customer = make.customer(manager=manager, phone="13812345678")
    seen = [customers.visible_to(db, viewer, customer) for viewer in (manager, boss, head, colleague)]
    assert seen == [True, True, True, False]
    assert customers.masked_phone(db, customer.phone, boss, customer) == "13812345678"
    assert customers.masked_phone(db, customer.phone, colleague, customer) == "138****5678"
    assert customers.masked_phone(db, customer.phone, manager, None) == "138****5678"
    manager.active = False
    assert not customers.visible_to(db, manager, customer)


def test_a_circle_of_superiors_ends(db, make):
    one, two = make.manager(), make.manager()
    one.supervisor_id, two.supervisor_id = two.id, one.id
    db.flush()
    assert not customers.is_superior(db, make.manager(), one)


def test_unassigned_customers_are_the_supervisors(db, make):
    customer = make.customer(manager=None)
    assert customers.visible_to(db, make.supervisor(), customer)
    assert not customers.visible_to(db, make.manager(), customer)
    assert not customers.visible_to(db, make.supervisor(branch_id=make.branch(name="城北").id), customer)


def test_owner_is_always_one(db, make, clock):
    def owner(of):
        db.flush()
        here = office_of(db, clock)
        return here.responsible(customers.party(here.raw, of.id)).id

    customer = make.customer()
    contact = make.contact(customer)
    assert owner(contact) == customer.manager.id
    scanned = make.contact(manager_id=customer.manager_id)
    assert owner(scanned) == customer.manager.id
    customer.manager.active = False
    idle, busy = make.manager(), make.manager()
    make.complaint(scanned, owner_id=busy.id)
    assert owner(contact) == idle.id
    supervisor = make.supervisor()
    assert owner(contact) == supervisor.id


def test_branch_without_staff_asks_the_branch_above(db, make):
    company = make.branch(name="示例市分公司")
    head = make.supervisor(branch_id=company.id)
    lonely = make.branch(name="偏远网点", parent_id=company.id)
    assert customers.fallback_owner(db, lonely.id) is head
    assert customers.fallback_owner(db, make.branch(name="空网点").id) is head


def test_one_level_up(db, make):
    boss = make.supervisor()
    manager = make.manager(supervisor_id=boss.id)
    assert customers.one_level_up(db, manager) is boss
    assert customers.one_level_up(db, make.manager()) is boss
    assert customers.one_level_up(db, boss) is None


def test_two_processes_meet_one_stranger(store, make, clock):
    account = make.account()
    make.commit()
    ids = []
    start = threading.Barrier(2)

    def meet() -> None:
        start.wait()
        with store.begin() as db:
            ids.append(customers.ensure(db, account.id, "oNew", now=clock.now()).id)

    threads = [threading.Thread(target=meet) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids[0] == ids[1]


def test_tying_to_a_manager(db, make, clock):
    manager, other = make.manager(), make.manager()
    contact = make.contact()
    assert customers.tie_to_manager(db, contact, manager, now=clock.now())
    assert not customers.tie_to_manager(db, contact, manager, now=clock.now())
    with pytest.raises(customers.TiedError):
        customers.tie_to_manager(db, contact, other, now=clock.now())
    stranger, far = make.contact(), make.manager(branch_id=make.branch(name="城北").id)
    with pytest.raises(customers.TiedError):
        customers.tie_to_manager(db, stranger, far, now=clock.now())
    other.active = False
    with pytest.raises(customers.TiedError):
        customers.tie_to_manager(db, stranger, other, now=clock.now())


def test_binding_to_a_customer(db, make, clock):
    customer, contact = make.customer(), make.contact()
    customers.bind(db, contact, customer, now=clock.now(), actor="manager:1")
    customers.bind(db, contact, customer, now=clock.now(), actor="manager:1")
    assert contact.customer_id == customer.id
    assert db.scalars(select(AuditEntry)).one().action == "customer.bound"
    with pytest.raises(customers.TiedError):
        customers.bind(db, contact, make.customer(), now=clock.now(), actor="manager:1")


def test_following_again_is_known(db, make, clock):
    contact = make.contact(followed_at=None)
    assert not customers.followed(db, contact, now=clock.now())
    assert customers.followed(db, contact, now=clock.now())


def test_care_opt_out_and_in(db, make, clock):
    contact = make.contact(make.customer())
    assert not customers.care_opt(db, contact, True, clock.now())
    assert customers.care_opt(db, contact, False, clock.now())
    assert not customers.care_opt(db, contact, False, clock.now())
    db.flush()
    assert not customers.care_allowed(db, contact)
    query = select(Consent.purpose, Consent.granted).where(Consent.customer_id == contact.customer_id)
    assert dict(db.execute(query).all()) == {Purpose.CARE: False, Purpose.MARKETING: False}
    assert customers.care_opt(db, contact, True, clock.now())
    assert dict(db.execute(query).all()) == {Purpose.CARE: True, Purpose.MARKETING: False}


def test_care_opt_of_a_stranger(db, make, clock):
    contact: Contact = make.contact()
    assert customers.care_opt(db, contact, False, clock.now())
    assert contact.care_stopped_at == clock.now()
    assert customers.care_opt(db, contact, True, clock.now())
    assert contact.care_stopped_at is None
