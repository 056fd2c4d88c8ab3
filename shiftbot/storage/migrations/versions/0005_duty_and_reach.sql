-- What the fifth version added: duty as it is changed, who is reached how, alerts of several causes. Words as in
-- 0001_first.sql.

ALTER TABLE outbox ADD COLUMN held_by BIGINT;
ALTER TABLE cards ADD COLUMN held_by BIGINT;

CREATE TABLE duty_changes (
    id $serial NOT NULL,
    key TEXT NOT NULL,
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    person TEXT,
    instead_of TEXT,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    answered_by TEXT,
    answered_at BIGINT,
    together TEXT,
    attention_at BIGINT,
    CONSTRAINT pk_duty_changes PRIMARY KEY (id),
    CONSTRAINT ck_duty_changes_kind CHECK (kind IN ('take-over', 'hand-over', 'swap', 'override', 'absence')),
    CONSTRAINT ck_duty_changes_state CHECK (state IN ('asked', 'standing', 'declined', 'withdrawn', 'expired')),
    CONSTRAINT ck_duty_changes_span CHECK (starts_at < ends_at),
    CONSTRAINT ck_duty_changes_somebody CHECK (person IS NOT NULL OR instead_of IS NOT NULL),
    CONSTRAINT uq_duty_changes_key UNIQUE (key)
);
CREATE INDEX ix_duty_changes_attention_at ON duty_changes (attention_at);
CREATE INDEX ix_duty_changes_site_ends_at ON duty_changes (site, ends_at);

CREATE TABLE roster_calendars (
    site TEXT NOT NULL,
    source TEXT NOT NULL,
    digest TEXT DEFAULT '' NOT NULL,
    read_at BIGINT NOT NULL,
    good_at BIGINT,
    error TEXT DEFAULT '' NOT NULL,
    unknown JSON NOT NULL,
    CONSTRAINT pk_roster_calendars PRIMARY KEY (site, source)
);

CREATE TABLE roster_shifts (
    site TEXT NOT NULL,
    source TEXT NOT NULL,
    person TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    CONSTRAINT pk_roster_shifts PRIMARY KEY (site, source, person, starts_at),
    CONSTRAINT ck_roster_shifts_span CHECK (starts_at < ends_at)
);
CREATE INDEX ix_roster_shifts_site_ends_at ON roster_shifts (site, ends_at);

CREATE TABLE sign_ons (
    site TEXT NOT NULL,
    person TEXT NOT NULL,
    shift_at BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,
    CONSTRAINT pk_sign_ons PRIMARY KEY (site, person, shift_at)
);
CREATE INDEX ix_sign_ons_site_signed_at ON sign_ons (site, signed_at);

CREATE TABLE means (
    person TEXT NOT NULL,
    address TEXT NOT NULL,
    place INTEGER NOT NULL,
    code TEXT DEFAULT '' NOT NULL,
    asked_at BIGINT,
    verified_at BIGINT,
    failed_at BIGINT,
    failures INTEGER DEFAULT '0' NOT NULL,
    error TEXT DEFAULT '' NOT NULL,
    attention_at BIGINT,
    CONSTRAINT pk_means PRIMARY KEY (person, address)
);
CREATE INDEX ix_means_attention_at ON means (attention_at);

CREATE TABLE mutes (
    id $serial NOT NULL,
    site TEXT NOT NULL,
    unit TEXT DEFAULT '' NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    ended_by TEXT,
    ended_at BIGINT,
    CONSTRAINT pk_mutes PRIMARY KEY (id),
    CONSTRAINT ck_mutes_span CHECK (starts_at < ends_at),
    CONSTRAINT ck_mutes_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX ix_mutes_site_ends_at ON mutes (site, ends_at);

CREATE TABLE alert_causes (
    alert $number NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    title TEXT NOT NULL,
    detail TEXT NOT NULL,
    severity TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    ending TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_alert_causes PRIMARY KEY (kind, subject),
    CONSTRAINT fk_alert_causes_alert FOREIGN KEY (alert) REFERENCES alerts (id)
);
CREATE INDEX ix_alert_causes_alert ON alert_causes (alert);

CREATE TABLE alert_notes (
    id $serial NOT NULL,
    alert $number NOT NULL,
    person TEXT NOT NULL,
    at BIGINT NOT NULL,
    note TEXT NOT NULL,
    CONSTRAINT pk_alert_notes PRIMARY KEY (id),
    CONSTRAINT fk_alert_notes_alert FOREIGN KEY (alert) REFERENCES alerts (id)
);
CREATE INDEX ix_alert_notes_alert ON alert_notes (alert);

CREATE TABLE holes (
    key TEXT NOT NULL,
    site TEXT NOT NULL,
    what TEXT NOT NULL,
    mend TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    found_at BIGINT NOT NULL,
    told_at BIGINT,
    told_again_at BIGINT,
    gone_at BIGINT,
    CONSTRAINT pk_holes PRIMARY KEY (key)
);
CREATE INDEX ix_holes_site_starts_at ON holes (site, starts_at);

CREATE TABLE outages (
    id $serial NOT NULL,
    what TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    told_at BIGINT,
    error TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_outages PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_outages_open ON outages (what) WHERE ended_at IS NULL;

CREATE INDEX ix_runs_unfinished ON runs (opens_at) WHERE state IN ('prepared', 'open');

CREATE TABLE processes (
    id BIGINT NOT NULL,
    parts TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    state JSON NOT NULL,
    CONSTRAINT pk_processes PRIMARY KEY (id)
);
