"""Runs the revisions on the application's database; `flask --app app db upgrade` comes here."""

from __future__ import annotations

from alembic import context

from core.db import Base, db

config = context.config


def run_online() -> None:
    """Run each revision in a transaction of its own: after a crash the schema is the old or the new one."""
    engine = db.engine
    with engine.connect().execution_options(write=True) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")  # a rebuilt table must not cascade
        connection.rollback()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database only: set GOLDTHREAD_DATABASE_URL.")
run_online()
