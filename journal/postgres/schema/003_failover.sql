-- A failover may lose the last commits (docs/journal-postgres.md, Failover).

-- Drawn by the process, the same for all its lives. Numbers that were drawn in a lost tail are drawn again, so that the
-- number alone does not tell whose row it is.
ALTER TABLE replicas ADD COLUMN token text NOT NULL DEFAULT '';
-- When the server was started, by its own clock, on which the process has looked for its confirmed writes. The others begin
-- nothing anew while one that lives has not looked on theirs. NULL: a version that never looks, and is not waited for.
ALTER TABLE replicas ADD COLUMN server text;

-- What processes found missing after a failover, one row for each process and server. As long as one is not acknowledged,
-- no process is ready.
CREATE TABLE journal_losses (
    loss            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    replica         bigint      NOT NULL,          -- that found it
    server          text        NOT NULL,          -- when the server that lacks it was started, by its own clock
    found_at        timestamptz NOT NULL DEFAULT now(),  -- the server's clock
    missing         bigint      NOT NULL,          -- redemptions with confirmed writes that it lacked
    restored        bigint      NOT NULL DEFAULT 0,      -- of them, written again
    acknowledged_at timestamptz,                   -- the server's clock
    acknowledged_by text,
    note            text,
    UNIQUE (replica, server)
);
CREATE INDEX journal_losses_open ON journal_losses (loss) WHERE acknowledged_at IS NULL;
