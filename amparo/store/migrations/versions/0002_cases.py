"""Referrals, case codes, handovers, break-glass, fallback channels, and who is to take over.

The first release made `case_codes` and `handovers` without some columns; both are empty there (nothing wrote them), so they are
made anew. A fresh database already has the added columns, because 0001 builds from today's metadata.
"""

import sqlalchemy as sa
from alembic import op

from amparo.store import case_tables as _case_tables  # noqa: F401 - registers the case tables
from amparo.store import desk_tables as _desk_tables  # noqa: F401 - registers the desk tables
from amparo.store.tables import metadata

revision = "0002_cases"
down_revision = "0001"

TABLES = "referrals case_codes case_returns handovers break_glass fallbacks".split()
COLUMNS = {"conversations": ("next_owner", "heard", "life_signs"), "cases": ("alarms",), "callbacks": ("asked_by",)}


def upgrade() -> None:
    bind = op.get_bind()
    for name in ("case_codes", "handovers"):
        op.execute(f"DROP TABLE IF EXISTS {name}")
    metadata.create_all(bind, tables=[metadata.tables[name] for name in TABLES])
    for table, columns in COLUMNS.items():
        known = {column["name"] for column in sa.inspect(bind).get_columns(table)}
        for name in columns:
            if name not in known:
                column = metadata.tables[table].c[name]
                op.add_column(table, sa.Column(name, column.type, nullable=False, server_default=column.server_default.arg))


def downgrade() -> None:
    bind = op.get_bind()
    metadata.drop_all(bind, tables=[metadata.tables[name] for name in TABLES])
    for table, columns in COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for name in columns:
                batch.drop_column(name)
