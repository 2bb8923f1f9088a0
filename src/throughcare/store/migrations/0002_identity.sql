-- The person index. Evidence is between records; persons are derived and can be computed anew.
-- Times are microseconds since 1970, UTC. person_link stands in 0001: records and attachments.

-- A source's record of a person, or (kind attachment) a document that speaks about one.
CREATE TABLE subject (
  subject INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  local_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  UNIQUE (source, local_id, kind)
);

-- state: active, review (provisional, waits for a human) or redirected (merged into another).
CREATE TABLE person (
  person INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  redirect INTEGER
);

-- How many persons there are now: the bias of every score depends on it.
CREATE TABLE index_size (persons INTEGER NOT NULL);
INSERT INTO index_size (persons) VALUES (0);

-- What a record is compared by: its newest demographics with all earlier names and addresses.
CREATE TABLE demographic (
  subject INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX demographic_number ON demographic (number) WHERE number <> '';

-- Every version as it came; never changed.
CREATE TABLE demographic_version (
  subject INTEGER NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (subject, version)
) WITHOUT ROWID;

-- Documents that wait for, or follow, the person with their NHS number.
CREATE TABLE attachment (
  subject INTEGER PRIMARY KEY,
  number TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX attachment_number ON attachment (number);

-- Hashed blocking keys.
CREATE TABLE match_key (
  h INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  PRIMARY KEY (h, subject)
) WITHOUT ROWID;
CREATE INDEX match_key_subject ON match_key (subject);

-- Evidence between two records, in both directions. weight: score without the bias.
CREATE TABLE match_edge (
  subject INTEGER NOT NULL,
  other INTEGER NOT NULL,
  weight REAL NOT NULL,
  rule TEXT NOT NULL,
  bits REAL NOT NULL,
  model TEXT NOT NULL,
  PRIMARY KEY (subject, other)
) WITHOUT ROWID;
CREATE INDEX match_edge_other ON match_edge (other);

-- What a human or a source decided about two records, by what the source calls them: a merge may
-- speak of records that have not come yet. withdrawn NULL = in force.
CREATE TABLE ruling (
  ruling INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  left_source TEXT NOT NULL,
  left_id TEXT NOT NULL,
  right_source TEXT NOT NULL,
  right_id TEXT NOT NULL,
  same INTEGER NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  at INTEGER NOT NULL,
  withdrawn INTEGER
);
CREATE INDEX ruling_left ON ruling (left_source, left_id);
CREATE INDEX ruling_right ON ruling (right_source, right_id);

-- Two persons that may be one, by the records with the strongest evidence; provisional side first.
CREATE TABLE doubt (
  subject INTEGER NOT NULL,
  candidate INTEGER NOT NULL,
  total REAL NOT NULL,
  rule TEXT NOT NULL,
  raised INTEGER NOT NULL,
  PRIMARY KEY (subject, candidate)
) WITHOUT ROWID;
CREATE INDEX doubt_candidate ON doubt (candidate);

-- Every change of who is whom. before and after: JSON, [[person, [subject, ...]], ...].
CREATE TABLE person_event (
  event INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL
);
CREATE TABLE person_event_person (
  person INTEGER NOT NULL,
  event INTEGER NOT NULL,
  PRIMARY KEY (person, event)
) WITHOUT ROWID;
