"""Who brings something, and who of the staff looks after him: one plain statement, for what happens all the time."""

from __future__ import annotations

from typing import Any, NamedTuple

from psycopg import Connection

from bot.customers.names import address
from bot.store.models import Manager, Role

_PARTY = """
SELECT c.id, c.account_id, a.pack, a.branch_id, c.pseudonym, u.id, coalesce(u.name, ''), coalesce(u.honorific, ''),
       coalesce(u.level::text, ''), coalesce(u.phone, ''), u.manager_id,
       m.id, m.name, m.role::text, m.branch_id, m.supervisor_id
FROM contacts c
JOIN accounts a ON a.id = c.account_id
LEFT JOIN customers u ON u.id = c.customer_id
LEFT JOIN managers m ON m.id = coalesce(u.manager_id, c.manager_id) AND m.active
WHERE c.id = %s
"""


class Staff(NamedTuple):
    """A member of the staff at work."""

    id: int
    name: str
    role: Role
    branch_id: int
    supervisor_id: int | None

    @classmethod
    def of(cls, manager: Manager) -> Staff:
        """Return what is needed of a manager's row."""
        return cls(manager.id, manager.name, manager.role, manager.branch_id, manager.supervisor_id)


class Party(NamedTuple):
    """A person on an account, his customer file as far as it is needed, and his own manager when that one is at work.

    Without a file `customer_id` and what follows it are empty.
    """

    contact_id: int
    account_id: int
    pack: str
    branch_id: int
    pseudonym: str
    customer_id: int | None
    name: str
    honorific: str
    level: str
    phone: str
    looked_after: int | None  # the manager named in his file, at work or not
    manager: Staff | None

    @property
    def full_name(self) -> str:
        """Return his name, or the pseudonym of one without a file."""
        return self.name if self.customer_id is not None else self.pseudonym

    @property
    def called(self) -> str:
        """Return how staff speaks of him: 王总, or the pseudonym of one without a file."""
        return address(self.name, self.honorific) if self.customer_id is not None else self.pseudonym

    def open_to(self, viewer: Staff) -> bool:
        """Return whether nothing is to be hidden from who handles his case: his own manager, or there is no file."""
        return self.customer_id is None or self.looked_after == viewer.id

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names that may not stand in what is shown to others."""
        return (self.name,) if self.customer_id is not None else ()


def party(connection: Connection[Any], contact_id: int, *, hold: bool = False) -> Party:
    """Return the contact with his file and his manager; with `hold` his row is locked until the transaction ends."""
    row = connection.execute(_PARTY + "FOR NO KEY UPDATE OF c" if hold else _PARTY, [contact_id]).fetchone()
    assert row is not None, "contacts are never deleted"
    number, name, role, *rest = row[11:]
    manager = Staff(number, name, Role(role), *rest) if number is not None else None
    return Party._make((*row[:11], manager))
