"""The first tables, and the guards that keep facts as they were written (invariants 5 and 6)."""

from shiftbot.storage.migrations.guarding import Guard, guard, write

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GUARDS = (
    Guard("record", "UPDATE", "the record is only ever added to"),
    Guard("record", "DELETE", "the record is only ever added to"),
    Guard("answers", "UPDATE", "an answer is never changed; a correction is a new one"),
    Guard("answers", "DELETE", "an answer is never deleted"),
    Guard("missed_lines", "UPDATE", "missed stays missed"),
    Guard("missed_lines", "DELETE", "missed stays missed"),
    Guard("readings", "UPDATE", "a reading is never changed"),
    Guard("runs", "UPDATE", "missed stays missed", "OLD.state = 'missed' AND NEW.state <> 'missed'"),
    Guard("runs", "DELETE", "a run that opened is never deleted", "OLD.state <> 'prepared'"),
    Guard("counts", "UPDATE", "a closed count is never changed", "OLD.state = 'closed'"),
    Guard("counts", "DELETE", "a count is never deleted"),
    Guard("cases", "UPDATE", "a signed case is never changed", "OLD.state = 'signed'"),
    Guard("cases", "DELETE", "a case is never deleted"),
)


def upgrade() -> None:
    """Create every table, then its guards."""
    write(__file__)
    guard(GUARDS)
