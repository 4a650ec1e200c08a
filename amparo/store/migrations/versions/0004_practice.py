"""Practice talks of new counselors."""

from alembic import op

from amparo.store import practice_tables as _practice_tables  # noqa: F401 - registers the table
from amparo.store.tables import metadata

revision = "0004_practice"
down_revision = "0003_team"

TABLES = ("practices",)


def upgrade() -> None:
    metadata.create_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])


def downgrade() -> None:
    metadata.drop_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])
