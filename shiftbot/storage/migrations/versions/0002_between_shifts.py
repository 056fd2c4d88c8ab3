"""What shifts leave to each other (follow-ups, hand-over notes, claimed sections), corrections, PINs, when runs expire.

Only added to: every column that joins an older table has a value for the rows that are there.
"""

from shiftbot.storage.migrations.guarding import Guard, guard, write

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GUARDS = (
    Guard(
        "hand_overs",
        "UPDATE",
        "a hand-over note is never changed",
        "OLD.note <> NEW.note OR OLD.written_by <> NEW.written_by OR OLD.written_at <> NEW.written_at"
        " OR OLD.site <> NEW.site OR CAST(OLD.facts AS TEXT) <> CAST(NEW.facts AS TEXT)",
    ),
    Guard("hand_overs", "DELETE", "a hand-over note is never deleted"),
    Guard("hand_over_reads", "UPDATE", "who read a note when stays as it was"),
    Guard("hand_over_reads", "DELETE", "who read a note when stays as it was"),
    Guard("follow_ups", "UPDATE", "a closed follow-up is never changed", "OLD.state = 'closed'"),
    Guard("follow_ups", "DELETE", "a follow-up is never deleted"),
)


def upgrade() -> None:
    """Add columns and tables, then the guards of the new tables."""
    write(__file__)
    guard(GUARDS)
