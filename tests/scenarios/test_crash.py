"""Pulling the plug: what was promised is there afterwards, once."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psutil
import pytest
import requests
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.config import Settings
from bot.runtime.container import Services
from bot.store.models import (
    Account,
    Complaint,
    Contact,
    Inbound,
    Task,
)
from scripts.simulator.clock import PlatformClock
from scripts.simulator.deeds import message_id
from scripts.simulator.platform import Platform
from scripts.simulator.signing import account_of, sign
from scripts.simulator.testkit import Customer as Person
from scripts.simulator.testkit import World
from tests.scenarios.program import Program, web_processes

NUMBER = re.compile(r"TS\d{8}-\d{4}")
KILLS = 50


@pytest.fixture
def platform_clock() -> PlatformClock:
    """Real time: the processes of these tests have clocks of their own."""
    return PlatformClock()


@pytest.fixture
def program(services: Services, program_settings: Settings) -> Iterator[Program]:
    """The program's processes on the test's servers, with the demo's people."""
    running = Program(program_settings)
    yield running
    running.stop()


class Killer:
    """Kills one web process at a time, at moments nobody foresees."""

    def __init__(self, master: subprocess.Popen[bytes], chance: random.Random) -> None:
        self.kills = 0
        self._master = master
        self._chance = chance

    def soon(self) -> threading.Timer:
        """Kill within the next 60 ms."""
        timer = threading.Timer(self._chance.uniform(0, 0.06), self._kill)
        timer.start()
        return timer

    def _kill(self) -> None:
        alive = web_processes(self._master)
        if alive:
            victim = self._chance.choice(alive)
            try:
                victim.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                return
            self.kills += 1


def _insists(person: Person, words: str) -> None:
    """Say it again, as people do, while the platform shows its error."""
    for _ in range(10):
        if person.says(words).outcome == "replied":
            return
    raise AssertionError(f"no answer to {words!r}\n{person.transcript}")


def _complains(person: Person, killer: Killer) -> None:
    """File a complaint while the web side is being killed; each sentence is said until it is answered."""
    timers = [killer.soon()]
    _insists(person, "我要投诉，家里宽带天天掉线")
    for _ in range(12):
        timers.append(killer.soon())
        if NUMBER.search(person.transcript):
            break
        last = person.received[-1]
        words = "".join(str(last.get(name) or "") for name in ("content", "head"))
        _insists(person, "确认" if "确认提交" in words else "三天前开始的，电话13800138000，希望尽快修好，可以打电话")
    for timer in timers:
        timer.join()


def test_every_number_that_was_shown_exists_and_no_complaint_twice(
    platform: Platform, program: Program, truth: Session
) -> None:
    chance = random.Random(20261121)
    master, address = program.serve(processes=2)
    platform.settings.update({"target": address})
    world = World(platform)
    killer = Killer(master, chance)
    people = []
    while killer.kills < KILLS:
        person = world.stranger(f"crash{len(people):03}x", following=True)
        people.append(person)
        _complains(person, killer)

    filed = Counter(truth.execute(select(Complaint.number)).scalars())
    owners = Counter(truth.execute(select(Complaint.contact_id)).scalars())
    shown = {person.person.id: set(NUMBER.findall(person.transcript)) for person in people}
    assert all(len(numbers) == 1 for numbers in shown.values()), shown
    assert set().union(*shown.values()) == set(filed), "a number was shown that is not there, or one is there unseen"
    assert set(filed.values()) == {1}
    assert set(owners.values()) == {1}
    assert len(filed) == len(people)


def test_200_messages_three_times_to_two_processes_have_one_effect_and_one_answer(
    platform: Platform, program: Program, truth: Session
) -> None:
    """Two of three people are known, so that plain turns of both processes meet."""
    addresses = [program.serve()[1], program.serve()[1]]
    account = account_of(platform.settings, "official")
    office = truth.execute(select(Account.id).where(Account.name == "official")).scalar_one()
    known = [f"oThrice{number:021}" for number in range(200) if number % 3]
    truth.add_all(
        Contact(account_id=office, openid=person, pseudonym=f"客户-{person}", created_at=datetime.now(UTC))
        for person in known
    )
    truth.commit()
    texts = ("怎么查话费", "我要投诉宽带太慢", "谢谢", "转客户经理")

    def deliver(number: int) -> set[str]:
        person = f"oThrice{number:021}"
        now = platform.clock.now()
        fields = {
            "ToUserName": platform.settings.original_id,
            "FromUserName": person,
            "CreateTime": int(now),
            "MsgType": "text",
            "Content": texts[number % len(texts)],
            "MsgId": message_id(),
        }
        with ThreadPoolExecutor(3) as pool:
            copies = [sign(account, "safe", fields, now) for _ in range(3)]
            answers = list(
                pool.map(
                    lambda pair: _post(addresses[pair[0] % 2] + account.path, pair[1].search, pair[1].body, account),
                    enumerate(copies),
                )
            )
        return set(answers)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(deliver, range(200)))

    assert all(len(said) == 1 for said in answers), [said for said in answers if len(said) != 1][:3]
    people = select(func.count()).select_from(Inbound).where(Inbound.person.like("oThrice%"))
    assert truth.execute(people).scalar_one() == 200
    contacts = select(func.count()).select_from(Contact).where(Contact.openid.like("oThrice%"))
    assert truth.execute(contacts).scalar_one() == 200
    tasks = select(func.count(), func.count(Task.contact_id.distinct())).where(Task.rule.like("talk%"))
    count, people_with_task = truth.execute(tasks).one()
    assert count == people_with_task == 50, sorted({said for all_said in answers for said in all_said})[:3]


def _post(url: str, search: str, body: str | bytes, account: object) -> str:
    answer = requests.post(f"{url}?{search}", data=body, timeout=10)
    assert answer.status_code == 200
    text = answer.text
    if "<Encrypt>" not in text:
        return text
    sealed = text.split("<Encrypt><![CDATA[", 1)[1].split("]]>", 1)[0]
    plain = account.cipher.decrypt(sealed).decode()  # type: ignore[attr-defined]
    return re.sub(r"<CreateTime>\d+</CreateTime>", "", plain)
