-- What the second version added. Words as in 0001_first.sql.

ALTER TABLE runs ADD COLUMN shows_at BIGINT;
ALTER TABLE runs ADD COLUMN expires_at BIGINT;
ALTER TABLE runs ADD COLUMN snoozes INTEGER DEFAULT '0' NOT NULL;
ALTER TABLE answers ADD COLUMN reason TEXT DEFAULT '' NOT NULL;
ALTER TABLE answers ADD COLUMN told_by TEXT;

CREATE TABLE section_claims (
    run $number NOT NULL,
    section TEXT NOT NULL,
    person TEXT NOT NULL,
    claimed_at BIGINT NOT NULL,
    CONSTRAINT pk_section_claims PRIMARY KEY (run, section),
    CONSTRAINT fk_section_claims_run FOREIGN KEY (run) REFERENCES runs (id)
);

CREATE TABLE follow_ups (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    detail TEXT NOT NULL,
    run $number,
    line TEXT,
    role TEXT NOT NULL,
    owner TEXT,
    state TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attention_at BIGINT,
    alert $number,
    closed_by TEXT,
    closed_at BIGINT,
    closing TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_follow_ups PRIMARY KEY (id),
    CONSTRAINT uq_follow_ups_source UNIQUE (source),
    CONSTRAINT fk_follow_ups_run FOREIGN KEY (run) REFERENCES runs (id),
    CONSTRAINT fk_follow_ups_alert FOREIGN KEY (alert) REFERENCES alerts (id),
    CONSTRAINT ck_follow_ups_state CHECK (state IN ('open', 'closed')),
    CONSTRAINT ck_follow_ups_closed CHECK ((state = 'closed') = (closed_by IS NOT NULL))
);
CREATE INDEX ix_follow_ups_site_state ON follow_ups (site, state);
CREATE INDEX ix_follow_ups_attention_at ON follow_ups (attention_at);

CREATE TABLE hand_overs (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    source TEXT NOT NULL,
    run $number,
    written_by TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    note TEXT NOT NULL,
    facts JSON NOT NULL,
    attention_at BIGINT,
    CONSTRAINT pk_hand_overs PRIMARY KEY (id),
    CONSTRAINT uq_hand_overs_source UNIQUE (source),
    CONSTRAINT fk_hand_overs_run FOREIGN KEY (run) REFERENCES runs (id)
);
CREATE INDEX ix_hand_overs_site_written_at ON hand_overs (site, written_at);
CREATE INDEX ix_hand_overs_attention_at ON hand_overs (attention_at);

CREATE TABLE hand_over_reads (
    hand_over $number NOT NULL,
    person TEXT NOT NULL,
    read_at BIGINT NOT NULL,
    CONSTRAINT pk_hand_over_reads PRIMARY KEY (hand_over, person),
    CONSTRAINT fk_hand_over_reads_hand_over FOREIGN KEY (hand_over) REFERENCES hand_overs (id)
);

CREATE TABLE pins (
    person TEXT NOT NULL,
    hash TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    misses INTEGER DEFAULT '0' NOT NULL,
    locked_at BIGINT,
    CONSTRAINT pk_pins PRIMARY KEY (person)
);
