"""The first schema."""

from alembic import op

from amparo.store import desk_tables as _desk_tables  # noqa: F401 - registers the desk tables
from amparo.store.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
