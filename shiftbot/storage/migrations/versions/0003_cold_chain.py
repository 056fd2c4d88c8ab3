"""Sensors by what they measure, discovered and replaced ones, maintenance, troubles, and what people read themselves.

A sensor is told apart by its topic, unit, metric and probe from now on. SQLite cannot drop a constraint: there the
sensors are written anew under their numbers, while the readings that name them wait for them.
"""

from alembic import op

from shiftbot.storage.migrations.guarding import Guard, guard, write

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GUARDS = (
    Guard(
        "sensor_history",
        "UPDATE",
        "which sensor a unit had stays as it was",
        "OLD.ended_at IS NOT NULL OR OLD.unit <> NEW.unit OR OLD.topic <> NEW.topic OR OLD.probe <> NEW.probe"
        " OR OLD.paired_at <> NEW.paired_at OR OLD.paired_by <> NEW.paired_by OR OLD.reason <> NEW.reason",
    ),
    Guard("sensor_history", "DELETE", "which sensor a unit had stays as it was"),
    Guard(
        "maintenance",
        "UPDATE",
        "a maintenance window only ever ends",
        "OLD.ended_at IS NOT NULL OR OLD.unit <> NEW.unit OR OLD.kind <> NEW.kind OR OLD.reason <> NEW.reason"
        " OR OLD.author <> NEW.author OR OLD.starts_at <> NEW.starts_at OR OLD.ends_at <> NEW.ends_at",
    ),
    Guard("maintenance", "DELETE", "a maintenance window is never deleted"),
    Guard("min_max_resets", "UPDATE", "a reset of lowest and highest is never changed"),
    Guard("min_max_resets", "DELETE", "a reset of lowest and highest is never deleted"),
    Guard("manual_readings", "UPDATE", "a reading is never changed"),
    Guard("manual_readings", "DELETE", "a reading is never deleted"),
)

_WIDEN_ON_POSTGRESQL = (
    "ALTER TABLE sensors ADD COLUMN metric TEXT DEFAULT 'temperature' NOT NULL",
    "ALTER TABLE sensors ADD COLUMN probe TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE sensors DROP CONSTRAINT uq_sensors_topic_unit",
    "ALTER TABLE sensors ADD CONSTRAINT uq_sensors_topic_unit_metric_probe UNIQUE (topic, unit, metric, probe)",
)

_WIDEN_ON_SQLITE = (
    "PRAGMA defer_foreign_keys = ON",
    "CREATE TEMPORARY TABLE sensors_before AS SELECT id, unit, topic FROM sensors",
    "DROP TABLE sensors",
    "CREATE TABLE sensors (id INTEGER NOT NULL, unit TEXT NOT NULL, topic TEXT NOT NULL,"
    " metric TEXT DEFAULT 'temperature' NOT NULL, probe TEXT DEFAULT '' NOT NULL,"
    " CONSTRAINT pk_sensors PRIMARY KEY (id),"
    " CONSTRAINT uq_sensors_topic_unit_metric_probe UNIQUE (topic, unit, metric, probe))",
    "CREATE INDEX ix_sensors_unit ON sensors (unit)",
    "INSERT INTO sensors (id, unit, topic) SELECT id, unit, topic FROM sensors_before",
    "DROP TABLE sensors_before",
)


def upgrade() -> None:
    """Tell sensors apart by metric and probe, then add the new tables with their guards."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in _WIDEN_ON_POSTGRESQL if on_postgresql else _WIDEN_ON_SQLITE:
        op.execute(statement)
    write(__file__)
    guard(GUARDS)
