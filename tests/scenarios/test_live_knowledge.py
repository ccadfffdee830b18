"""Knowledge that changes while the real processes serve: all of them answer with it, and none pauses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config import Settings
from bot.learning import drafts
from bot.learning.export import as_yaml
from bot.messages import Channel
from bot.runtime.container import Services
from bot.store.models import Account
from bot.understanding import Entry
from scripts import reload_knowledge, withdraw_entry
from scripts.simulator.clock import PlatformClock
from scripts.simulator.platform import Platform
from scripts.simulator.testkit import World
from tests.auxil.waiting import until
from tests.conftest import KNOWLEDGE
from tests.scenarios.program import Program, web_processes

QUESTION, ANSWER = "取号机可以刷脸吗", "可以，对着取号机的摄像头看一眼就能取号。"
ASKED = ("取号机能刷脸吗", "刷脸取号行吗", "取号机可以刷脸吗", "取号可以刷脸不", "取号机刷脸", "能刷脸取号吗")


@pytest.fixture
def platform_clock() -> PlatformClock:
    """Real time: the processes of these tests have clocks of their own."""
    return PlatformClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A smaller knowledge of its own, that a test may change."""
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE / "common", folder / "common")
    shutil.copytree(KNOWLEDGE / "schema", folder / "schema")
    shutil.copytree(KNOWLEDGE / "telecom", folder / "telecom", ignore=shutil.ignore_patterns("entries", "products"))
    for file in ("entries/vip.yaml", "products/family.yaml"):
        (folder / "telecom" / file).parent.mkdir()
        shutil.copy(KNOWLEDGE / "telecom" / file, folder / "telecom" / file)
    return folder


@pytest.fixture
def program(
    services: Services, program_settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Program]:
    """The program's processes; commands of the test see the same settings."""
    monkeypatch.setenv("TIEXIN_DEMO", "1")
    monkeypatch.setenv("TIEXIN_KNOWLEDGE", str(folder))
    monkeypatch.setenv("DATABASE_URL", program_settings.database_url)
    running = Program(program_settings)
    yield running
    running.stop()


def versions(address: str) -> list[float]:
    """Return the version every web process answers from."""
    body = requests.get(f"{address}/metrics", timeout=10).text
    families = text_string_to_metric_families(body)
    return [
        sample.value for family in families for sample in family.samples if sample.name == "tiexin_knowledge_version"
    ]


def published(services: Services, db: Session) -> int:
    """Let somebody publish, in a process of his own, for the branch whose account it is."""
    branch = db.scalar(select(Account.branch_id).where(Account.channel == Channel.OFFICIAL))
    entry = drafts.draft(
        db,
        pack="telecom",
        branch_id=branch,
        question=QUESTION,
        variants=ASKED,
        answer=ANSWER,
        category="营业厅",
        by=None,
        now=services.clock.now(),
    )
    drafts.publish(db, entry, None, services.clock.now())
    db.commit()
    return entry.id


def test_what_is_published_answers_in_every_process_and_can_be_taken_back(
    platform: Platform, program: Program, services: Services, truth: Session
) -> None:
    _, address = program.serve(processes=2)
    platform.settings.update({"target": address})
    person = World(platform).stranger("live00001", following=True)
    until(lambda: versions(address) == [0, 0])
    assert ANSWER not in (person.says(ASKED[0]).outcome, person.transcript)

    entry = published(services, truth)
    until(lambda: versions(address) == [1, 1])
    for words in ASKED:
        person.says(words)
    assert person.transcript.count(ANSWER) == len(ASKED)
    assert requests.get(f"{address}/readyz", timeout=10).json()["knowledge"]["telecom"]["version"] == 1

    assert withdraw_entry.main([str(entry)]) == 0
    until(lambda: versions(address) == [2, 2])
    for words in ASKED[:3]:
        person.says(words)
    assert person.transcript.count(ANSWER) == len(ASKED)


def test_changed_files_answer_without_a_restart_and_a_bad_one_changes_nothing(
    platform: Platform, program: Program, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "telecom" / "entries" / "vip.yaml"
    master, address = program.serve(processes=2)
    platform.settings.update({"target": address})
    person = World(platform).stranger("live00002", following=True)
    before = web_processes(master)
    added = as_yaml([Entry("tel-face", "营业厅", QUESTION, ASKED, ANSWER)], "新增").partition("\n")[2]
    good = file.read_text(encoding="utf-8") + added

    file.write_text(good.replace("answer: 可以", "anser: 可以"), encoding="utf-8")
    assert reload_knowledge.main([]) == 1
    assert f"{file} 第" in capsys.readouterr().out
    assert person.says(ASKED[0]).outcome == "replied"
    assert versions(address) == [0, 0]

    file.write_text(good, encoding="utf-8")
    assert reload_knowledge.main([]) == 0, capsys.readouterr().out
    until(lambda: versions(address) == [1, 1])
    for words in ASKED:
        person.says(words)
    assert person.transcript.count(ANSWER) == len(ASKED)
    assert web_processes(master) == before
