-- Natural keys, running totals, orders and bans belong to the app at the platform ("alipay:<app_id>",
-- "taobao:<app_key>"), whatever name the configuration gives the account. Rows of earlier versions belong to
-- "account:<name>" until the name is found in the configuration (record_store::adopt).

ALTER TABLE redemptions ADD COLUMN identity TEXT NOT NULL DEFAULT '';
UPDATE redemptions SET identity = 'account:' || account;

DROP INDEX redemptions_by_live_natural_key;
CREATE UNIQUE INDEX redemptions_by_live_natural_key ON redemptions (natural_key, identity, method)
    WHERE state IN ('pending', 'succeeded', 'unknown');
-- Empty once each account is known. ';' follows ':'.
CREATE INDEX redemptions_unidentified ON redemptions (identity)
    WHERE identity >= 'account:' AND identity < 'account;';

DROP VIEW same_order;  -- with its trigger
DROP TRIGGER total_confirmed;
DROP TRIGGER total_raised;
DROP TRIGGER order_name_came;
DROP TRIGGER order_name_moved;

ALTER TABLE confirmed_totals RENAME COLUMN account TO identity;
UPDATE confirmed_totals SET identity = 'account:' || identity;
ALTER TABLE order_names RENAME COLUMN account TO identity;
UPDATE order_names SET identity = 'account:' || identity;
ALTER TABLE bans RENAME COLUMN account TO identity;
UPDATE bans SET identity = 'account:' || identity;

-- The redemption with that total; NULL: an earlier version wrote it.
ALTER TABLE confirmed_totals ADD COLUMN redemption TEXT;
ALTER TABLE line_totals ADD COLUMN redemption TEXT;

CREATE VIEW same_order AS
    SELECT one.identity, one.name, other.name AS other
    FROM order_names AS one JOIN order_names AS other ON other.line = one.line;
CREATE TRIGGER same_order_inserted INSTEAD OF INSERT ON same_order BEGIN
    INSERT INTO order_names (identity, name, line)
        VALUES (new.identity, new.name, (SELECT coalesce(max(seq), 0) + 1 FROM order_names))
        ON CONFLICT DO NOTHING;
    INSERT INTO order_names (identity, name, line)
        VALUES (new.identity, new.other, (SELECT coalesce(max(seq), 0) + 1 FROM order_names))
        ON CONFLICT DO NOTHING;
    UPDATE order_names
        SET line = (SELECT min(line) FROM order_names
                    WHERE identity = new.identity AND name IN (new.name, new.other))
        WHERE line = (SELECT nullif(max(line), min(line)) FROM order_names  -- NULL, so nothing: they are one line
                      WHERE identity = new.identity AND name IN (new.name, new.other));
END;

CREATE TRIGGER total_confirmed AFTER INSERT ON confirmed_totals WHEN new.code IS NOT NULL BEGIN
    INSERT INTO line_totals (line, method, code, total, redemption)
        SELECT line, new.method, new.code, new.total, new.redemption
        FROM order_names WHERE identity = new.identity AND name = new.order_key
        ON CONFLICT (line, method, code) DO UPDATE SET total = excluded.total, redemption = excluded.redemption
        WHERE excluded.total > total;
END;
CREATE TRIGGER total_raised AFTER UPDATE ON confirmed_totals WHEN new.code IS NOT NULL BEGIN
    INSERT INTO line_totals (line, method, code, total, redemption)
        SELECT line, new.method, new.code, new.total, new.redemption
        FROM order_names WHERE identity = new.identity AND name = new.order_key
        ON CONFLICT (line, method, code) DO UPDATE SET total = excluded.total, redemption = excluded.redemption
        WHERE excluded.total > total;
END;

-- A name that comes into a line brings along the totals confirmed under it. (The + keeps SQLite from going
-- through everything that the app has.)
CREATE TRIGGER order_name_came AFTER INSERT ON order_names BEGIN
    INSERT INTO line_totals (line, method, code, total, redemption)
        SELECT new.line, method, code, total, redemption
        FROM confirmed_totals WHERE order_key = new.name AND +identity = new.identity AND code IS NOT NULL
        ON CONFLICT (line, method, code) DO UPDATE SET total = excluded.total, redemption = excluded.redemption
        WHERE excluded.total > total;
END;
CREATE TRIGGER order_name_moved AFTER UPDATE OF line ON order_names BEGIN
    INSERT INTO line_totals (line, method, code, total, redemption)
        SELECT new.line, method, code, total, redemption
        FROM confirmed_totals WHERE order_key = new.name AND +identity = new.identity AND code IS NOT NULL
        ON CONFLICT (line, method, code) DO UPDATE SET total = excluded.total, redemption = excluded.redemption
        WHERE excluded.total > total;
    DELETE FROM line_totals WHERE line = old.line;  -- all its names move
END;

-- Totals that the platform may have without having confirmed them: those of unknown redemptions, and of pending ones
-- with an ambiguous attempt. Members as in confirmed_totals.
CREATE TABLE doubtful_totals (
    redemption INTEGER NOT NULL REFERENCES redemptions (seq) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    identity   TEXT NOT NULL,
    method     TEXT NOT NULL,
    subject    BLOB NOT NULL,
    total      INTEGER NOT NULL,
    order_key  TEXT,
    code       BLOB,
    PRIMARY KEY (redemption, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX doubtful_totals_by_subject ON doubtful_totals (subject);
CREATE INDEX doubtful_totals_by_code ON doubtful_totals (code) WHERE code IS NOT NULL;
INSERT INTO doubtful_totals
    SELECT redemption, position, identity, method, subject, total, order_key, code
    FROM redemptions JOIN wanted_totals ON redemption = seq
    WHERE state <> 'succeeded' AND (state = 'unknown' OR state = 'pending' AND EXISTS
        (SELECT 1 FROM attempts WHERE attempts.redemption = seq AND verdict = 'ambiguous'));

-- The gateway's reason for the verdict, beside the platform's message.
ALTER TABLE attempts ADD COLUMN detail TEXT;
