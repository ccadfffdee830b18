"""Find the messages that wait for their customers to write.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_AWAIT_CUSTOMER = "state IN ('waiting', 'unknown') AND reason IN ('window_shut', 'unconfirmed')"


def upgrade() -> None:
    op.create_index("ix_outbox_await_customer", "outbox", ["contact_id"], postgresql_where=sa.text(_AWAIT_CUSTOMER))


def downgrade() -> None:
    op.drop_index("ix_outbox_await_customer", table_name="outbox")
