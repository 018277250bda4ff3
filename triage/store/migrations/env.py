"""Alembic runs this file: it migrates over the store's open connection, in its transaction."""

from alembic import context

from triage.store.schema import metadata

connection = context.config.attributes["connection"]
# SQLite cannot alter most things in place; batch mode copies the table, as its documentation says to.
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=True, **context.config.attributes.get("more", {})
)
context.run_migrations()
