-- The record: versions, search rows, change feed. See docs of throughcare.record.
-- An entry's number is (subject << 24) + its place within the subject, so that every table keyed by
-- it is clustered by subject: a person's record is a few ranges of rows.
-- Times are microseconds since 1970, UTC. Keys are 48 or 64 bits of SHA-256 (throughcare.record.keys).

-- Which person each subject (source record) belongs to; until NULL = now. Written by identity.
CREATE TABLE person_link (
  subject INTEGER NOT NULL,
  person INTEGER NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER
);
CREATE INDEX person_link_subject ON person_link (subject, until, person);
CREATE INDEX person_link_person ON person_link (person, until, subject);

-- What consent decides on, interned.
CREATE TABLE entry_class (
  cls INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  category TEXT NOT NULL,
  labels TEXT NOT NULL,
  custodian TEXT NOT NULL,
  critical INTEGER NOT NULL,
  episode TEXT NOT NULL,
  UNIQUE (type, category, labels, custodian, critical, episode)
);

-- Logical id to entry; stays after a deletion.
CREATE TABLE alias (
  type INTEGER NOT NULL,
  id TEXT NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (type, id)
) WITHOUT ROWID;

-- Entries that a logical id had before it was moved to another subject.
CREATE TABLE former (
  type INTEGER NOT NULL,
  id TEXT NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (type, id, entry)
) WITHOUT ROWID;

-- Current versions. body: one byte of dictionary version, then a zstd frame with checksum.
CREATE TABLE res (
  entry INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  body BLOB NOT NULL
);

-- One narrow row for each current entry: all that consent, sorting and date search look at.
CREATE TABLE head (
  entry INTEGER PRIMARY KEY,
  subject INTEGER NOT NULL,
  type INTEGER NOT NULL,
  cls INTEGER NOT NULL,
  date_lo INTEGER,
  date_hi INTEGER,
  date_param INTEGER,
  author INTEGER,
  updated INTEGER NOT NULL,
  id TEXT NOT NULL
);
CREATE INDEX head_by_type ON head (subject, type);

-- Superseded versions and deletions (empty body).
CREATE TABLE hist (
  entry INTEGER NOT NULL,
  version INTEGER NOT NULL,
  cls INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  date_lo INTEGER,
  date_hi INTEGER,
  author INTEGER,
  body BLOB NOT NULL,
  PRIMARY KEY (entry, version)
) WITHOUT ROWID;

-- What a person has of a code: the clinical code of each entry of a subject.
CREATE TABLE coded (
  subject INTEGER NOT NULL,
  type INTEGER NOT NULL,
  code INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  system INTEGER NOT NULL,
  PRIMARY KEY (subject, type, code, entry, system)
) WITHOUT ROWID;

-- Secondary dates, numbers, quantities.
CREATE TABLE ord (
  entry INTEGER NOT NULL,
  param INTEGER NOT NULL,
  low NUMERIC NOT NULL,
  high NUMERIC NOT NULL,
  system INTEGER NOT NULL,
  code INTEGER NOT NULL,
  PRIMARY KEY (entry, param, low, high, system, code)
) WITHOUT ROWID;

-- Strings: folded for searching, and as written.
CREATE TABLE words (
  param INTEGER NOT NULL,
  folded TEXT NOT NULL,
  entry INTEGER NOT NULL,
  written TEXT NOT NULL,
  PRIMARY KEY (param, folded, entry, written)
) WITHOUT ROWID;
CREATE INDEX words_by_entry ON words (entry, param, folded);

-- Tokens, references, uris and presence of parameters, inverted.
CREATE VIRTUAL TABLE tok USING fts5 (
  terms, content='', contentless_delete=1, detail=none, tokenize='ascii'
);

-- The change feed. kind: create, update, delete or relabel. type and id stand with a deletion alone:
-- others have theirs in head.
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL,
  version INTEGER NOT NULL,
  kind TEXT NOT NULL,
  type INTEGER,
  id TEXT
);
CREATE TABLE counter (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counter (name, value) VALUES ('seq', 0);

-- Compression dictionaries, by the version that bodies carry.
CREATE TABLE zdict (
  version INTEGER PRIMARY KEY,
  dictionary BLOB NOT NULL
);

-- Seals the places of pages: what a link says of a record stays unreadable.
CREATE TABLE page_key (key BLOB NOT NULL);
INSERT INTO page_key (key) VALUES (randomblob(64));
