"""What is in force: entries of people join the files', branch by branch, and everybody agrees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.learning import drafts
from bot.learning.live_entries import items_of, live_rows, own_id
from bot.learning.versions import bump
from bot.packs import LivePacks, digest_of, read_files
from bot.understanding import Answer, Context
from tests.auxil.factories import Factory
from tests.learning.conftest import Write
from tests.understanding.conftest import FILES

CAT = "带猫能骑吗"


def answer_of(packs: LivePacks, question: str, branch: int = 0, today: date = date(2026, 11, 21)) -> str | None:
    outcome = packs["bikes"].at(branch).understand(question, Context(today, {}))
    return outcome.text if isinstance(outcome, Answer) else None


@pytest.fixture
def by_all(db: Session, make: Factory, clock: ManualClock, write: Write) -> str:
    """A live entry of all branches; its key."""
    entry = write()
    drafts.publish(db, entry, make.manager(), clock.now())
    return entry.key


def test_a_live_entry_answers_and_a_withdrawn_one_does_not(
    db: Session, packs: LivePacks, by_all: str, clock: ManualClock
) -> None:
    assert answer_of(packs, CAT) is None
    assert packs.catch_up(db)
    assert answer_of(packs, CAT) == "可以，请用猫包。"
    found = drafts.find(db, "bikes", by_all)
    assert found is not None
    drafts.withdraw(db, found, None, clock.now())
    assert packs.catch_up(db)
    assert answer_of(packs, CAT) is None


@pytest.mark.usefixtures("by_all")
def test_what_is_known_already_is_not_built_again(db: Session, packs: LivePacks, clock: ManualClock) -> None:
    assert packs.catch_up(db)
    before = packs["bikes"]
    assert not packs.catch_up(db)
    bump(db, "bikes", clock.now())
    assert packs.catch_up(db)
    assert packs["bikes"].understanding is before.understanding


def test_a_branch_knows_its_own_and_the_others_do_not(
    db: Session, make: Factory, clock: ManualClock, packs: LivePacks, write: Write
) -> None:
    south, north = make.branch(name="城南"), make.branch(name="城北")
    for branch, answer in ((south, "城南可以带猫。"), (north, "城北带猫请先打电话。")):
        drafts.publish(db, write(branch_id=branch.id, answer=answer), None, clock.now())
    packs.catch_up(db)
    assert answer_of(packs, CAT, south.id) == "城南可以带猫。"
    assert answer_of(packs, CAT, north.id) == "城北带猫请先打电话。"
    assert answer_of(packs, CAT) is None
    assert answer_of(packs, "押金几天到账", south.id) == answer_of(packs, "押金几天到账")


def test_a_branch_may_have_its_own_words_for_what_all_know(
    db: Session, make: Factory, clock: ManualClock, packs: LivePacks, write: Write
) -> None:
    south, north = make.branch(name="城南"), make.branch(name="城北")
    for branch in (south, north):
        content = {"question": "怎么扫码开锁", "variants": ["开锁怎么弄"], "answer": f"{branch.name}用蓝牙开锁。"}
        drafts.publish(db, write(key="bike-unlock", branch_id=branch.id, **content), None, clock.now())
    packs.catch_up(db)
    assert answer_of(packs, "开锁怎么弄", south.id) == "城南用蓝牙开锁。"
    assert answer_of(packs, "开锁怎么弄", north.id) == "城北用蓝牙开锁。"
    assert str(answer_of(packs, "开锁怎么弄")).startswith("打开小程序对准")


def test_a_branchs_own_words_are_replaced_under_either_name(
    db: Session, make: Factory, clock: ManualClock, packs: LivePacks, write: Write
) -> None:
    branch = make.branch()
    content = {"question": "怎么扫码开锁", "variants": ["开锁怎么弄"], "branch_id": branch.id}
    for key, answer in (("bike-unlock", "用蓝牙开锁。"), (own_id("bike-unlock", branch.id), "用新蓝牙开锁。")):
        entry = write(key=key, answer=answer, **content)
        drafts.publish(db, entry, None, clock.now())
        packs.catch_up(db)
        found = packs["bikes"].at(branch.id).understand("开锁怎么弄", Context(date(2026, 11, 21)))
        assert isinstance(found, Answer)
        assert (found.text, found.entry_id in items_of(entry)) == (answer, True)
    assert len(live_rows(db, "bikes")) == 1


def test_many_branches_share_one_index(
    db: Session, make: Factory, clock: ManualClock, packs: LivePacks, write: Write
) -> None:
    branches = [make.branch(name=f"网点{number}") for number in range(8)]
    for branch in branches:
        drafts.publish(db, write(branch_id=branch.id, answer=f"{branch.name}可以。"), None, clock.now())
    packs.catch_up(db)
    assert [answer_of(packs, CAT, branch.id) for branch in branches] == [f"{each.name}可以。" for each in branches]
    assert all(len(packs["bikes"].at(branch.id).knowledge.entries) == 5 for branch in branches)


def test_an_entry_of_the_files_can_be_replaced_and_comes_back(
    db: Session, clock: ManualClock, packs: LivePacks, write: Write
) -> None:
    content = {"question": "怎么扫码开锁", "variants": ["开锁怎么弄"], "answer": "用新版小程序扫码。"}
    entry = write(key="bike-unlock", **content)
    drafts.publish(db, entry, None, clock.now())
    packs.catch_up(db)
    assert answer_of(packs, "开锁怎么弄") == "用新版小程序扫码。"
    drafts.withdraw(db, entry, None, clock.now())
    packs.catch_up(db)
    assert str(answer_of(packs, "开锁怎么弄")).startswith("打开小程序对准")


def test_an_entry_is_valid_from_day_to_day(db: Session, clock: ManualClock, packs: LivePacks, write: Write) -> None:
    today = date(2026, 11, 21)
    drafts.publish(db, write(valid_to=today), None, clock.now())
    packs.catch_up(db)
    assert answer_of(packs, CAT, today=today) is not None
    assert answer_of(packs, CAT, today=today + timedelta(days=1)) is None


def test_processes_agree_however_they_came_there(
    db: Session, clock: ManualClock, packs: LivePacks, knowledge: Path, write: Write
) -> None:
    for question in ("可以带猫骑车吗", "可以带狗骑车吗"):
        drafts.publish(db, write(question=question), None, clock.now())
        packs.catch_up(db)
    late = LivePacks(knowledge, {"bikes": read_files(knowledge, "bikes")})
    late.catch_up(db)
    mine, other = packs.states()["bikes"], late.states()["bikes"]
    assert (mine.version.number, mine.content) == (other.version.number, other.content) == (2, mine.content)
    assert mine.pack.understanding.version == other.pack.understanding.version


def changed(pack_folder: Callable[..., Path]) -> Path:
    return pack_folder(bikes__entries__use=FILES["bikes/entries/use.yaml"].replace("三个工作日", "两天"))


def test_checked_files_are_taken_up(
    db: Session, clock: ManualClock, packs: LivePacks, pack_folder: Callable[..., Path], by_all: str
) -> None:
    folder = changed(pack_folder)
    packs.catch_up(db)
    assert "三个工作日" in str(answer_of(packs, "押金几天到账"))  # saved, not checked: not in force
    bump(db, "bikes", clock.now(), digest_of(folder, "bikes"))
    packs.catch_up(db)
    assert "两天" in str(answer_of(packs, "押金几天到账"))
    assert answer_of(packs, CAT) is not None
    assert by_all


def test_files_that_are_not_the_checked_ones_are_left(
    db: Session, clock: ManualClock, packs: LivePacks, pack_folder: Callable[..., Path]
) -> None:
    changed(pack_folder)
    bump(db, "bikes", clock.now(), "of another machine")
    packs.catch_up(db)
    assert "三个工作日" in str(answer_of(packs, "押金几天到账"))


def test_a_bad_file_is_refused_and_the_old_version_goes_on(
    db: Session, clock: ManualClock, packs: LivePacks, pack_folder: Callable[..., Path], by_all: str
) -> None:
    folder = pack_folder(bikes__entries__use="- id: [")
    bump(db, "bikes", clock.now(), digest_of(folder, "bikes"))
    packs.catch_up(db)
    assert "三个工作日" in str(answer_of(packs, "押金几天到账"))
    assert answer_of(packs, CAT) is not None
    assert by_all
