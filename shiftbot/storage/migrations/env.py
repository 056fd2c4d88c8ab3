"""What Alembic runs for every command: it works on the connection that it is given, within that one's transaction."""

from alembic import context

from shiftbot.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
