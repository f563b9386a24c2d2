-- Digests are covered with a secret of the file's own (journal/file_secret.hpp): bare ones give the codes away to who
-- tries them all. draw_secret() and cover_digest() are lent by the program (journal/file_keys.cpp).

-- TEXT (hex digits) in clear, a BLOB when sealed.
CREATE TABLE file_secret (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    secret   ANY NOT NULL
) STRICT;
INSERT INTO file_secret (only_row, secret) VALUES (1, draw_secret(
    (SELECT params FROM redemptions WHERE typeof(params) = 'blob' ORDER BY seq DESC LIMIT 1)
));

-- From now on the covered SHA-256 of the canonical request body.
UPDATE redemptions SET body = cover_digest(body);

CREATE TABLE covered_totals (
    redemption INTEGER NOT NULL REFERENCES redemptions (seq) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    subject    BLOB NOT NULL,  -- covered
    total      INTEGER NOT NULL,
    PRIMARY KEY (redemption, position)
) STRICT, WITHOUT ROWID;
INSERT INTO covered_totals SELECT redemption, position, cover_digest(subject), total FROM wanted_totals;
DROP TABLE wanted_totals;
ALTER TABLE covered_totals RENAME TO wanted_totals;

CREATE TABLE covered_totals (
    account TEXT NOT NULL,
    method  TEXT NOT NULL,
    subject BLOB NOT NULL,  -- covered
    total   INTEGER NOT NULL,
    PRIMARY KEY (account, method, subject)
) STRICT, WITHOUT ROWID;
INSERT INTO covered_totals SELECT account, method, cover_digest(subject), total FROM confirmed_totals;
DROP TABLE confirmed_totals;
ALTER TABLE covered_totals RENAME TO confirmed_totals;
