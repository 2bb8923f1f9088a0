-- Systems that hand over by a key of their own. digest: SHA-256 of the key, hexadecimal; '' while no
-- key opens it. mapping: TOML of a column mapping, '' for none. Times are texts of ISO 8601.
CREATE TABLE actor_source (
    source TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    mapping TEXT NOT NULL,
    digest TEXT NOT NULL,
    made TEXT NOT NULL,
    made_by TEXT NOT NULL
);
CREATE INDEX actor_source_digest ON actor_source (digest);

-- What each of them handed over last, and when anything was taken first. findings: JSON, places,
-- rules and ways out; nothing of what was sent.
CREATE TABLE delivery (
    source TEXT PRIMARY KEY,
    first_taken TEXT,
    last_at TEXT NOT NULL,
    stored INTEGER NOT NULL,
    known INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    findings TEXT NOT NULL
);
