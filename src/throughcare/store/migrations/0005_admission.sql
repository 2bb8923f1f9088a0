-- What has been received, by the source's own key: loading twice adds nothing.
CREATE TABLE received (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (source, key, digest)
) WITHOUT ROWID;

-- Received bytes that the entries do not carry whole (HL7 v2, CSV, what no mapping covers).
CREATE TABLE source_document (
    document INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    subject INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX source_document_subject ON source_document (subject);

-- Subjects with an entry whose label reaches all of its person's entries: labels meet the person.
CREATE TABLE labelling_subject (
    subject INTEGER PRIMARY KEY
);

-- Goes up with each change of a subject's consents or of whose the subject is.
CREATE TABLE epoch (
    subject INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL
);
CREATE INDEX epoch_newest ON epoch (epoch);

-- Alerts to the privacy officer and notices to the person.
CREATE TABLE notice (
    notice TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    person INTEGER NOT NULL,
    at TEXT NOT NULL,
    audit TEXT NOT NULL,
    who TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open'
);
CREATE INDEX notice_kind ON notice (kind, at);
CREATE INDEX notice_person ON notice (person, kind, at);

-- Work for somebody: an unreadable consent, a label that needs its custodian.
CREATE TABLE task (
    task TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject INTEGER NOT NULL,
    what TEXT NOT NULL,
    raised TEXT NOT NULL,
    due TEXT NOT NULL,
    done TEXT
);
