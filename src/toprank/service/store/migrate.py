"""A store brought to the tables of this version, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text

from toprank.errors import DataError

__all__ = ["migrate"]

LOCK = 7_013_446
"""Names the lock that only one process migrates under."""


def migrate(connection: Connection) -> None:
    """Make or change the tables, in the connection's transaction; DataError if a newer toprank wrote them."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    found = MigrationContext.configure(connection).get_current_revision()
    try:
        if found == script.get_current_head():
            return
        script.get_revision(found or "base")
    except CommandError:
        raise DataError(
            f"the store has tables of version {found}, which this toprank does not know",
            "install the newer toprank that wrote them, or name another store",
        ) from None
    # Alembic's own `upgrade` reads an environment script; the connection that it would open is here already.
    steps = EnvironmentContext(config, script, fn=lambda revision, _: script._upgrade_revs("head", revision))
    with steps:
        steps.configure(connection=connection)
        steps.run_migrations()
