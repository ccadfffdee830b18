"""Give the lookup of a message an index that cannot be mistaken for another.

While a table has no statistics, the planner took the index on (channel, account, person) for a lookup by
(channel, account, key) and read every message of the account.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


_WITH_PHONE = """
DROP FUNCTION tiexin_customer_turn;
DROP FUNCTION tiexin_staff_turn;
CREATE FUNCTION tiexin_customer_turn(the_account text, the_person text, the_key text)
RETURNS TABLE (account_id bigint, account text, branch_id bigint, pack text, contact_id bigint, customer_id bigint,
               name text, honorific text, level text, manager_id bigint, manager_name text, is_staff boolean,
               phone text, placeholders jsonb, state text, reply jsonb)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- Wait first, look after: each statement of a volatile function sees what was committed before it began.
    PERFORM pg_advisory_xact_lock(hashtextextended('official:' || the_account || ':' || the_person, 0));
    RETURN QUERY
    SELECT a.id, a.name, a.branch_id, a.pack, c.id, c.customer_id, coalesce(u.name, ''), coalesce(u.honorific, ''),
           coalesce(u.level, '')::text, m.id, coalesce(m.name, ''), false, coalesce(u.phone, ''), b.placeholders,
           i.state::text, i.reply
    FROM accounts a
    JOIN branches b ON b.id = a.branch_id
    LEFT JOIN contacts c ON c.account_id = a.id AND c.openid = the_person
    LEFT JOIN customers u ON u.id = c.customer_id
    LEFT JOIN managers m ON m.id = coalesce(u.manager_id, c.manager_id)
    LEFT JOIN inbound i ON i.channel = a.channel AND i.account = a.name AND i.key = the_key
    WHERE a.channel = 'official' AND a.name = the_account;
END $$;

CREATE FUNCTION tiexin_staff_turn(the_account text, the_person text, the_key text)
RETURNS TABLE (account_id bigint, account text, branch_id bigint, pack text, contact_id bigint, customer_id bigint,
               name text, honorific text, level text, manager_id bigint, manager_name text, is_staff boolean,
               phone text, placeholders jsonb, state text, reply jsonb)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('wecom:' || the_account || ':' || the_person, 0));
    RETURN QUERY
    SELECT a.id, a.name, coalesce(m.branch_id, a.branch_id), a.pack, NULL::bigint, NULL::bigint, coalesce(m.name, ''),
           '', '', m.id, coalesce(m.name, ''), true, coalesce(m.phone, ''), b.placeholders, i.state::text, i.reply
    FROM accounts a
    LEFT JOIN managers m ON m.wecom_account = a.name AND m.wecom_userid = the_person AND m.active
    JOIN branches b ON b.id = coalesce(m.branch_id, a.branch_id)
    LEFT JOIN inbound i ON i.channel = a.channel AND i.account = a.name AND i.key = the_key
    WHERE a.channel = 'wecom' AND a.name = the_account;
END $$;
"""
"""A turn begins with one call; it now tells the phone on file too, which a complaint's form asks for at every step."""


def upgrade() -> None:
    op.execute(_WITH_PHONE)
    op.drop_index("ix_inbound_person", table_name="inbound")
    op.create_index("ix_inbound_person", "inbound", ["person"], postgresql_where=sa.text("person IS NOT NULL"))


def downgrade() -> None:
    op.execute("DROP FUNCTION tiexin_customer_turn; DROP FUNCTION tiexin_staff_turn;")
    op.execute(import_module("bot.store.migrations.versions.0001_first_tables")._TURNS)
    op.drop_index("ix_inbound_person", table_name="inbound")
    op.create_index("ix_inbound_person", "inbound", ["channel", "account", "person"])
