"""What revisions share: SQL in the words of either database, and guards that keep facts as they were written.

What is written down may not be changed or taken away, whoever holds the connection (invariants 5 and 6): triggers
refuse it on both databases. A guard refuses `what` on a table, for the rows that `when` picks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from alembic import op

WORDS = {
    "sqlite": {"serial": "INTEGER", "number": "INTEGER", "rowless": " WITHOUT ROWID"},
    "postgresql": {"serial": "BIGSERIAL", "number": "BIGINT", "rowless": ""},
}
"""The few words in which the two databases differ."""


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


def statements(path: Path, words: dict[str, str]) -> list[str]:
    """The statements of an SQL file in the words of one database."""
    text = Template(path.read_text(encoding="utf-8")).substitute(words)
    written = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return [statement.strip() for statement in written.split(";") if statement.strip()]


def write(script: str) -> None:
    """Execute the SQL file that lies beside a revision's script, in the words of the database at hand."""
    for statement in statements(Path(script).with_suffix(".sql"), WORDS[op.get_bind().dialect.name]):
        op.execute(statement)


def guard(guards: Sequence[Guard]) -> None:
    """Put guards on tables that exist."""
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql(guards)
    else:
        _guard_sqlite(guards)


def _guard_sqlite(guards: Sequence[Guard]) -> None:
    for each in guards:
        when = f"WHEN {each.when} " if each.when else ""
        op.execute(
            f"CREATE TRIGGER {each.name} BEFORE {each.what} ON {each.table} FOR EACH ROW {when}"
            f"BEGIN SELECT RAISE(ABORT, '{each.says}'); END"
        )


def _guard_postgresql(guards: Sequence[Guard]) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for each in guards:
        when = f"WHEN ({each.when}) " if each.when else ""
        op.execute(
            f"CREATE TRIGGER {each.name} BEFORE {each.what} ON {each.table} FOR EACH ROW {when}"
            f"EXECUTE FUNCTION refuse_change('{each.says}')"
        )
    for table in sorted({each.table for each in guards if each.what == "DELETE"}):
        op.execute(
            f"CREATE TRIGGER refuse_truncate_on_{table} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION refuse_change('{table} is never emptied')"
        )
