"""Lets alembic run the steps in the transaction that `migrate` has opened."""

from alembic import context

from ferryman.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
