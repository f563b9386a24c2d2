-- The journal's first schema. Times are milliseconds since 1970 (UTC). Columns of type ANY hold TEXT when stored in
-- clear and a BLOB when sealed (journal/sealing.hpp).

CREATE TABLE redemptions (
    seq             INTEGER PRIMARY KEY,  -- order of arrival; only child tables and indexes use it
    id              TEXT NOT NULL UNIQUE,
    caller          TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body            BLOB NOT NULL,        -- SHA-256 of the canonical request body
    method          TEXT NOT NULL,
    account         TEXT NOT NULL,
    params          ANY  NOT NULL,
    natural_key     TEXT,
    replay_safe     INTEGER NOT NULL,
    state           TEXT NOT NULL
                    CHECK (state IN ('pending', 'succeeded', 'rejected', 'failed', 'unknown')),
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    result          ANY,
    error_source    TEXT,
    error_detail    TEXT,
    error_code      TEXT,
    error_sub_code  TEXT,
    error_message   TEXT,
    error_platform_request_id TEXT
) STRICT;

-- A key belongs to one caller; the key leads so that it can be searched without the caller.
CREATE UNIQUE INDEX redemptions_by_key ON redemptions (idempotency_key, caller);

-- The platform's duplicate handle is taken as long as it was, or may have been, used.
CREATE UNIQUE INDEX redemptions_by_live_natural_key ON redemptions (natural_key, account, method)
    WHERE state IN ('pending', 'succeeded', 'unknown');
CREATE INDEX redemptions_by_spent_natural_key ON redemptions (natural_key)
    WHERE state IN ('rejected', 'failed');

-- Small as long as most succeed: the pick-up after a start, the unknown ones, what operators look for.
CREATE INDEX redemptions_not_succeeded ON redemptions (state, id) WHERE state <> 'succeeded';

-- What retention may remove, oldest end first.
CREATE INDEX redemptions_by_end ON redemptions (updated_at)
    WHERE state IN ('succeeded', 'rejected', 'failed');

-- Lists, newest first. Ids grow with time, so each insert lands at the end of its run.
CREATE INDEX redemptions_by_caller ON redemptions (caller, id);
CREATE INDEX redemptions_by_account ON redemptions (account, id);
CREATE INDEX redemptions_by_method ON redemptions (method, id);

CREATE TABLE order_keys (
    redemption INTEGER NOT NULL REFERENCES redemptions (seq) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    order_key  TEXT NOT NULL,
    PRIMARY KEY (redemption, position)
) STRICT, WITHOUT ROWID;

-- What a redemption wants its running totals to be.
CREATE TABLE wanted_totals (
    redemption INTEGER NOT NULL REFERENCES redemptions (seq) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    subject    TEXT NOT NULL,
    total      INTEGER NOT NULL,
    PRIMARY KEY (redemption, position)
) STRICT, WITHOUT ROWID;

-- The highest total the platform confirmed. Outlives the redemptions that raised it.
CREATE TABLE confirmed_totals (
    account TEXT NOT NULL,
    method  TEXT NOT NULL,
    subject TEXT NOT NULL,
    total   INTEGER NOT NULL,
    PRIMARY KEY (account, method, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    redemption  INTEGER NOT NULL REFERENCES redemptions (seq) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER,  -- NULL: under way, or the process died in it
    phase       TEXT,
    verdict     TEXT,
    code        TEXT,
    sub_code    TEXT,
    message     TEXT,
    platform_request_id TEXT,
    PRIMARY KEY (redemption, number)
) STRICT, WITHOUT ROWID;

-- What operators did by hand.
CREATE TABLE history (
    redemption INTEGER NOT NULL REFERENCES redemptions (seq) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    who        TEXT NOT NULL,
    action     TEXT NOT NULL,
    note       TEXT NOT NULL,
    from_state TEXT,
    to_state   TEXT,
    PRIMARY KEY (redemption, at, who, action)
) STRICT, WITHOUT ROWID;

-- One row, raised by each proof that the journal can be written.
CREATE TABLE probe (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    writes   INTEGER NOT NULL
) STRICT;
INSERT INTO probe (only_row, writes) VALUES (1, 0);
