"""Say when a worker takes up a message that was kept, and park one whose turn died twice.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_CHECK = "ck_inbound_inboundstate"


def _allow(*states: str) -> None:
    op.execute(f"ALTER TABLE inbound DROP CONSTRAINT IF EXISTS {_CHECK}")
    op.create_check_constraint(op.f(_CHECK), "inbound", sa.column("state").in_(states))


def upgrade() -> None:
    op.add_column("inbound", sa.Column("resume_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("inbound", sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False))
    op.execute("UPDATE inbound SET resume_at = received_at WHERE state = 'accepted'")
    _allow("accepted", "done", "parked")
    op.drop_index("ix_inbound_accepted", table_name="inbound")
    op.create_index(
        "ix_inbound_resume", "inbound", ["resume_at"], postgresql_where=sa.text("resume_at IS NOT NULL")
    )
    op.create_index("ix_inbound_parked", "inbound", ["received_at"], postgresql_where=sa.text("state = 'parked'"))


def downgrade() -> None:
    op.execute("UPDATE inbound SET state = 'accepted' WHERE state = 'parked'")
    _allow("accepted", "done")
    op.drop_index("ix_inbound_parked", table_name="inbound")
    op.drop_index("ix_inbound_resume", table_name="inbound")
    op.create_index(
        "ix_inbound_accepted", "inbound", ["received_at"], postgresql_where=sa.text("state = 'accepted'")
    )
    op.drop_column("inbound", "attempts")
    op.drop_column("inbound", "resume_at")
