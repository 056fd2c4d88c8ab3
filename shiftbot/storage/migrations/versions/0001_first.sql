-- The tables as the first version made them, for good: later ones change them in a revision of their own.
-- "serial" numbers rows by itself, "number" holds such a number, "rowless" keeps a table in the order of its key (SQLite).

CREATE TABLE alerts (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    title TEXT NOT NULL,
    detail TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    policy TEXT NOT NULL,
    step INTEGER NOT NULL,
    told INTEGER NOT NULL,
    opened_at BIGINT NOT NULL,
    escalate_at BIGINT,
    acknowledged_by TEXT,
    acknowledged_at BIGINT,
    resolved_at BIGINT,
    resolution TEXT,
    CONSTRAINT pk_alerts PRIMARY KEY (id),
    CONSTRAINT uq_alerts_kind_subject UNIQUE (kind, subject),
    CONSTRAINT ck_alerts_next_instant CHECK ((state = 'resolved') = (escalate_at IS NULL)),
    CONSTRAINT ck_alerts_state CHECK (state IN ('triggered', 'acknowledged', 'resolved'))
);
CREATE INDEX ix_alerts_escalate_at ON alerts (escalate_at);
CREATE INDEX ix_alerts_site_opened_at ON alerts (site, opened_at);

CREATE TABLE cards (
    id $serial NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    site TEXT NOT NULL,
    target TEXT NOT NULL,
    channel TEXT,
    ts TEXT,
    state TEXT NOT NULL,
    wanted INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    attention_at BIGINT,
    error TEXT,
    CONSTRAINT pk_cards PRIMARY KEY (id),
    CONSTRAINT uq_cards_kind_subject_target UNIQUE (kind, subject, target),
    CONSTRAINT ck_cards_state CHECK (state IN ('pending', 'sending', 'shown', 'failed', 'unknown'))
);
CREATE INDEX ix_cards_attention_at ON cards (attention_at);
CREATE INDEX ix_cards_channel_ts ON cards (channel, ts);

CREATE TABLE cases (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    title TEXT NOT NULL,
    facts JSON NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    cause TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    signed_by TEXT,
    signed_at BIGINT,
    CONSTRAINT pk_cases PRIMARY KEY (id),
    CONSTRAINT uq_cases_kind_subject UNIQUE (kind, subject),
    CONSTRAINT ck_cases_signed CHECK ((state = 'signed') = (signed_by IS NOT NULL))
);
CREATE INDEX ix_cases_site_opened_at ON cases (site, opened_at);

CREATE TABLE excursions (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    unit TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    direction TEXT NOT NULL,
    extreme FLOAT NOT NULL,
    temperature_unit TEXT NOT NULL,
    low FLOAT,
    high FLOAT,
    seconds_out FLOAT NOT NULL,
    back_at BIGINT,
    told_at BIGINT,
    critical_at BIGINT,
    ended_at BIGINT,
    settle_at BIGINT,
    merged_into $number,
    found_at BIGINT NOT NULL,
    CONSTRAINT pk_excursions PRIMARY KEY (id),
    CONSTRAINT ck_excursions_direction CHECK (direction IN ('high', 'low'))
);
CREATE INDEX ix_excursions_settle_at ON excursions (settle_at);
CREATE INDEX ix_excursions_site_started_at ON excursions (site, started_at);
CREATE INDEX ix_excursions_unit_started_at ON excursions (unit, started_at);

CREATE TABLE outbox (
    id $serial NOT NULL,
    key TEXT NOT NULL,
    lane INTEGER NOT NULL,
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    means INTEGER NOT NULL,
    target TEXT NOT NULL,
    text TEXT NOT NULL,
    about JSON NOT NULL,
    alert $number,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    attention_at BIGINT,
    sent_at BIGINT,
    channel TEXT,
    ts TEXT,
    may_repeat BOOLEAN NOT NULL,
    error TEXT,
    CONSTRAINT pk_outbox PRIMARY KEY (id),
    CONSTRAINT ck_outbox_state CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'unknown', 'suppressed')),
    CONSTRAINT uq_outbox_key UNIQUE (key)
);
CREATE INDEX ix_outbox_alert ON outbox (alert);
CREATE INDEX ix_outbox_attention_at ON outbox (attention_at) WHERE attention_at IS NOT NULL;
CREATE INDEX ix_outbox_lane_attention_at ON outbox (lane, attention_at);

CREATE TABLE plans (
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_plans PRIMARY KEY (digest)
);

CREATE TABLE record (
    site TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_record PRIMARY KEY (site, seq)
);
CREATE INDEX ix_record_site_kind_at ON record (site, kind, at);

CREATE TABLE record_heads (
    site TEXT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_record_heads PRIMARY KEY (site)
);

CREATE TABLE rejection_counts (
    topic TEXT NOT NULL,
    reason TEXT NOT NULL,
    count BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    CONSTRAINT pk_rejection_counts PRIMARY KEY (topic, reason)
);

CREATE TABLE rejections (
    id $serial NOT NULL,
    at BIGINT NOT NULL,
    topic TEXT NOT NULL,
    reason TEXT NOT NULL,
    payload TEXT NOT NULL,
    CONSTRAINT pk_rejections PRIMARY KEY (id)
);

CREATE TABLE schedules (
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    attention_at BIGINT NOT NULL,
    for_on DATE,
    CONSTRAINT pk_schedules PRIMARY KEY (site, kind)
);
CREATE INDEX ix_schedules_attention_at ON schedules (attention_at);

CREATE TABLE seen_events (
    id TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    CONSTRAINT pk_seen_events PRIMARY KEY (id)
);

CREATE TABLE sensors (
    id $serial NOT NULL,
    unit TEXT NOT NULL,
    topic TEXT NOT NULL,
    CONSTRAINT pk_sensors PRIMARY KEY (id),
    CONSTRAINT uq_sensors_topic_unit UNIQUE (topic, unit)
);
CREATE INDEX ix_sensors_unit ON sensors (unit);

CREATE TABLE unit_states (
    unit TEXT NOT NULL,
    site TEXT NOT NULL,
    state JSON NOT NULL,
    calm BOOLEAN NOT NULL,
    attention_at BIGINT,
    CONSTRAINT pk_unit_states PRIMARY KEY (unit)
);
CREATE INDEX ix_unit_states_attention_at ON unit_states (attention_at);

CREATE TABLE hourly (
    sensor $number NOT NULL,
    hour BIGINT NOT NULL,
    unit TEXT NOT NULL,
    low FLOAT NOT NULL,
    high FLOAT NOT NULL,
    total FLOAT NOT NULL,
    readings INTEGER NOT NULL,
    CONSTRAINT pk_hourly PRIMARY KEY (sensor, hour, unit),
    CONSTRAINT fk_hourly_sensor FOREIGN KEY(sensor) REFERENCES sensors (id)
)$rowless;

CREATE TABLE latest (
    sensor $number NOT NULL,
    taken_at BIGINT,
    value FLOAT,
    unit TEXT,
    heard_at BIGINT,
    battery FLOAT,
    judged_through BIGINT,
    unjudged_since BIGINT,
    unjudged_low FLOAT,
    unjudged_high FLOAT,
    unjudged_unit TEXT,
    CONSTRAINT pk_latest PRIMARY KEY (sensor),
    CONSTRAINT fk_latest_sensor FOREIGN KEY(sensor) REFERENCES sensors (id)
)$rowless;
CREATE INDEX ix_latest_unjudged_since ON latest (unjudged_since) WHERE unjudged_since IS NOT NULL;

CREATE TABLE readings (
    sensor $number NOT NULL,
    taken_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    value FLOAT NOT NULL,
    unit TEXT NOT NULL,
    device_time BOOLEAN NOT NULL,
    retained BOOLEAN NOT NULL,
    CONSTRAINT pk_readings PRIMARY KEY (sensor, taken_at),
    CONSTRAINT fk_readings_sensor FOREIGN KEY(sensor) REFERENCES sensors (id)
)$rowless;

CREATE TABLE runs (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    checklist TEXT NOT NULL,
    local_on DATE NOT NULL,
    slot TEXT NOT NULL,
    plan TEXT NOT NULL,
    state TEXT NOT NULL,
    opens_at BIGINT NOT NULL,
    remind_at BIGINT,
    due_at BIGINT NOT NULL,
    missed_at BIGINT NOT NULL,
    completed_at BIGINT,
    attention_at BIGINT,
    CONSTRAINT pk_runs PRIMARY KEY (id),
    CONSTRAINT uq_runs_checklist_site_local_on_slot UNIQUE (checklist, site, local_on, slot),
    CONSTRAINT ck_runs_state CHECK (state IN ('prepared', 'open', 'completed', 'missed')),
    CONSTRAINT fk_runs_plan FOREIGN KEY(plan) REFERENCES plans (digest)
);
CREATE INDEX ix_runs_attention_at ON runs (attention_at);
CREATE INDEX ix_runs_site_local_on ON runs (site, local_on);

CREATE TABLE answers (
    run $number NOT NULL,
    line TEXT NOT NULL,
    revision INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    value JSON,
    note TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    answered_at BIGINT NOT NULL,
    late BOOLEAN NOT NULL,
    via TEXT NOT NULL,
    CONSTRAINT pk_answers PRIMARY KEY (run, line, revision),
    CONSTRAINT ck_answers_outcome CHECK (outcome IN ('done', 'not-applicable', 'failed', 'withdrawn')),
    CONSTRAINT fk_answers_run FOREIGN KEY(run) REFERENCES runs (id)
);

CREATE TABLE counts (
    run $number NOT NULL,
    line TEXT NOT NULL,
    controlled TEXT NOT NULL,
    state TEXT NOT NULL,
    counted_by TEXT NOT NULL,
    counted BIGINT NOT NULL,
    counted_at BIGINT NOT NULL,
    witnessed_by TEXT,
    witnessed BIGINT,
    witnessed_at BIGINT,
    book BIGINT,
    book_by TEXT,
    book_at BIGINT,
    CONSTRAINT pk_counts PRIMARY KEY (run, line),
    CONSTRAINT ck_counts_state CHECK (state IN ('counted', 'witnessed', 'closed')),
    CONSTRAINT ck_counts_witness CHECK (witnessed_by IS NULL OR witnessed_by <> counted_by),
    CONSTRAINT fk_counts_run FOREIGN KEY(run) REFERENCES runs (id)
);

CREATE TABLE missed_lines (
    run $number NOT NULL,
    line TEXT NOT NULL,
    alert $number NOT NULL,
    CONSTRAINT pk_missed_lines PRIMARY KEY (run, line),
    CONSTRAINT fk_missed_lines_run FOREIGN KEY(run) REFERENCES runs (id),
    CONSTRAINT fk_missed_lines_alert FOREIGN KEY(alert) REFERENCES alerts (id)
);
CREATE INDEX ix_missed_lines_alert ON missed_lines (alert);
