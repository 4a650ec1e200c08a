"""The first schema."""

from alembic import op

from amparo.store import desk_tables as _desk_tables  # noqa: F401 - registers the desk tables
from amparo.store.tables import metadata

revision = "0001"
down_revision = None


TABLES = (
    "conversations messages provider_ids outbox deletions cases changes counts trackers heartbeats "
    "counselors sessions presence audit case_papers callbacks seals exposures"
).split()
"""What this revision made; later tables belong to later revisions."""


def upgrade() -> None:
    metadata.create_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])


def downgrade() -> None:
    metadata.drop_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])
