-- SMART Health Links. Address and key of a link are derived from the node's key and its account, so
-- that neither lies here; of the address only its SHA-256, to find the link by. Times are
-- microseconds since 1970, UTC.
CREATE TABLE actor_health_link (
    account TEXT PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    subject BIGINT NOT NULL,
    label TEXT NOT NULL,
    kinds TEXT NOT NULL,
    direct INTEGER NOT NULL,
    passcode TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    made BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    ended INTEGER NOT NULL
);
CREATE INDEX actor_health_link_subject ON actor_health_link (subject);

-- A file that a manifest named, to be fetched once and soon.
CREATE TABLE actor_health_link_file (
    digest TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    recipient TEXT NOT NULL,
    expires BIGINT NOT NULL
);
