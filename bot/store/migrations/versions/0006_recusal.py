"""Keep whom of the staff a complaint is about, so that every list, card and lookup can leave him out.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("complaints", sa.Column("about_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_complaints_about_id", "complaints", "managers", ["about_id"], ["id"])
    op.add_column("complaints", sa.Column("about_too", ARRAY(sa.BigInteger()), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("complaints", "about_too")
    op.drop_column("complaints", "about_id")
