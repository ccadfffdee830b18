"""The demo's people are sound: the simulator and the demo loader both rely on this file."""

import re
from pathlib import Path

import pytest
import yaml

from scripts.simulator import Settings

DOCUMENT = yaml.safe_load(Path(Settings().people_file).read_text(encoding="utf-8"))
CUSTOMERS, MANAGERS = DOCUMENT["customers"], DOCUMENT["managers"]


def test_there_is_somebody_of_every_sort():
    assert len(CUSTOMERS) == 10
    assert [one["role"] for one in MANAGERS] == ["manager"] * 3 + ["supervisor"]
    assert {one["level"] for one in CUSTOMERS} == {"普通", "银", "金", "钻石"}
    assert [one["id"] for one in CUSTOMERS if not one.get("known", True)] == ["newcomer"]
    assert DOCUMENT["branch"] == {"company": "示例市分公司", "outlet": "城东网点", "region": "示例市"}


@pytest.mark.parametrize("one", CUSTOMERS, ids=lambda one: one["id"])
def test_a_customers_facts_have_their_form(one):
    assert re.fullmatch(r"o[0-9A-Za-z_-]{27}", one["openid"])
    assert re.fullmatch(r"1380013\d{4}", one["phone"])
    assert set(one["consents"]) <= {"birthday", "festival", "return_visit", "expiry"}
    assert one.get("manager", "zhou") in {manager["id"] for manager in MANAGERS}
    birthday = one.get("birthday", {"kind": "solar", "month": 1, "day": 1, "leap": False, "year": 1990})
    assert birthday["kind"] in {"solar", "lunar"}
    assert 1 <= birthday["month"] <= 12
    assert 1 <= birthday["day"] <= (30 if birthday["kind"] == "lunar" else 31)
    assert all(contract.keys() == {"name", "product", "ends_in_days"} for contract in one["contracts"])


def test_nobody_stands_twice(roster):
    assert len({person.id for person in roster}) == len({person.address for person in roster}) == len(roster)
