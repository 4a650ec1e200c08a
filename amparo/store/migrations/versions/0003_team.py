"""Accounts that two people make, who reads along, reasons for opening, read marks, drafts, calls for care.

Besides: an author is "counselor:" and 32 characters, two more than the first release kept; SQLite never minded, PostgreSQL refused.
"""

import sqlalchemy as sa
from alembic import op

from amparo.store import desk_tables as _desk_tables  # noqa: F401 - registers the desk tables
from amparo.store.tables import metadata

revision = "0003_team"
down_revision = "0002_cases"

TABLES = "account_marks joins looks reads drafts care_calls".split()


def upgrade() -> None:
    metadata.create_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("messages", "author", type_=sa.String(48))


def downgrade() -> None:
    metadata.drop_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])
