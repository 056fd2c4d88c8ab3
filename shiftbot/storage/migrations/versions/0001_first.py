"""The first tables, and the guards that keep facts as they were written.

What is written down may not be changed or taken away, whoever holds the connection (invariants 5 and 6): triggers
refuse it on both databases. A guard refuses `what` on a table, for the rows that `when` picks.
"""

from dataclasses import dataclass
from pathlib import Path
from string import Template

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


@dataclass(frozen=True)
class Guard:
    """What is refused on a table, for which rows, in which words."""

    table: str
    what: str
    says: str
    when: str = ""

    @property
    def name(self) -> str:
        """The trigger's name."""
        return f"refuse_{self.what.lower()}_on_{self.table}"


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


WORDS = {
    "sqlite": {"serial": "INTEGER", "number": "INTEGER", "rowless": " WITHOUT ROWID"},
    "postgresql": {"serial": "BIGSERIAL", "number": "BIGINT", "rowless": ""},
}
"""The few words in which the two databases differ."""


def statements(words: dict[str, str]) -> list[str]:
    """The statements of 0001_first.sql in the words of one database."""
    text = Template(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")).substitute(words)
    written = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return [statement.strip() for statement in written.split(";") if statement.strip()]


def upgrade() -> None:
    """Create every table, then its guards."""
    dialect = op.get_bind().dialect.name
    for statement in statements(WORDS[dialect]):
        op.execute(statement)
    if dialect == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _guard_sqlite() -> None:
    for guard in GUARDS:
        when = f"WHEN {guard.when} " if guard.when else ""
        op.execute(
            f"CREATE TRIGGER {guard.name} BEFORE {guard.what} ON {guard.table} FOR EACH ROW {when}"
            f"BEGIN SELECT RAISE(ABORT, '{guard.says}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for guard in GUARDS:
        when = f"WHEN ({guard.when}) " if guard.when else ""
        op.execute(
            f"CREATE TRIGGER {guard.name} BEFORE {guard.what} ON {guard.table} FOR EACH ROW {when}"
            f"EXECUTE FUNCTION refuse_change('{guard.says}')"
        )
    for table in sorted({guard.table for guard in GUARDS if guard.what == "DELETE"}):
        op.execute(
            f"CREATE TRIGGER refuse_truncate_on_{table} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION refuse_change('{table} is never emptied')"
        )
