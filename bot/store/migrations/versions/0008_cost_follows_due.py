"""Let what runs all the time or reads for many find its rows by an index.

`complaints.noted_due` is the due time that was noted as passed: the deadlines' tick sees only what is still to note.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NOTED = """
UPDATE complaints SET noted_due = due_at
WHERE state IN ('filed', 'taken', 'reopened') AND EXISTS (
    SELECT FROM complaint_events e
    WHERE e.complaint_id = complaints.id AND e.kind = 'overdue' AND e.at >= complaints.due_at)
"""
_OPEN = "state IN ('filed', 'taken', 'answered', 'reopened')"
_INDEXES = {
    "ix_complaints_unnoted": (
        "complaints",
        ["due_at", "id"],
        "state IN ('filed', 'taken', 'reopened') AND noted_due IS DISTINCT FROM due_at",
    ),
    "ix_complaints_open_owner": ("complaints", ["owner_id", "due_at", "id"], _OPEN),
    "ix_complaints_open_branch": ("complaints", ["branch_id", "due_at", "id"], _OPEN),
    "ix_complaints_closed": ("complaints", ["closed_at"], "state = 'closed'"),
    "ix_customers_birthday": (
        "customers",
        ["birthday_month", "birthday_day", "birthday_calendar"],
        "birthday_calendar IS NOT NULL",
    ),
    "ix_outbox_expired": ("outbox", ["rule", "occasion"], "state = 'skipped' AND reason = 'expired'"),
    "ix_inbound_outcome": ("inbound", ["received_at"], "outcome IS NOT NULL"),
}


def upgrade() -> None:
    op.add_column("complaints", sa.Column("noted_due", sa.DateTime(timezone=True), nullable=True))
    op.execute(_NOTED)
    for name, (table, columns, where) in _INDEXES.items():
        op.create_index(name, table, columns, postgresql_where=sa.text(where))
    op.drop_index("ix_complaints_owner_id", table_name="complaints")  # only open ones are asked for by owner


def downgrade() -> None:
    op.create_index("ix_complaints_owner_id", "complaints", ["owner_id"])
    for name, (table, _, _) in _INDEXES.items():
        op.drop_index(name, table_name=table)
    op.drop_column("complaints", "noted_due")
