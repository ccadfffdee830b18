"""Visibility of complaints: nobody accused sees one, nor anybody below him, whoever else may."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from bot.store.models import Manager
from bot.tickets import complaints, queries
from bot.tickets.complaints import ForeignError


class Staff(NamedTuple):
    """Two managers under a supervisor, whose own superior sits in the branch above; and one more supervisor."""

    manager: Manager
    colleague: Manager
    supervisor: Manager
    deputy: Manager
    head: Manager


@pytest.fixture
def staff(make) -> Staff:
    head = make.supervisor(name="李总监", branch_id=make.branch(name="市公司").id)
    supervisor = make.supervisor(name="何建华", supervisor_id=head.id)
    deputy = make.supervisor(name="丁一", supervisor_id=supervisor.id)
    manager, colleague = (make.manager(name=name, supervisor_id=supervisor.id) for name in ("周敏", "许静"))
    return Staff(manager, colleague, supervisor, deputy, head)


def _lists(db, viewer, complaint) -> bool:
    return complaint.id in {each.id for each in queries.open_for(db, viewer, complaint.filed_at, 100).rows}


def seen_by(db, complaint, staff: Staff) -> set[str]:
    """Return who may handle it; the lists agree, as far as they reach."""
    handling = {each.name for each in staff if complaints.may_act(db, each, complaint)}
    listing = {each.name for each in staff if _lists(db, each, complaint)}
    assert listing <= handling
    for each in staff:
        if each.name not in handling:
            with pytest.raises(ForeignError):
                complaints.for_manager(db, each, complaint.id)
    return handling


@pytest.mark.parametrize(
    ("owner", "about", "too", "seen"),
    [
        ("manager", "", (), {"周敏", "何建华", "丁一", "李总监"}),
        ("supervisor", "manager", (), {"何建华", "丁一", "李总监"}),
        ("manager", "colleague", (), {"周敏", "何建华", "丁一", "李总监"}),
        ("head", "supervisor", (), {"李总监"}),
        ("head", "manager", ("supervisor",), {"李总监"}),
        ("manager", "supervisor", ("deputy",), {"周敏", "李总监"}),
        ("manager", "manager", (), {"何建华", "丁一", "李总监"}),  # kept from him though the row has to name somebody
        ("supervisor", "supervisor", ("head",), set()),
    ],
)
def test_the_accused_and_those_below_him_see_nothing(db, make, staff, owner, about, too, seen):
    contact = make.contact(make.customer(manager=staff.manager))
    of = {field: getattr(staff, field).id for field in Staff._fields}
    complaint = make.complaint(
        contact, owner_id=of[owner], about_id=of.get(about), about_too=[of[each] for each in too], category="other"
    )
    assert seen_by(db, complaint, staff) == seen
