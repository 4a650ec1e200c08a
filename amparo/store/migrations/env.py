"""Alembic's environment: runs on the connection that `amparo.store.migrate` hands over."""

from alembic import context

from amparo.store import case_tables as _case_tables  # noqa: F401 - registers the case tables
from amparo.store import desk_tables as _desk_tables  # noqa: F401 - registers the desk tables
from amparo.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
