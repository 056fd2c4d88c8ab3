"""Every table, as SQLAlchemy Core. Columns ending in `_at` are instants, `_on` local dates, `attention_at` is the
instant at which the row next needs somebody; it is indexed, and the tick asks for the earliest (design.md §4).
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from shiftbot.storage.database import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers its own rows only for a column typed INTEGER.
_id = BigInteger().with_variant(Integer, "sqlite")

plans = Table(
    "plans",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("checklist", Text, nullable=False),
    Column("local_on", Date, nullable=False),
    Column("slot", Text, nullable=False),
    Column("plan", Text, ForeignKey("plans.digest"), nullable=False),
    Column("state", Text, nullable=False),
    Column("opens_at", UtcDateTime, nullable=False),
    Column("remind_at", UtcDateTime),
    Column("due_at", UtcDateTime, nullable=False),
    Column("missed_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),
    Column("attention_at", UtcDateTime),
    Column("shows_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("snoozes", Integer, nullable=False, server_default="0"),
    UniqueConstraint("checklist", "site", "local_on", "slot"),
    CheckConstraint("state IN ('prepared', 'open', 'completed', 'missed')", name="state"),
    Index(None, "attention_at"),
    Index(None, "site", "local_on"),
)
# The auditor asks for runs that should have moved on whatever their `attention_at` says; most runs are over.
_UNFINISHED = text("state IN ('prepared', 'open')")
Index("ix_runs_unfinished", runs.c.opens_at, sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED)

answers = Table(
    "answers",
    metadata,
    Column("run", _id, ForeignKey("runs.id"), nullable=False),
    Column("line", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("value", JSON),
    Column("note", Text, nullable=False),
    Column("answered_by", Text, nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("via", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("told_by", Text),
    PrimaryKeyConstraint("run", "line", "revision"),
    CheckConstraint("outcome IN ('done', 'not-applicable', 'failed', 'withdrawn')", name="outcome"),
)

missed_lines = Table(
    "missed_lines",
    metadata,
    Column("run", _id, ForeignKey("runs.id"), nullable=False),
    Column("line", Text, nullable=False),
    Column("alert", _id, ForeignKey("alerts.id"), nullable=False),
    PrimaryKeyConstraint("run", "line"),
    Index(None, "alert"),
)

counts = Table(
    "counts",
    metadata,
    Column("run", _id, ForeignKey("runs.id"), nullable=False),
    Column("line", Text, nullable=False),
    Column("controlled", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("counted_by", Text, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("counted_at", UtcDateTime, nullable=False),
    Column("witnessed_by", Text),
    Column("witnessed", BigInteger),
    Column("witnessed_at", UtcDateTime),
    Column("book", BigInteger),
    Column("book_by", Text),
    Column("book_at", UtcDateTime),
    PrimaryKeyConstraint("run", "line"),
    CheckConstraint("state IN ('counted', 'witnessed', 'closed')", name="state"),
    CheckConstraint("witnessed_by IS NULL OR witnessed_by <> counted_by", name="witness"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("told", Integer, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("escalate_at", UtcDateTime),
    Column("acknowledged_by", Text),
    Column("acknowledged_at", UtcDateTime),
    Column("resolved_at", UtcDateTime),
    Column("resolution", Text),
    UniqueConstraint("kind", "subject"),
    # Invariant 3: an unresolved alert always has a next instant.
    CheckConstraint("(state = 'resolved') = (escalate_at IS NULL)", name="next_instant"),
    CheckConstraint("state IN ('triggered', 'acknowledged', 'resolved')", name="state"),
    Index(None, "escalate_at"),
    Index(None, "site", "opened_at"),
)

cases = Table(
    "cases",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("cause", Text, nullable=False, default=""),
    Column("action", Text, nullable=False, default=""),
    Column("outcome", Text, nullable=False, default=""),
    Column("signed_by", Text),
    Column("signed_at", UtcDateTime),
    # What the case of an excursion says beside the three texts; null in cases of the time before it.
    Column("details", JSON, default=dict),
    UniqueConstraint("kind", "subject"),
    CheckConstraint("(state = 'signed') = (signed_by IS NOT NULL)", name="signed"),
    Index(None, "site", "opened_at"),
)

# Who has a section of a run in hand, so that two people do not do the same (the newest claim stands).
section_claims = Table(
    "section_claims",
    metadata,
    Column("run", _id, ForeignKey("runs.id"), nullable=False),
    Column("section", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("run", "section"),
)

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("source", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("run", _id, ForeignKey("runs.id")),
    Column("line", Text),
    Column("role", Text, nullable=False),
    Column("owner", Text),
    Column("state", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attention_at", UtcDateTime),
    Column("alert", _id, ForeignKey("alerts.id")),
    Column("closed_by", Text),
    Column("closed_at", UtcDateTime),
    Column("closing", Text, nullable=False, server_default=text("''")),
    CheckConstraint("state IN ('open', 'closed')", name="state"),
    CheckConstraint("(state = 'closed') = (closed_by IS NOT NULL)", name="closed"),
    Index(None, "site", "state"),
    Index(None, "attention_at"),
)

hand_overs = Table(
    "hand_overs",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("source", Text, nullable=False, unique=True),
    Column("run", _id, ForeignKey("runs.id")),
    Column("written_by", Text, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("note", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("attention_at", UtcDateTime),
    Index(None, "site", "written_at"),
    Index(None, "attention_at"),
)

hand_over_reads = Table(
    "hand_over_reads",
    metadata,
    Column("hand_over", _id, ForeignKey("hand_overs.id"), nullable=False),
    Column("person", Text, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("hand_over", "person"),
)

# The hash is argon2's own text. `misses` counts since the last right one; `locked_at` stands until a manager resets.
pins = Table(
    "pins",
    metadata,
    Column("person", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("misses", Integer, nullable=False, server_default="0"),
    Column("locked_at", UtcDateTime),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("lane", Integer, nullable=False),
    Column("site", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("means", Integer, nullable=False, default=0),
    Column("target", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("about", JSON, nullable=False),
    Column("alert", _id),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
    Column("attention_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("channel", Text),
    Column("ts", Text),
    Column("may_repeat", Boolean, nullable=False, default=False),
    Column("error", Text),
    # Whose process has it in hand (storage/presence.py); on PostgreSQL a dead one's parcels are taken over.
    Column("held_by", BigInteger),
    CheckConstraint("state IN ('pending', 'sending', 'sent', 'failed', 'unknown', 'suppressed')", name="state"),
    Index(None, "lane", "attention_at"),
    Index(None, "alert"),
)
# What was sent stays for ever; the few parcels that still need somebody are found without walking through it.
Index(
    "ix_outbox_attention_at",
    outbox.c.attention_at,
    sqlite_where=outbox.c.attention_at.is_not(None),
    postgresql_where=outbox.c.attention_at.is_not(None),
)

cards = Table(
    "cards",
    metadata,
    Column("id", _id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("channel", Text),
    Column("ts", Text),
    Column("state", Text, nullable=False),
    Column("wanted", Integer, nullable=False, default=1),
    Column("shown", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("attention_at", UtcDateTime),
    Column("error", Text),
    Column("held_by", BigInteger),
    UniqueConstraint("kind", "subject", "target"),
    CheckConstraint("state IN ('pending', 'sending', 'shown', 'failed', 'unknown')", name="state"),
    Index(None, "attention_at"),
    Index(None, "channel", "ts"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("site", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("attention_at", UtcDateTime, nullable=False),
    Column("for_on", Date),
    PrimaryKeyConstraint("site", "kind"),
    Index(None, "attention_at"),
)

seen_events = Table(
    "seen_events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
)

record = Table(
    "record",
    metadata,
    Column("site", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    PrimaryKeyConstraint("site", "seq"),
    Index(None, "site", "kind", "at"),
)

record_heads = Table(
    "record_heads",
    metadata,
    Column("site", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

sensors = Table(
    "sensors",
    metadata,
    Column("id", _id, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("topic", Text, nullable=False),
    # What it measures, and which probe of a device that has several; only temperatures are judged.
    Column("metric", Text, nullable=False, server_default=text("'temperature'")),
    Column("probe", Text, nullable=False, server_default=text("''")),
    # A topic that moves to another unit starts anew there: the first unit keeps its history.
    UniqueConstraint("topic", "unit", "metric", "probe"),
    Index(None, "unit"),
)

readings = Table(
    "readings",
    metadata,
    Column("sensor", _id, ForeignKey("sensors.id"), nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("value", Float, nullable=False),
    Column("unit", Text, nullable=False),
    Column("device_time", Boolean, nullable=False),
    Column("retained", Boolean, nullable=False),
    PrimaryKeyConstraint("sensor", "taken_at"),
    sqlite_with_rowid=False,
)

# One row a sensor: its newest reading, and what was stored since its unit was last judged (`unjudged_*`, null when
# nothing was). `heard_at` is the newest receive time of a reading that was not a retained replay.
latest = Table(
    "latest",
    metadata,
    Column("sensor", _id, ForeignKey("sensors.id"), primary_key=True, autoincrement=False),
    Column("taken_at", UtcDateTime),
    Column("value", Float),
    Column("unit", Text),
    Column("heard_at", UtcDateTime),
    Column("battery", Float),
    Column("judged_through", UtcDateTime),
    Column("unjudged_since", UtcDateTime),
    Column("unjudged_low", Float),
    Column("unjudged_high", Float),
    Column("unjudged_unit", Text),
    # What the device last said of itself beside its battery, as JSON: link, availability, how far its clock is off.
    Column("facts", Text),
    sqlite_with_rowid=False,
)
Index(
    "ix_latest_unjudged_since",
    latest.c.unjudged_since,
    sqlite_where=latest.c.unjudged_since.is_not(None),
    postgresql_where=latest.c.unjudged_since.is_not(None),
)

# `hour` starts the hour in UTC; one row for each unit of temperature, should a sensor ever change it.
hourly = Table(
    "hourly",
    metadata,
    Column("sensor", _id, ForeignKey("sensors.id"), nullable=False),
    Column("hour", UtcDateTime, nullable=False),
    Column("unit", Text, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("total", Float, nullable=False),
    Column("readings", Integer, nullable=False),
    PrimaryKeyConstraint("sensor", "hour", "unit"),
    sqlite_with_rowid=False,
)

# The newest refused messages, and how many there were of each kind: both bounded (storage/rejections.py).
rejections = Table(
    "rejections",
    metadata,
    Column("id", _id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("topic", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("payload", Text, nullable=False),
)

rejection_counts = Table(
    "rejection_counts",
    metadata,
    Column("topic", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("topic", "reason"),
)

unit_states = Table(
    "unit_states",
    metadata,
    Column("unit", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("state", JSON, nullable=False),
    Column("calm", Boolean, nullable=False),
    Column("attention_at", UtcDateTime),
    Index(None, "attention_at"),
)

# Temperatures are in `temperature_unit`, the site's own when it was judged. `settle_at`: told of only after it had
# ended (the readings came late), so its alert is resolved then and not in the same breath.
excursions = Table(
    "excursions",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("direction", Text, nullable=False),
    Column("extreme", Float, nullable=False),
    Column("temperature_unit", Text, nullable=False),
    Column("low", Float),
    Column("high", Float),
    Column("seconds_out", Float, nullable=False),
    Column("back_at", UtcDateTime),
    Column("told_at", UtcDateTime),
    Column("critical_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("settle_at", UtcDateTime),
    Column("merged_into", _id),
    Column("found_at", UtcDateTime, nullable=False),
    CheckConstraint("direction IN ('high', 'low')", name="direction"),
    Index(None, "unit", "started_at"),
    Index(None, "site", "started_at"),
    Index(None, "settle_at"),
)

# When a sensor was paired with a unit, by whom and until when; `paired_by` is empty when the definitions said so. What
# somebody paired counts `instead_of` what the definitions said of the unit then, and no longer once they say otherwise.
sensor_history = Table(
    "sensor_history",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("metric", Text, nullable=False, server_default=text("'temperature'")),
    Column("probe", Text, nullable=False, server_default=text("''")),
    Column("path", Text, nullable=False, server_default=text("''")),
    Column("temperature_unit", Text, nullable=False, server_default=text("'C'")),
    Column("every_seconds", Float, nullable=False, server_default=text("300")),
    Column("paired_by", Text, nullable=False, server_default=text("''")),
    Column("paired_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("instead_of", Text, nullable=False, server_default=text("''")),
    Column("ended_by", Text),
    Column("ended_at", UtcDateTime),
    Index(None, "unit", "paired_at"),
)
Index(
    "uq_sensor_history_open",
    sensor_history.c.unit,
    sensor_history.c.metric,
    unique=True,
    sqlite_where=sensor_history.c.ended_at.is_(None),
    postgresql_where=sensor_history.c.ended_at.is_(None),
)

# The few that somebody paired are looked for again and again, among one row for every unit.
_BY_HAND = text("ended_at IS NULL AND paired_by <> ''")
Index("ix_sensor_history_by_hand", sensor_history.c.unit, sqlite_where=_BY_HAND, postgresql_where=_BY_HAND)

# Sensors that were heard and belong to no unit, each with its last value.
discovered = Table(
    "discovered",
    metadata,
    Column("id", _id, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("probe", Text, nullable=False, server_default=text("''")),
    Column("metric", Text, nullable=False, server_default=text("'temperature'")),
    Column("path", Text, nullable=False, server_default=text("''")),
    Column("format", Text, nullable=False),
    Column("value", Float),
    Column("unit", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=text("''")),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("count", BigInteger, nullable=False),
    UniqueConstraint("topic", "probe", "metric", "path"),
    Index(None, "last_at"),
)

# Work on a unit, announced with an end: judging goes on, what is not critical waits for the end. A window whose
# `ended_at` lies before its `ends_at` was ended early.
maintenance = Table(
    "maintenance",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("ended_by", Text),
    Column("ended_at", UtcDateTime),
    CheckConstraint("kind IN ('defrost', 'cleaning', 'move')", name="kind"),
    CheckConstraint("starts_at < ends_at", name="span"),
    CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
    Index(None, "unit", "ended_at"),
    Index(None, "site", "starts_at"),
)

# What is wrong with a sensor while it goes on: a battery that runs low, a value that stands still. One open row each.
sensor_troubles = Table(
    "sensor_troubles",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("since_at", UtcDateTime, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("value", Float),
    Column("ended_at", UtcDateTime),
    Index(None, "unit", "ended_at"),
)
Index(
    "uq_sensor_troubles_open",
    sensor_troubles.c.unit,
    sensor_troubles.c.kind,
    unique=True,
    sqlite_where=sensor_troubles.c.ended_at.is_(None),
    postgresql_where=sensor_troubles.c.ended_at.is_(None),
)

# Lowest and highest were looked at, written down and set back on the logger, by name; temperatures as read.
min_max_resets = Table(
    "min_max_resets",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("low", Float),
    Column("high", Float),
    Column("temperature_unit", Text, nullable=False),
    Index(None, "unit", "at"),
)

# What somebody read off a display while a sensor was dead.
manual_readings = Table(
    "manual_readings",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
    Column("value", Float, nullable=False),
    Column("temperature_unit", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=text("''")),
    Index(None, "unit", "taken_at"),
)

# Against the roster, as people agreed: asked, standing, declined, withdrawn, or asked and never answered in time.
duty_changes = Table(
    "duty_changes",
    metadata,
    Column("id", _id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("site", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("person", Text),
    Column("instead_of", Text),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answered_by", Text),
    Column("answered_at", UtcDateTime),
    # The two halves of a swap name each other's key here; both stand or neither does.
    Column("together", Text),
    Column("attention_at", UtcDateTime),
    CheckConstraint("kind IN ('take-over', 'hand-over', 'swap', 'override', 'absence')", name="kind"),
    CheckConstraint("state IN ('asked', 'standing', 'declined', 'withdrawn', 'expired')", name="state"),
    CheckConstraint("starts_at < ends_at", name="span"),
    CheckConstraint("person IS NOT NULL OR instead_of IS NOT NULL", name="somebody"),
    Index(None, "site", "ends_at"),
    Index(None, "attention_at"),
)

# A calendar of the roster as it was last read: `good_at` is when that last went well, and its shifts are from then.
roster_calendars = Table(
    "roster_calendars",
    metadata,
    Column("site", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False, server_default=text("''")),
    Column("read_at", UtcDateTime, nullable=False),
    Column("good_at", UtcDateTime),
    Column("error", Text, nullable=False, server_default=text("''")),
    Column("unknown", JSON, nullable=False, default=list),
    PrimaryKeyConstraint("site", "source"),
)

roster_shifts = Table(
    "roster_shifts",
    metadata,
    Column("site", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("site", "source", "person", "starts_at"),
    CheckConstraint("starts_at < ends_at", name="span"),
    Index(None, "site", "ends_at"),
)

# Who signed on for a shift; the shift is known by its start.
sign_ons = Table(
    "sign_ons",
    metadata,
    Column("site", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("shift_at", UtcDateTime, nullable=False),
    Column("signed_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("site", "person", "shift_at"),
    Index(None, "site", "signed_at"),
)

# How somebody is reached. The address itself holds secrets and stays in the definitions; `address` is its SHA-256.
means = Table(
    "means",
    metadata,
    Column("person", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("code", Text, nullable=False, server_default=text("''")),
    Column("asked_at", UtcDateTime),
    Column("verified_at", UtcDateTime),
    Column("failed_at", UtcDateTime),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("error", Text, nullable=False, server_default=text("''")),
    Column("attention_at", UtcDateTime),
    PrimaryKeyConstraint("person", "address"),
    Index(None, "attention_at"),
)

# What is not told for a while, with author, reason and end; judging goes on, and what is critical goes through. A mute
# whose `ended_at` lies before its `ends_at` was ended early. `unit` is empty for a whole site.
mutes = Table(
    "mutes",
    metadata,
    Column("id", _id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("unit", Text, nullable=False, server_default=text("''")),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("ended_by", Text),
    Column("ended_at", UtcDateTime),
    CheckConstraint("starts_at < ends_at", name="span"),
    CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
    Index(None, "site", "ends_at"),
)

# The causes of an alert that has several (one power cut, five fridges): each begins and ends by itself, the alert ends
# with the last of them. An alert of one cause has no row here.
alert_causes = Table(
    "alert_causes",
    metadata,
    Column("alert", _id, ForeignKey("alerts.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ending", Text, nullable=False, server_default=text("''")),
    PrimaryKeyConstraint("kind", "subject"),
    Index(None, "alert"),
)

alert_notes = Table(
    "alert_notes",
    metadata,
    Column("id", _id, primary_key=True),
    Column("alert", _id, ForeignKey("alerts.id"), nullable=False),
    Column("person", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "alert"),
)

# Where nobody would be reached: found by looking ahead, told once when found, and once more a day before it begins.
holes = Table(
    "holes",
    metadata,
    Column("key", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("mend", Text, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
    Column("told_again_at", UtcDateTime),
    Column("gone_at", UtcDateTime),
    Index(None, "site", "starts_at"),
)

# Stretches in which a service as a whole was away (`slack`): what was told by other means meanwhile is summed up after.
outages = Table(
    "outages",
    metadata,
    Column("id", _id, primary_key=True),
    Column("what", Text, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("told_at", UtcDateTime),
    Column("error", Text, nullable=False, server_default=text("''")),
)
Index(
    "uq_outages_open",
    outages.c.what,
    unique=True,
    sqlite_where=outages.c.ended_at.is_(None),
    postgresql_where=outages.c.ended_at.is_(None),
)

# The processes at work and how each was when it last said so; `id` is the number it also holds as a lock on PostgreSQL.
processes = Table(
    "processes",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("parts", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("state", JSON, nullable=False),
)
