"""Name nobody who has left, keep promised times in view, end what nobody confirms, ask three times only.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_LOOKUPS = ("tiexin_customer_turn", "tiexin_customers_look")
_ANY = "managers m ON m.id = coalesce(u.manager_id, c.manager_id)"
_ACTIVE = f"{_ANY} AND m.active"
_PROMISED = "state = 'open' AND rule IN ('talk_to_manager', 'unanswered', 'wish')"


def upgrade() -> None:
    _redefine(_ANY, _ACTIVE)
    op.execute("UPDATE unanswered SET outcome = 'refused' WHERE outcome = 'refused_choice'")
    op.add_column("open_questions", sa.Column("times_asked", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE open_questions SET times_asked = 1 WHERE state = 'asked'")
    op.add_column("complaints", sa.Column("confirm_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_complaints_unconfirmed",
        "complaints",
        [sa.literal_column("coalesce(confirm_asked_at, answered_at)")],
        postgresql_where=sa.text("state = 'answered'"),
    )
    op.add_column("tasks", sa.Column("reminded", sa.BigInteger(), server_default="0", nullable=False))
    # What was late before anybody watched it is old news: nobody is told of it now.
    op.execute(f"UPDATE tasks SET reminded = 2 WHERE {_PROMISED} AND due_at < now()")
    op.create_index("ix_tasks_promised", "tasks", ["reminded", "due_at"], postgresql_where=sa.text(_PROMISED))


def downgrade() -> None:
    op.drop_index("ix_tasks_promised", table_name="tasks")
    op.drop_column("tasks", "reminded")
    op.drop_index("ix_complaints_unconfirmed", table_name="complaints")
    op.drop_column("complaints", "confirm_asked_at")
    op.drop_column("open_questions", "times_asked")
    op.execute("UPDATE unanswered SET outcome = 'refused_choice' WHERE outcome = 'refused'")
    _redefine(_ACTIVE, _ANY)


def _redefine(old: str, new: str) -> None:
    """Change one line of the functions that look a sender up, whatever else they have become since 0003 and 0004."""
    connection = op.get_bind()
    for name in _LOOKUPS:
        source = connection.scalar(sa.text("SELECT pg_get_functiondef(CAST(:name AS regproc))"), {"name": name})
        if old not in source:
            raise RuntimeError(f"{name} does not join managers as expected")
        connection.exec_driver_sql(source.replace(old, new))
