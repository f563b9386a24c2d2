-- The time of the journal's creation is kept, so that an operator's alert outlives the process that created it. NULL: an
-- earlier version created it.
CREATE TABLE birth (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    created_at INTEGER
) STRICT;
INSERT INTO birth (only_row, created_at) VALUES (1, NULL);
