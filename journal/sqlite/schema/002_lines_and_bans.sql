-- What a process that starts must know of the one before it: who waits behind whom, how long a redemption may take
-- when it goes to work again, and which calls a platform told an account to leave alone.

-- The place in line, meant while pending: grows each time a redemption goes to work (accepted, started over, sent
-- again by hand). Before this version the order of arrival is all that is known.
ALTER TABLE redemptions ADD COLUMN queued INTEGER NOT NULL DEFAULT 0;
UPDATE redemptions SET queued = seq WHERE state = 'pending' AND state <> 'succeeded';
CREATE INDEX redemptions_in_line ON redemptions (queued) WHERE state = 'pending';

-- How long, in milliseconds, it may take from going to work until it expires, as accepted. Never asked of what
-- succeeded. Before this version an operator's retry started it anew, and nothing else is known to have.
ALTER TABLE redemptions ADD COLUMN lifetime INTEGER NOT NULL DEFAULT 0;
UPDATE redemptions SET lifetime = expires_at - coalesce(
    (SELECT max(at) FROM history WHERE redemption = seq AND action = 'retry'), created_at
) WHERE state <> 'succeeded';

-- Which problem of the gateway's own ended it; NULL: none that has a name.
ALTER TABLE redemptions ADD COLUMN error_kind TEXT;

-- The last word of a platform on how long an account should leave a method alone: when it was told and for how
-- many milliseconds.
CREATE TABLE bans (
    account TEXT NOT NULL,
    method  TEXT NOT NULL,
    told_at INTEGER NOT NULL,
    length  INTEGER NOT NULL,
    PRIMARY KEY (account, method)
) STRICT, WITHOUT ROWID;
