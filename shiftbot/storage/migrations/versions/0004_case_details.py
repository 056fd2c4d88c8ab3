"""The case of an excursion says more: what was in the unit, who was asked, what becomes of what was in it."""

from shiftbot.storage.migrations.guarding import write

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; cases that are there have none of it."""
    write(__file__)
