-- Launches that were used, by the SHA-256 of who signed them and their id, until they expire.
CREATE TABLE actor_launch (
    digest BLOB PRIMARY KEY,
    expires BIGINT NOT NULL
);
