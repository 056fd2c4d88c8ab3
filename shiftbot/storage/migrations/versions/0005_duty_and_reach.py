"""Duty as people change it, calendars of the roster, how somebody is reached, mutes, alerts of several causes.

Only added to: the columns that join older tables are empty for the rows that are there.
"""

from shiftbot.storage.migrations.guarding import Guard, guard, write

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

GUARDS = (
    Guard(
        "duty_changes",
        "UPDATE",
        "a change of duty is never rewritten",
        "OLD.site <> NEW.site OR OLD.kind <> NEW.kind OR OLD.key <> NEW.key OR OLD.reason <> NEW.reason"
        " OR OLD.asked_by <> NEW.asked_by OR OLD.asked_at <> NEW.asked_at"
        " OR (OLD.starts_at <> NEW.starts_at AND OLD.state <> 'asked')"
        " OR OLD.state IN ('declined', 'withdrawn', 'expired')",
    ),
    Guard("duty_changes", "DELETE", "a change of duty is never deleted"),
    Guard("sign_ons", "UPDATE", "who signed on when stays as it was"),
    Guard("sign_ons", "DELETE", "who signed on when stays as it was"),
    Guard(
        "mutes",
        "UPDATE",
        "a mute only ever ends",
        "OLD.ended_at IS NOT NULL OR OLD.site <> NEW.site OR OLD.unit <> NEW.unit OR OLD.reason <> NEW.reason"
        " OR OLD.author <> NEW.author OR OLD.starts_at <> NEW.starts_at OR OLD.ends_at <> NEW.ends_at",
    ),
    Guard("mutes", "DELETE", "a mute is never deleted"),
    Guard("alert_causes", "DELETE", "the cause of an alert is never deleted"),
    Guard("alert_notes", "UPDATE", "a note on an alert is never changed"),
    Guard("alert_notes", "DELETE", "a note on an alert is never deleted"),
)


def upgrade() -> None:
    """Add columns and tables, then the guards of the new tables."""
    write(__file__)
    guard(GUARDS)
