"""A branch with two managers, a supervisor and a few customers, and phones for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
import redis

from bot.clock import ManualClock
from bot.config import Settings
from bot.intake.pipeline import Pipeline
from bot.knowledge.texts import Texts
from bot.messages import Channel
from bot.packs import Pack
from bot.store.models import Contact, Customer, Manager
from bot.store.session import Store
from bot.understanding import Understanding
from handlers import build_router
from tests.auxil.factories import Factory
from tests.conftest import KNOWLEDGE, SHANGHAI
from tests.handlers.talk import Phone


@dataclass
class Branch:
    """The people of the tests."""

    manager: Manager
    other: Manager
    supervisor: Manager
    customer: Customer
    contact: Contact
    stranger: Contact


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The telecom pack, read once a run."""
    return Pack(Texts.load(KNOWLEDGE, "telecom"), Understanding.load(KNOWLEDGE, "telecom"))


@pytest.fixture
def clock() -> ManualClock:
    """Friday 2026-11-20 10:00 in Shanghai: working time."""
    return ManualClock(datetime(2026, 11, 20, 10, 0, tzinfo=SHANGHAI))


@pytest.fixture
def people(make: Factory) -> Branch:
    """王总 is 王芳's customer; the stranger follows the account and nobody knows him."""
    make.account()
    make.account(channel=Channel.WECOM, name="work")
    supervisor = make.supervisor(name="何建华", wecom_userid="he")
    manager = make.manager(name="王芳", wecom_userid="wangfang", supervisor_id=supervisor.id)
    other = make.manager(name="林浩", wecom_userid="linhao", supervisor_id=supervisor.id)
    customer = make.customer(name="王建国", honorific="总", phone="13800131001", manager=manager)
    contact = make.open_contact(customer, openid="oWang")
    stranger = make.open_contact(openid="oStranger")
    make.commit()
    return Branch(manager, other, supervisor, customer, contact, stranger)


@pytest.fixture
def pipeline(store: Store, redis_client: redis.Redis, pack: Pack, settings: Settings, clock: ManualClock) -> Pipeline:
    """The real pipeline with the program's handlers."""
    return Pipeline(
        store=store,
        client=redis_client,
        router=build_router(),
        packs={"telecom": pack},
        settings=settings,
        clock=clock,
    )


@pytest.fixture
def phone(pipeline: Pipeline, clock: ManualClock, people: Branch) -> Phone:
    """王总's phone."""
    return Phone(pipeline, clock, Channel.OFFICIAL, "oWang")


@pytest.fixture
def stranger(pipeline: Pipeline, clock: ManualClock, people: Branch) -> Phone:
    """The phone of somebody nobody knows."""
    return Phone(pipeline, clock, Channel.OFFICIAL, "oStranger")


@pytest.fixture
def staff(pipeline: Pipeline, clock: ManualClock, people: Branch) -> Callable[[str], Phone]:
    """The WeCom of a member of the staff: `staff("wangfang")`."""
    return lambda userid: Phone(pipeline, clock, Channel.WECOM, userid)
