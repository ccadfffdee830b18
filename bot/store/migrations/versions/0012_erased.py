"""Let it be found at once whether anybody was forgotten lately.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_audit_log_erased", "audit_log", ["at"], postgresql_where=sa.text("action = 'contact.erased'")
    )


def downgrade() -> None:
    op.drop_index("ix_audit_log_erased", table_name="audit_log")
