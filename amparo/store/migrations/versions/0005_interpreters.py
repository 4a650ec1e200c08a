"""Accounts that interpret."""

from alembic import op

from amparo.store import team_tables as _team_tables  # noqa: F401 - registers the table
from amparo.store.tables import metadata

revision = "0005_interpreters"
down_revision = "0004_practice"

TABLES = ("interpreters",)


def upgrade() -> None:
    metadata.create_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])


def downgrade() -> None:
    metadata.drop_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])
