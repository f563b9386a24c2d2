-- The journal's tables (docs/journal-postgres.md, Tables). schema_version is there before the first migration
-- (journal/postgres/schema.cpp). No triggers, foreign keys, stored functions or advisory locks: each rule is in the
-- statement that needs it. A migration after which older programs must not write raises schema_version.works_from to its
-- number.
--
-- Texts that are searched for have the collation "C": they are compared by bytes only, which is cheaper, and their
-- indexes stay valid when the operating system's collations change. Times are the journal's, in milliseconds, unless the
-- comment says that the server's clock gave them. Digests are covered with the journal's secret, so that they can be
-- searched for without giving away a code. Statements name their columns: a later migration may add some.

-- The secret that covers digests; drawn by the first process, read by each at its start.
CREATE TABLE journal_secret (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    secret   bytea   NOT NULL,
    sealed   boolean NOT NULL
);

-- One row for each life of a process, written by it alone. The number is owner and fencing token and is never used again.
-- Each batch of the process locks its row FOR KEY SHARE; to end it, another process locks it FOR UPDATE.
CREATE TABLE replicas (
    replica    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection integer     NOT NULL DEFAULT 1,  -- of its writer: a batch of an earlier one is refused
    renewals   bigint      NOT NULL DEFAULT 0,  -- raised each second; one that stands still for a lease may be ended
    ended_at   timestamptz,                     -- the server's clock; set: it left or was ended, and writes no more
    renewed_at timestamptz NOT NULL DEFAULT now(),  -- the server's clock; for people, and for the removal of old rows
    pid        integer,                         -- of the writer's backend, whose locks must be freed when it hangs
    name       text        NOT NULL,            -- the pod's; for people
    version    text        NOT NULL,            -- of the program; for people
    key_ids    text[]      NOT NULL DEFAULT '{}'    -- sealing keys that it can open; others seal with a common one
) WITH (fillfactor = 50);

CREATE SEQUENCE queue_positions;  -- CACHE 1: grows in commit order among redemptions of one order
CREATE SEQUENCE order_numbers;

-- The wish, written once at the acceptance. A restart changes scope, lifetime_ms and void; adopt() changes scope.
-- The state: a row in open_redemptions: pending or unknown; otherwise the row in outcomes tells.
CREATE TABLE redemptions (
    id              uuid        PRIMARY KEY,            -- UUIDv7: grows with time
    created_at      timestamptz NOT NULL,
    lifetime_ms     bigint      NOT NULL,
    replay_safe     boolean     NOT NULL,
    params_sealed   boolean     NOT NULL,
    void            boolean     NOT NULL DEFAULT false, -- rejected or failed: its natural key is free
    caller          text COLLATE "C" NOT NULL,          -- as it was called then
    idempotency_key text COLLATE "C" NOT NULL,
    -- The first of the caller's earlier names as configured then, or its name without one. A replica that knows the
    -- caller by its new name and one that knows it by the old one so write the same, and the unique index lets one of two
    -- equal keys in. A key of the caller is searched for by all its names in `caller`, as the list may change later.
    key_scope       text COLLATE "C" NOT NULL,
    method          text COLLATE "C" NOT NULL,
    account         text COLLATE "C" NOT NULL,          -- as it was called then
    -- scope_of(): the identity of the account's app; 'account:<name>' while that is not known (is_known()).
    scope           text COLLATE "C" NOT NULL,
    natural_key     text COLLATE "C",
    body            bytea       NOT NULL,               -- SHA-256 of the canonical body, covered
    params          bytea       NOT NULL,               -- JSON text, sealed when params_sealed
    orders          text[] COLLATE "C",                 -- its order keys as given; NULL: none
    totals          jsonb                               -- [{"order","code","subject","total"}], digests covered, in hex
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_scale_factor = 0.02);
CREATE UNIQUE INDEX redemptions_by_key ON redemptions (idempotency_key, key_scope);
CREATE UNIQUE INDEX redemptions_by_natural_key ON redemptions (natural_key, scope, method)
    WHERE NOT void AND natural_key IS NOT NULL;
CREATE INDEX redemptions_by_void_natural_key ON redemptions (natural_key) WHERE void AND natural_key IS NOT NULL;
CREATE INDEX redemptions_void ON redemptions (id) WHERE void;  -- lists of rejected and failed ones
CREATE INDEX redemptions_by_caller ON redemptions (caller, id);
CREATE INDEX redemptions_by_account ON redemptions (account, id);
CREATE INDEX redemptions_by_method ON redemptions (account, method, id);
-- For adopt(); empty once each account is known. A statement that uses it repeats its condition.
CREATE INDEX redemptions_unidentified ON redemptions (scope) WHERE starts_with(scope, 'account:');

-- Pending and unknown ones: few, and everything that changes. Written by the owner, or by the one that takes it; the
-- owner changes only by itself or in a transaction that ends it. An unknown one has no owner.
CREATE TABLE open_redemptions (
    id                 uuid        PRIMARY KEY,
    queued             bigint      NOT NULL DEFAULT nextval('queue_positions'),  -- drawn anew when it is pending again
    owner              bigint,                   -- replicas.replica; NULL: free to be taken
    line               bigint,                   -- orders.line, drawn under the lock of its order; NULL: no order
    updated_at         timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL,
    attempt            integer     NOT NULL DEFAULT 0,   -- number of the last one begun; each is begun once
    attempt_started_at timestamptz,              -- of the one under way; NULL: none is
    attempt_by         bigint,                   -- the replica that began the last one: may bring its end late
    unknown            boolean     NOT NULL DEFAULT false,
    totals             boolean     NOT NULL DEFAULT false,   -- it wants running totals
    in_doubt           boolean     NOT NULL DEFAULT false,   -- its totals are in doubtful_totals
    attempts           jsonb,                    -- array of those that ended; NULL: none
    result             bytea,                    -- as in outcomes
    result_sealed      boolean     NOT NULL DEFAULT false,
    error              jsonb,
    history            jsonb,                    -- array of operators' actions; NULL: none
    word               jsonb                     -- what an operator asked of the owner at another replica
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX open_free ON open_redemptions (queued) WHERE owner IS NULL AND NOT unknown;
CREATE INDEX open_by_line ON open_redemptions (line, queued) WHERE line IS NOT NULL;
CREATE INDEX open_unknown ON open_redemptions (id) WHERE unknown;
CREATE INDEX open_words ON open_redemptions (owner) WHERE word IS NOT NULL;

-- How it ended, written in the transaction that deletes its row in open_redemptions; a restart does the reverse.
CREATE TABLE outcomes (
    id            uuid        PRIMARY KEY,
    updated_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    owner         bigint,              -- the replica that ended it
    result_sealed boolean     NOT NULL DEFAULT false,
    state         text        NOT NULL CHECK (state IN ('succeeded', 'rejected', 'failed')),
    attempts      jsonb,
    result        bytea,               -- JSON text, sealed when result_sealed; NULL: none
    error         jsonb,
    history       jsonb
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_scale_factor = 0.02);
-- Retention, oldest end first, and the newest change: max(updated_at), or created_at of the highest redemptions.id.
CREATE INDEX outcomes_by_end ON outcomes (updated_at);

-- The keys of orders. Keys that came together name one order, which is a line; the row is the lock under which a
-- redemption joins it. Locked in the order of (scope, name). The name '' of a scope stands for totals whose order is not
-- known; their subject is in the place of the code.
CREATE TABLE orders (
    scope     text COLLATE "C" NOT NULL,
    name      text COLLATE "C" NOT NULL,
    number    bigint NOT NULL,  -- from order_numbers: the lowest of a line is that of its canonical key
    line      bigint NOT NULL,  -- the canonical key's number; a merge takes the lower one
    last_used date   NOT NULL DEFAULT current_date,  -- the server's; removes names that stand alone and confirm nothing
    PRIMARY KEY (scope, name)
) WITH (fillfactor = 90);
CREATE INDEX orders_by_line ON orders (line);

-- The highest total that the platform confirmed; outlives the redemptions that raised it.
CREATE TABLE confirmed_totals (
    line       bigint NOT NULL,            -- of the total's order
    method     text COLLATE "C" NOT NULL,
    code       bytea  NOT NULL,            -- covered
    total      bigint NOT NULL,
    redemption uuid   NOT NULL,            -- the one with that total, kept or not
    PRIMARY KEY (line, method, code)
) WITH (fillfactor = 90);

-- Totals that the platform may have without having confirmed them: those of unknown redemptions, and of pending ones with
-- an ambiguous attempt. Written by the settlement that leaves the doubt, deleted by the one that makes it final.
CREATE TABLE doubtful_totals (
    line       bigint NOT NULL,
    method     text COLLATE "C" NOT NULL,
    code       bytea  NOT NULL,
    redemption uuid   NOT NULL,
    total      bigint NOT NULL,
    PRIMARY KEY (line, method, code, redemption)
);
CREATE INDEX doubtful_totals_by_redemption ON doubtful_totals (redemption);

-- The ban of each app and method that lasts longest. Read by each replica each second.
CREATE TABLE bans (
    scope     text COLLATE "C" NOT NULL,
    method    text COLLATE "C" NOT NULL,
    since     timestamptz NOT NULL,
    length_ms bigint NOT NULL,
    doubted   boolean NOT NULL DEFAULT false,  -- too long to be believed: tried now and then
    PRIMARY KEY (scope, method)
);

-- Shares of an account's request rate: their sum never exceeds the rate. The row in quotas is the lock under which they are
-- drawn; each replica writes its own share, and those of ended ones do not count.
CREATE TABLE quotas (account text COLLATE "C" PRIMARY KEY);
CREATE TABLE quota_shares (
    account text COLLATE "C" NOT NULL,
    replica bigint NOT NULL,
    wanted  real   NOT NULL,  -- requests per second
    share   real   NOT NULL,
    PRIMARY KEY (account, replica)
) WITH (fillfactor = 50);

UPDATE schema_version SET works_from = 1;
