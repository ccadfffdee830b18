"""Give the lookup of a message an index that cannot be mistaken for another.

While a table has no statistics, the planner took the index on (channel, account, person) for a lookup by
(channel, account, key) and read every message of the account.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_inbound_person", table_name="inbound")
    op.create_index("ix_inbound_person", "inbound", ["person"], postgresql_where=sa.text("person IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_inbound_person", table_name="inbound")
    op.create_index("ix_inbound_person", "inbound", ["channel", "account", "person"])
