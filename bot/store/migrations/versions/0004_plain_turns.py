"""Let turns that only answer be looked up and finished many at a time.

Such turns hold no lock while they are worked on. `contacts.turns` tells whether another turn of the same person was
committed meanwhile: every turn that may change his conversation counts one up.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FUNCTIONS = """
-- One call for all: a statement over arrays would be planned anew each time.
CREATE FUNCTION tiexin_customers_look(the_accounts text[], the_persons text[])
RETURNS TABLE (place int, account_id bigint, account text, branch_id bigint, pack text, contact_id bigint,
               customer_id bigint, name text, honorific text, level text, manager_id bigint, manager_name text,
               is_staff boolean, phone text, placeholders jsonb, turns bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    the_place int;
    the_office record;
BEGIN
    FOR the_place IN 1 .. cardinality(the_accounts) LOOP
        IF the_place = 1 OR the_accounts[the_place] <> the_accounts[the_place - 1] THEN
            SELECT a.id, a.name, a.branch_id, a.pack, b.placeholders INTO the_office
            FROM accounts a JOIN branches b ON b.id = a.branch_id
            WHERE a.channel = 'official' AND a.name = the_accounts[the_place];
        END IF;
        RETURN QUERY
        SELECT the_place, the_office.id, the_office.name, the_office.branch_id, the_office.pack, c.id, c.customer_id,
               coalesce(u.name, ''), coalesce(u.honorific, ''), coalesce(u.level, '')::text, m.id,
               coalesce(m.name, ''), false, coalesce(u.phone, ''), the_office.placeholders, c.turns
        FROM contacts c
        LEFT JOIN customers u ON u.id = c.customer_id
        LEFT JOIN managers m ON m.id = coalesce(u.manager_id, c.manager_id)
        WHERE c.account_id = the_office.id AND c.openid = the_persons[the_place];
    END LOOP;
END $$;

-- Write each turn as done, with the customer-service window it opened, unless another turn of the person runs (his
-- lock is taken), was committed since (the count moved on), he left, or the message is known already.
-- Returned are the places of those that were written; the others are as if they had not been tried.
CREATE FUNCTION tiexin_finish_plain(the_turns jsonb) RETURNS SETOF int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT * FROM jsonb_to_recordset(the_turns) AS x(
            place int, account text, key text, person text, kind text, text text, reply jsonb, outcome text,
            item text, now timestamptz, contact bigint, turns bigint, opened boolean, spoke boolean,
            until timestamptz, "left" int)
        ORDER BY x.contact
    LOOP
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(
            hashtextextended('official:' || t.account || ':' || t.person, 0));
        INSERT INTO inbound (channel, account, key, person, kind, text, reply, state, late, outcome, item,
                             received_at, done_at)
        VALUES ('official', t.account, t.key, t.person, t.kind, t.text, t.reply, 'done', false, t.outcome, t.item,
                t.now, t.now)
        ON CONFLICT (channel, account, key) DO NOTHING;
        CONTINUE WHEN NOT FOUND;
        UPDATE contacts c
        SET turns = c.turns + 1,
            last_message_at = CASE WHEN t.spoke THEN t.now ELSE c.last_message_at END,
            window_until = CASE
                WHEN NOT t.opened OR NOT t.spoke AND c.window_left > 0 AND c.window_until > t.until
                THEN c.window_until ELSE t.until END,
            window_left = CASE
                WHEN NOT t.opened OR NOT t.spoke AND c.window_left > 0 AND c.window_until > t.until
                THEN c.window_left ELSE t."left" END
        WHERE c.id = t.contact AND c.turns = t.turns AND c.openid = t.person;
        IF NOT FOUND THEN
            DELETE FROM inbound i WHERE i.channel = 'official' AND i.account = t.account AND i.key = t.key;
            CONTINUE;
        END IF;
        RETURN NEXT t.place;
    END LOOP;
END $$;
"""


def upgrade() -> None:
    op.add_column("contacts", sa.Column("turns", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("ALTER TABLE contacts SET (fillfactor = 75)")  # every message updates its contact: leave it room to stay
    op.execute(_FUNCTIONS)


def downgrade() -> None:
    op.execute("DROP FUNCTION tiexin_customers_look; DROP FUNCTION tiexin_finish_plain;")
    op.execute("ALTER TABLE contacts RESET (fillfactor)")
    op.drop_column("contacts", "turns")
