"""Calendar days and business hours

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_CHECK = r"""
-- Whether business hours are well formed: {"workdays": ["08:30-12:00", "13:30-18:00"], "sat": [...], ...}. Every day's
-- periods are HH:MM-HH:MM (at most until 24:00), begin before they end, in order and apart; on some day people work.
CREATE FUNCTION tiexin_hours_valid(the_hours jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    the_day text;
    the_periods jsonb;
    the_period text;
    until text;
BEGIN
    IF jsonb_typeof(the_hours) <> 'object' OR jsonb_typeof(the_hours -> 'workdays') IS DISTINCT FROM 'array'
       OR jsonb_array_length(the_hours -> 'workdays') = 0 THEN
        RETURN false;
    END IF;
    FOR the_day, the_periods IN SELECT key, value FROM jsonb_each(the_hours) LOOP
        IF the_day NOT IN ('workdays', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')
           OR jsonb_typeof(the_periods) <> 'array' THEN
            RETURN false;
        END IF;
        until := '';
        FOR the_period IN SELECT jsonb_array_elements_text(the_periods) LOOP
            IF the_period !~ '^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'
               OR left(the_period, 5) >= right(the_period, 5) OR left(the_period, 5) < until THEN
                RETURN false;
            END IF;
            until := right(the_period, 5);
        END LOOP;
    END LOOP;
    RETURN EXISTS (
        SELECT FROM unnest(ARRAY['mon', 'tue', 'wed', 'thu', 'fri']) AS day
        WHERE jsonb_array_length(coalesce(the_hours -> day, the_hours -> 'workdays')) > 0)
        OR jsonb_array_length(coalesce(the_hours -> 'sat', '[]')) > 0
        OR jsonb_array_length(coalesce(the_hours -> 'sun', '[]')) > 0;
END $$;
"""


def upgrade() -> None:
    op.create_table('calendar_days',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('kind', sa.Enum('holiday', 'workday', name='daykind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('notice_year', sa.BigInteger(), nullable=True),
    sa.Column('branch_id', sa.BigInteger(), nullable=True),
    sa.Column('made_by', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['branch_id'], ['branches.id'], name=op.f('fk_calendar_days_branch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_days'))
    )
    op.create_index('uq_calendar_days', 'calendar_days', ['date', sa.literal_column('coalesce(branch_id, 0)')], unique=True)
    op.execute(_CHECK)
    op.add_column('branches', sa.Column('hours', postgresql.JSONB(astext_type=sa.Text()), server_default='{"workdays": ["08:30-18:00"]}', nullable=False))
    op.create_check_constraint(op.f('ck_branches_hours'), 'branches', 'tiexin_hours_valid(hours)')


def downgrade() -> None:
    op.drop_constraint(op.f('ck_branches_hours'), 'branches')
    op.drop_column('branches', 'hours')
    op.execute('DROP FUNCTION tiexin_hours_valid(jsonb)')
    op.drop_table('calendar_days')
