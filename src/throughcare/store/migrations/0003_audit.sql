-- Audit entries of writes, in the transaction of what they speak of, until they are in the ledger.
CREATE TABLE audit_pending (
    position INTEGER PRIMARY KEY,
    body BLOB NOT NULL
);

-- How far the index below has read each worker's part of the ledger.
CREATE TABLE audit_mark (
    worker INTEGER PRIMARY KEY,
    segment INTEGER NOT NULL,
    place BIGINT NOT NULL
);

-- Lines about a person. The line itself is in the ledger, at `place` of the segment.
CREATE TABLE audit_ix (
    person BIGINT NOT NULL,
    worker INTEGER NOT NULL,
    sequence BIGINT NOT NULL,
    segment INTEGER NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (person, worker, sequence)
);
CREATE INDEX audit_ix_id ON audit_ix (id);

-- Lines that a privacy officer looks through, by kind.
CREATE TABLE audit_watch (
    kind TEXT NOT NULL,
    worker INTEGER NOT NULL,
    sequence BIGINT NOT NULL,
    segment INTEGER NOT NULL,
    place BIGINT NOT NULL,
    PRIMARY KEY (kind, worker, sequence)
);
