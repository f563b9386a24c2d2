-- When the journal was created, so that an operator's alert outlives the process that created it; no row: not known.
CREATE TABLE journal_birth (
    only_row   boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    created_at timestamptz NOT NULL
);

-- The move of another journal into these tables (docs/journal-postgres.md, Moving from SQLite). Until finished_at is set
-- no gateway serves them.
CREATE TABLE journal_move (
    only_row     boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    source       bytea       NOT NULL,            -- SHA-256 of the other journal's secret
    run          integer     NOT NULL,            -- of the command: an earlier one may write no more
    copied_until uuid,                            -- redemptions up to this id are here
    begun_at     timestamptz NOT NULL DEFAULT now(),  -- the server's clock
    finished_at  timestamptz                      -- likewise
);
