-- What the third version added for storage units and their sensors. Words as in 0001_first.sql.

CREATE TABLE sensor_history (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    unit TEXT NOT NULL,
    topic TEXT NOT NULL,
    format TEXT NOT NULL,
    metric TEXT DEFAULT 'temperature' NOT NULL,
    probe TEXT DEFAULT '' NOT NULL,
    path TEXT DEFAULT '' NOT NULL,
    temperature_unit TEXT DEFAULT 'C' NOT NULL,
    every_seconds FLOAT DEFAULT 300 NOT NULL,
    paired_by TEXT DEFAULT '' NOT NULL,
    paired_at BIGINT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    instead_of TEXT DEFAULT '' NOT NULL,
    ended_by TEXT,
    ended_at BIGINT,
    CONSTRAINT pk_sensor_history PRIMARY KEY (id)
);
CREATE INDEX ix_sensor_history_unit_paired_at ON sensor_history (unit, paired_at);
CREATE UNIQUE INDEX uq_sensor_history_open ON sensor_history (unit, metric) WHERE ended_at IS NULL;
CREATE INDEX ix_sensor_history_by_hand ON sensor_history (unit) WHERE ended_at IS NULL AND paired_by <> '';

ALTER TABLE latest ADD COLUMN facts TEXT;

CREATE TABLE discovered (
    id $serial NOT NULL,
    topic TEXT NOT NULL,
    probe TEXT DEFAULT '' NOT NULL,
    metric TEXT DEFAULT 'temperature' NOT NULL,
    path TEXT DEFAULT '' NOT NULL,
    format TEXT NOT NULL,
    value FLOAT,
    unit TEXT NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    CONSTRAINT pk_discovered PRIMARY KEY (id),
    CONSTRAINT uq_discovered_topic_probe_metric_path UNIQUE (topic, probe, metric, path)
);
CREATE INDEX ix_discovered_last_at ON discovered (last_at);

CREATE TABLE maintenance (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    unit TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    ended_by TEXT,
    ended_at BIGINT,
    CONSTRAINT pk_maintenance PRIMARY KEY (id),
    CONSTRAINT ck_maintenance_kind CHECK (kind IN ('defrost', 'cleaning', 'move')),
    CONSTRAINT ck_maintenance_span CHECK (starts_at < ends_at),
    CONSTRAINT ck_maintenance_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX ix_maintenance_unit_ended_at ON maintenance (unit, ended_at);
CREATE INDEX ix_maintenance_site_starts_at ON maintenance (site, starts_at);

CREATE TABLE sensor_troubles (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    unit TEXT NOT NULL,
    kind TEXT NOT NULL,
    since_at BIGINT NOT NULL,
    found_at BIGINT NOT NULL,
    value FLOAT,
    ended_at BIGINT,
    CONSTRAINT pk_sensor_troubles PRIMARY KEY (id)
);
CREATE INDEX ix_sensor_troubles_unit_ended_at ON sensor_troubles (unit, ended_at);
CREATE UNIQUE INDEX uq_sensor_troubles_open ON sensor_troubles (unit, kind) WHERE ended_at IS NULL;

CREATE TABLE min_max_resets (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    unit TEXT NOT NULL,
    person TEXT NOT NULL,
    at BIGINT NOT NULL,
    low FLOAT,
    high FLOAT,
    temperature_unit TEXT NOT NULL,
    CONSTRAINT pk_min_max_resets PRIMARY KEY (id)
);
CREATE INDEX ix_min_max_resets_unit_at ON min_max_resets (unit, at);

CREATE TABLE manual_readings (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    unit TEXT NOT NULL,
    person TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    entered_at BIGINT NOT NULL,
    value FLOAT NOT NULL,
    temperature_unit TEXT NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_manual_readings PRIMARY KEY (id)
);
CREATE INDEX ix_manual_readings_unit_taken_at ON manual_readings (unit, taken_at);
