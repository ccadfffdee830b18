"""Alembic's entry: one connection, one migration at a time across processes."""

from alembic import context
from sqlalchemy import create_engine, text

from bot.store.models import Base

_LOCK = 7_418_226  # any fixed number: whoever migrates holds it


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the job queue's own tables to its schema."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def run() -> None:
    """Run the pending migrations in one transaction under an advisory lock."""
    engine = create_engine(context.config.attributes["url"])
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True, include_name=_ours)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
