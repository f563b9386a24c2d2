-- An order may have several names: the platform's number for it and the merchant's own. Names that one redemption
-- gave together are one line from then on, whichever of them the next one gives. Like the confirmed totals this
-- outlives the redemptions.

CREATE TABLE order_names (
    seq     INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    name    TEXT NOT NULL,     -- an order key; one that never came with another is not here
    line    INTEGER NOT NULL,  -- seq of the oldest name of the same order
    UNIQUE (account, name)
) STRICT;
CREATE INDEX order_names_by_line ON order_names (line);

-- Inserting into it says that two names are one order's. Should they be known as two orders', these become one line:
-- the older takes the younger in.
CREATE VIEW same_order AS
    SELECT one.account, one.name, other.name AS other
    FROM order_names AS one JOIN order_names AS other ON other.line = one.line;
CREATE TRIGGER same_order_said INSTEAD OF INSERT ON same_order BEGIN
    INSERT INTO order_names (account, name, line)
        VALUES (new.account, new.name, (SELECT coalesce(max(seq), 0) + 1 FROM order_names))
        ON CONFLICT DO NOTHING;
    INSERT INTO order_names (account, name, line)
        VALUES (new.account, new.other, (SELECT coalesce(max(seq), 0) + 1 FROM order_names))
        ON CONFLICT DO NOTHING;
    UPDATE order_names
        SET line = (SELECT min(line) FROM order_names
                    WHERE account = new.account AND name IN (new.name, new.other))
        WHERE line = (SELECT nullif(max(line), min(line)) FROM order_names  -- NULL, so nothing: they are one line
                      WHERE account = new.account AND name IN (new.name, new.other));
END;

INSERT INTO same_order (account, name, other)
    SELECT account, first.order_key, further.order_key
    FROM order_keys AS further
    JOIN order_keys AS first ON first.redemption = further.redemption AND first.position = 0
    JOIN redemptions ON seq = further.redemption
    WHERE further.position > 0
    ORDER BY further.redemption;

-- Whose total it is and of what, so that it is found from another name of the order; the code's digest is covered. NULL
-- in what earlier versions wrote: that is found by its subject alone.
ALTER TABLE wanted_totals ADD COLUMN order_key TEXT;
ALTER TABLE wanted_totals ADD COLUMN code BLOB;
ALTER TABLE confirmed_totals ADD COLUMN order_key TEXT;
ALTER TABLE confirmed_totals ADD COLUMN code BLOB;
CREATE INDEX confirmed_totals_by_code ON confirmed_totals (code, account, method) WHERE code IS NOT NULL;
