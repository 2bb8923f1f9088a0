-- Who may sign in. Times are microseconds since 1970, UTC.
CREATE TABLE actor_user (
    user_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    person BIGINT,
    retired INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE actor_role (
    user_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (user_id, position)
);

-- Of a secret only its SHA-256 is kept.
CREATE TABLE actor_link (
    digest BLOB PRIMARY KEY,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE TABLE actor_session (
    digest BLOB PRIMARY KEY,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL,
    opened BIGINT NOT NULL,
    used BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX actor_session_user ON actor_session (user_id);

-- What a reader stated about one person in a session.
CREATE TABLE actor_statement (
    session BLOB NOT NULL REFERENCES actor_session (digest) ON DELETE CASCADE,
    person BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    relationship TEXT NOT NULL,
    permission TEXT NOT NULL,
    reason_code TEXT,
    reason_text TEXT,
    until BIGINT NOT NULL,
    PRIMARY KEY (session, person)
);

CREATE TABLE actor_relationship (
    person BIGINT NOT NULL,
    organisation TEXT NOT NULL,
    user_id TEXT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    ground TEXT NOT NULL,
    PRIMARY KEY (person, organisation, user_id, since)
);
CREATE TABLE actor_permission (
    person BIGINT NOT NULL,
    organisation TEXT NOT NULL,
    said_at BIGINT NOT NULL,
    said TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    until BIGINT,
    PRIMARY KEY (person, organisation, said_at)
);
