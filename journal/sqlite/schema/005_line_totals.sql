-- The highest total confirmed for a code under any name of an order that has several: found in one step, however many
-- orders have that code and however many names the order has.

CREATE TABLE line_totals (
    line   INTEGER NOT NULL,  -- of order_names
    method TEXT NOT NULL,
    code   BLOB NOT NULL,     -- covered
    total  INTEGER NOT NULL,
    PRIMARY KEY (line, method, code)
) STRICT, WITHOUT ROWID;

DROP INDEX confirmed_totals_by_code;
CREATE INDEX confirmed_totals_by_order ON confirmed_totals (order_key) WHERE order_key IS NOT NULL;

INSERT INTO line_totals (line, method, code, total)
    SELECT named.line, method, code, max(total)
    FROM confirmed_totals AS confirmed
    JOIN order_names AS named ON named.account = confirmed.account AND named.name = confirmed.order_key
    WHERE code IS NOT NULL
    GROUP BY named.line, method, code;

CREATE TRIGGER total_confirmed AFTER INSERT ON confirmed_totals WHEN new.code IS NOT NULL BEGIN
    INSERT INTO line_totals (line, method, code, total)
        SELECT line, new.method, new.code, new.total
        FROM order_names WHERE account = new.account AND name = new.order_key
        ON CONFLICT (line, method, code) DO UPDATE SET total = max(total, excluded.total);
END;
CREATE TRIGGER total_raised AFTER UPDATE ON confirmed_totals WHEN new.code IS NOT NULL BEGIN
    INSERT INTO line_totals (line, method, code, total)
        SELECT line, new.method, new.code, new.total
        FROM order_names WHERE account = new.account AND name = new.order_key
        ON CONFLICT (line, method, code) DO UPDATE SET total = max(total, excluded.total);
END;

-- A name that comes into a line brings along what was confirmed under it. (The + keeps SQLite from going
-- through all that the account has.)
CREATE TRIGGER order_name_came AFTER INSERT ON order_names BEGIN
    INSERT INTO line_totals (line, method, code, total)
        SELECT new.line, method, code, total
        FROM confirmed_totals WHERE order_key = new.name AND +account = new.account AND code IS NOT NULL
        ON CONFLICT (line, method, code) DO UPDATE SET total = max(total, excluded.total);
END;
CREATE TRIGGER order_name_moved AFTER UPDATE OF line ON order_names BEGIN
    INSERT INTO line_totals (line, method, code, total)
        SELECT new.line, method, code, total
        FROM confirmed_totals WHERE order_key = new.name AND +account = new.account AND code IS NOT NULL
        ON CONFLICT (line, method, code) DO UPDATE SET total = max(total, excluded.total);
    DELETE FROM line_totals WHERE line = old.line;  -- all its names move
END;
