-- A ban is tried now and then after a restart as well when its length was doubted. Earlier versions doubted every one of
-- more than a day, and no other.
ALTER TABLE bans ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0 CHECK (doubted IN (0, 1));
UPDATE bans SET doubted = 1 WHERE length > 86400000;
