"""The branch of the recusal tests: who says what, and everything that may have reached the accused by then."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from bot.care.agenda import agendas
from bot.care.deadlines import tick
from bot.care.planning_context import Desk
from bot.clock import ManualClock
from bot.intake.pipeline import Pipeline
from bot.messages import Channel, part_from_json
from bot.store.models import Complaint, Manager, OpenQuestion, Outbox, Task, Unanswered
from bot.store.session import Store
from tests.auxil.factories import Factory
from tests.handlers.talk import Phone, words

DATA = Path(__file__).parent.parent / "data" / "recusal"
LONG = "我是用了很多年的老用户了，家里几口人的号码也都在这里，说来话长请您慢慢听我讲。" * 12
"""Stands where a phrase has 〔长〕: more than the characters that are ranked."""
SUMMARY, SKIP, SUBMIT = "请您看看记得对不对", "跳过", "提交"
_numbers = itertools.count(1)


class Phrase(NamedTuple):
    """What somebody says, message by message, and whom it is about."""

    about: str
    said: tuple[str, ...]


def phrases(name: str) -> Iterator[Phrase]:
    """Read a list of phrases."""
    for line in (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            about, _, said = line.rpartition("|")
            said = said.replace("〔长〕", LONG)
            yield Phrase(about.strip() or "周敏", tuple(part.strip() for part in said.split("/")))


class House:
    """周敏 and 许静 are managers, 何建华 their supervisor, 李总监 his; every customer is 周敏's and new."""

    def __init__(self, store: Store, pipeline: Pipeline, clock: ManualClock, make: Factory, desk: Desk) -> None:
        self.store, self.pipeline, self.clock, self.make, self.desk = store, pipeline, clock, make, desk
        make.account()
        make.account(channel=Channel.WECOM, name="work")
        head = make.supervisor(name="李总监", wecom_userid="head", branch_id=make.branch(name="市公司").id)
        supervisor = make.supervisor(name="何建华", wecom_userid="he", supervisor_id=head.id)
        managers = [
            make.manager(name=name, supervisor_id=supervisor.id, wecom_userid=userid)
            for name, userid in (("周敏", "zhou"), ("许静", "xu"))
        ]
        self.ids = {each.name: each.id for each in (*managers, supervisor, head)}
        self.userids = {"周敏": "zhou", "许静": "xu", "何建华": "he", "李总监": "head"}
        make.commit()

    def customer(self) -> Customer:
        """Return a new customer of 周敏."""
        number = next(_numbers)
        manager = self.make.db.get(Manager, self.ids["周敏"])
        file = self.make.customer(name=f"王第{number}号", honorific="总", phone=f"1380000{number:04}", manager=manager)
        contact = self.make.open_contact(file, openid=f"oRecusal{number}")
        self.make.commit()
        phone = Phone(self.pipeline, self.clock, Channel.OFFICIAL, contact.openid)
        return Customer(phone, contact.id, file.id, file.name, file.phone)

    def reached(self, name: str, customer: Customer, since: int) -> list[str]:
        """Return all by which one of the staff may have got to know of a customer's words, on every road there is.

        `since` is the last message of the outbox before the customer spoke.
        """
        number = self._number(customer)
        found = [*self._sent(name, customer, since, number), *self._asked(name, customer, number)]
        return [*found, *self._kept(name, customer)]

    def _number(self, customer: Customer) -> str:
        with self.store.session() as db:
            mine = select(Complaint.number).where(Complaint.contact_id == customer.contact_id)
            return db.scalars(mine.order_by(Complaint.id.desc()).limit(1)).first() or ""

    def last(self) -> int:
        """Return the last message of the outbox."""
        with self.store.session() as db:
            return db.scalar(select(func.max(Outbox.id))) or 0

    def _sent(self, name: str, customer: Customer, since: int, number: str) -> list[str]:
        with self.store.session() as db:
            query = select(Outbox).where(Outbox.id > since, Outbox.recipient == f"manager:{self.ids[name]}")
            return [
                f"sent: {words(part_from_json(row.part))}" for row in db.scalars(query) if row.rule != "card_update"
            ]

    def _asked(self, name: str, customer: Customer, number: str) -> list[str]:
        """Return what his own commands, cards and the morning's brief tell him."""
        phone = self.staff(name)
        said = {each: phone.says(each) for each in ("投诉", "待办", "今日", "早报", "问题", "周报")}
        with self.store.session() as db:
            viewer = db.get(Manager, self.ids[name])
            calendars = {viewer.branch_id: self.desk.working_time(db, viewer.branch_id)}
            said["brief"] = str(agendas(db, [viewer], calendars, self.clock.now(), 50))
            complaints = db.scalars(select(Complaint.id).where(Complaint.contact_id == customer.contact_id)).all()
            tasks = db.scalars(select(Task.id).where(Task.contact_id == customer.contact_id)).all()
        for key in complaints:
            said |= {
                f"card {key} {button}": phone.button(f"complaint.{button}", f"complaint-{key}-1")
                for button in ("take", "reply", "whole")
            }
            phone.says("取消")
        for key in tasks:
            said[f"task {key}"] = phone.button("task.reply", f"task-{key}-0")
            phone.says("取消")
        found = [
            f"{road}: {answer}"
            for road, answer in said.items()
            if customer.name in answer or customer.number in answer or (number and number in answer)
        ]
        if number:
            for command in (f"全文 {number}", f"接单 {number}", f"回复 {number} 我来处理"):
                if "没有" not in (answer := phone.says(command)) and "不" not in answer:
                    found.append(f"{command}: {answer}")
        return found

    def _kept(self, name: str, customer: Customer) -> list[str]:
        """Return what is kept for him, or for all of the staff, of the customer's words."""
        with self.store.session() as db:
            tasks = select(Task.text).where(Task.contact_id == customer.contact_id, Task.manager_id == self.ids[name])
            complaints = select(Complaint.what).where(
                Complaint.contact_id == customer.contact_id, Complaint.owner_id == self.ids[name]
            )
            titles = select(OpenQuestion.title).where(OpenQuestion.title.contains(name))
            asked = select(Unanswered.text).where(Unanswered.text.contains(name))
            roads = {"task": tasks, "owned": complaints, "question": titles, "unanswered": asked}
            return [f"{road}: {text}" for road, query in roads.items() for text in db.scalars(query)]

    def later(self, hours: int) -> None:
        """Let time pass and what is overdue be told."""
        self.clock.advance(timedelta(hours=hours))
        with self.store.begin() as db:
            tick(self.desk, db, self.clock.now())

    def about(self, customer: Customer) -> Complaint | None:
        """Return the customer's newest complaint."""
        with self.store.session() as db:
            mine = select(Complaint).where(Complaint.contact_id == customer.contact_id)
            found = db.scalars(mine.order_by(Complaint.id.desc()).limit(1)).first()
            if found is not None:
                db.expunge(found)
            return found

    def staff(self, name: str) -> Phone:
        """Return the WeCom of a member of the staff."""
        return Phone(self.pipeline, self.clock, Channel.WECOM, self.userids[name])


class Customer(NamedTuple):
    """A customer and his phone."""

    phone: Phone
    contact_id: int
    id: int
    name: str
    number: str

    def tells(self, *said: str) -> str:
        """Say it all, skip what is still asked and confirm; return everything that was answered."""
        answers = [self.phone.says(text) for text in said]
        for _ in range(8):
            if SUMMARY in answers[-1]:
                answers.append(self.phone.says(SUBMIT))
            elif "跳过" in answers[-1]:
                answers.append(self.phone.says(SKIP))
            elif "电话" in answers[-1] and "回" in answers[-1] and answers[-1].endswith(("？", "？\n")):
                answers.append(self.phone.says("不用打电话"))
            else:
                break
        return "\n".join(answers)
