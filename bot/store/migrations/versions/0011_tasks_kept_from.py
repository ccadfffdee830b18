"""Keep with a task whom of the staff its words accuse, so that it is told to nobody of them later on either.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("kept_from", ARRAY(sa.BigInteger()), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("tasks", "kept_from")
