-- Where a statement runs when entries lie in several databases: `-- at:` below its name; at home if
-- there is none. See throughcare.store.sharded.routes.

-- name: classes_after
SELECT cls, type, category, labels, custodian, critical, episode
FROM entry_class WHERE cls > :cls ORDER BY cls;

-- name: add_class
INSERT INTO entry_class (type, category, labels, custodian, critical, episode)
VALUES (:type, :category, :labels, :custodian, :critical, :episode)
ON CONFLICT DO NOTHING;

-- name: class_number
SELECT cls FROM entry_class
WHERE type = :type AND category = :category AND labels = :labels AND custodian = :custodian
  AND critical = :critical AND episode = :episode;

-- name: current
-- at: found by record.entry_of
-- What was deleted has a row of NULLs; what never was has none.
SELECT a.entry, r.version, h.updated, h.cls, h.date_lo, h.date_hi, h.author, r.body
FROM alias a LEFT JOIN head h ON h.entry = a.entry LEFT JOIN res r ON r.entry = a.entry
WHERE a.type = :type AND a.id = :id;

-- name: candidate
-- at: one database alone
-- One row always, also of an id that never was: without an entry number, and with all else of the
-- first entry here, so that to look it up and to decide take as long as of what may not be seen.
-- Behind it what it names, as `throughcare.record.links` reads it. What was deleted has no moment,
-- and all else as the deletion has it.
SELECT a.entry, r.version, h.updated, coalesce(h.cls, p.cls), coalesce(h.date_lo, p.date_lo),
  coalesce(h.date_hi, p.date_hi), coalesce(h.author, p.author), r.body,
  (SELECT l.person FROM person_link l WHERE l.subject = h.subject AND l.until IS NULL),
  (SELECT coalesce(max(e.epoch), 0) FROM epoch e), n.cls,
  r.linked, r.link1, l1.cls, r.link2, l2.cls, r.link3, l3.cls
FROM (SELECT coalesce(max(c.cls), 0) AS cls FROM entry_class c) n
LEFT JOIN alias a ON a.type = :type AND a.id = :id
LEFT JOIN head h ON h.entry = coalesce(a.entry, (SELECT min(f.entry) FROM head f))
LEFT JOIN res r ON r.entry = h.entry
LEFT JOIN head l1 ON l1.entry = r.link1 LEFT JOIN head l2 ON l2.entry = r.link2
LEFT JOIN head l3 ON l3.entry = r.link3
LEFT JOIN hist_facts p ON p.entry = CASE WHEN h.entry IS NULL THEN a.entry END
  AND p.version = (SELECT max(v.version) FROM hist_facts v WHERE v.entry = a.entry);

-- name: facts
-- at: found by record.entry_of
-- The current version for a decision on it, where its content is locked; see record.body. Rows
-- as those of current.
SELECT a.entry, 0, h.updated, h.cls, h.date_lo, h.date_hi, h.author, NULL
FROM alias a LEFT JOIN head_facts h ON h.entry = a.entry
WHERE a.type = :type AND a.id = :id;

-- name: candidate_facts
-- at: one database alone
SELECT a.entry, 0, h.updated, coalesce(h.cls, p.cls), coalesce(h.date_lo, p.date_lo),
  coalesce(h.date_hi, p.date_hi), coalesce(h.author, p.author), NULL,
  (SELECT l.person FROM person_link l WHERE l.subject = a.entry >> 24 AND l.until IS NULL),
  (SELECT coalesce(max(e.epoch), 0) FROM epoch e), n.cls
FROM (SELECT coalesce(max(c.cls), 0) AS cls FROM entry_class c) n
LEFT JOIN alias a ON a.type = :type AND a.id = :id
LEFT JOIN head_facts h ON h.entry = coalesce(a.entry, (SELECT min(f.entry) FROM head_facts f))
LEFT JOIN hist_facts p ON p.entry = CASE WHEN h.entry IS NULL THEN a.entry END
  AND p.version = (SELECT max(v.version) FROM hist_facts v WHERE v.entry = a.entry);

-- name: standing
-- at: found by record.entry_of_or_another
-- The same, but for what is at home.
SELECT a.entry, r.version, h.updated, coalesce(h.cls, p.cls), coalesce(h.date_lo, p.date_lo),
  coalesce(h.date_hi, p.date_hi), coalesce(h.author, p.author), r.body
FROM (SELECT 1 AS one) n
LEFT JOIN alias a ON a.type = :type AND a.id = :id
LEFT JOIN head h ON h.entry = coalesce(a.entry, (SELECT min(f.entry) FROM head f))
LEFT JOIN res r ON r.entry = h.entry
LEFT JOIN hist_facts p ON p.entry = CASE WHEN h.entry IS NULL THEN a.entry END
  AND p.version = (SELECT max(v.version) FROM hist_facts v WHERE v.entry = a.entry);

-- name: standing_facts
-- at: found by record.entry_of_or_another
SELECT a.entry, 0, h.updated, coalesce(h.cls, p.cls), coalesce(h.date_lo, p.date_lo),
  coalesce(h.date_hi, p.date_hi), coalesce(h.author, p.author), NULL
FROM (SELECT 1 AS one) n
LEFT JOIN alias a ON a.type = :type AND a.id = :id
LEFT JOIN head_facts h ON h.entry = coalesce(a.entry, (SELECT min(f.entry) FROM head_facts f))
LEFT JOIN hist_facts p ON p.entry = CASE WHEN h.entry IS NULL THEN a.entry END
  AND p.version = (SELECT max(v.version) FROM hist_facts v WHERE v.entry = a.entry);

-- name: body
-- at: entry
SELECT version, body FROM res WHERE entry = :entry;

-- name: around
SELECT (SELECT l.person FROM person_link l WHERE l.subject = :subject AND l.until IS NULL),
  (SELECT coalesce(max(e.epoch), 0) FROM epoch e),
  (SELECT coalesce(max(c.cls), 0) FROM entry_class c);

-- name: targets
-- at: found by record.entries_among
SELECT a.id, a.entry, h.cls, h.date_lo, h.date_hi, h.author
FROM {texts :ids} j CROSS JOIN {alias a j :type}
LEFT JOIN head_facts h ON h.entry = a.entry;

-- name: targets_of_types
-- at: one database alone
-- The same of several types at once: every id is looked up under each of them.
SELECT a.type, a.id, a.entry, h.cls, h.date_lo, h.date_hi, h.author
FROM {numbers :types} k CROSS JOIN {texts :ids} j ON TRUE CROSS JOIN {alias a j k.value}
LEFT JOIN head_facts h ON h.entry = a.entry;

-- name: current_among
-- at: found by record.entries_among
SELECT a.id, h.entry, r.version, h.updated, h.cls, h.date_lo, h.date_hi, h.author, r.body
FROM {texts :ids} j CROSS JOIN {alias a j :type}
LEFT JOIN head h ON h.entry = a.entry LEFT JOIN res r ON r.entry = a.entry;

-- name: deletion
-- at: found by record.entry_of
SELECT p.entry, p.version, p.updated, p.cls, p.date_lo, p.date_hi, p.author
FROM alias a JOIN hist_facts p ON p.entry = a.entry
WHERE a.type = :type AND a.id = :id ORDER BY p.version DESC LIMIT 1;

-- name: versions
-- at: found by record.entries_ever; order by -2
SELECT p.entry, p.version, p.updated, p.cls, p.date_lo, p.date_hi, p.author, p.body, p.deleted
FROM hist p
WHERE p.entry IN (
  SELECT a.entry FROM alias a WHERE a.type = :type AND a.id = :id
  UNION ALL SELECT f.entry FROM former f WHERE f.type = :type AND f.id = :id)
ORDER BY p.version DESC;

-- name: entry_of
SELECT entry FROM alias WHERE type = :type AND id = :id;

-- name: entry_of_or_another
-- Of an id that never was, some entry, so that as many databases are asked as of a hidden one.
SELECT f.entry FROM (
  SELECT coalesce((SELECT a.entry FROM alias a WHERE a.type = :type AND a.id = :id),
    (SELECT o.entry FROM alias o ORDER BY o.type, o.id LIMIT 1)) AS entry) f
WHERE f.entry IS NOT NULL;

-- name: entries_among
SELECT a.entry FROM {texts :ids} j CROSS JOIN {alias a j :type};

-- name: entries_ever
SELECT entry FROM alias WHERE type = :type AND id = :id
UNION SELECT entry FROM former WHERE type = :type AND id = :id;

-- name: last_place
-- at: entry low
SELECT coalesce(max(entry), :low) FROM (
  SELECT max(entry) AS entry FROM head WHERE entry BETWEEN :low AND :high
  UNION ALL SELECT max(entry) FROM hist WHERE entry BETWEEN :low AND :high) AS last;

-- name: next_seq
UPDATE counter SET value = value + :by WHERE name = 'seq' RETURNING value;

-- name: put_alias
-- at: entry, and home
INSERT INTO alias (type, id, entry) VALUES (:type, :id, :entry)
ON CONFLICT (type, id) DO UPDATE SET entry = excluded.entry;

-- name: put_former
-- at: entry, and home
INSERT INTO former (type, id, entry) VALUES (:type, :id, :entry) ON CONFLICT DO NOTHING;

-- name: put_res
-- at: entry
INSERT INTO res (entry, version, seq, body, linked, link1, link2, link3)
VALUES (:entry, :version, :seq, :body, :linked, :link1, :link2, :link3)
ON CONFLICT (entry) DO UPDATE SET version = excluded.version, seq = excluded.seq,
  body = excluded.body, linked = excluded.linked, link1 = excluded.link1, link2 = excluded.link2,
  link3 = excluded.link3;

-- name: link_res
-- at: entry
UPDATE res SET linked = :linked, link1 = :link1, link2 = :link2, link3 = :link3
WHERE entry = :entry;

-- name: put_head
-- at: entry
INSERT INTO head (entry, subject, type, cls, date_lo, date_hi, date_param, author, updated, id)
VALUES (:entry, :subject, :type, :cls, :date_lo, :date_hi, :date_param, :author, :updated, :id)
ON CONFLICT (entry) DO UPDATE SET cls = excluded.cls, date_lo = excluded.date_lo,
  date_hi = excluded.date_hi, date_param = excluded.date_param, author = excluded.author,
  updated = excluded.updated;

-- name: put_hist
-- at: entry
INSERT INTO hist (entry, version, cls, updated, deleted, date_lo, date_hi, author, body)
VALUES (:entry, :version, :cls, :updated, :deleted, :date_lo, :date_hi, :author, :body);

-- name: put_coded
-- at: entry
INSERT INTO coded (subject, type, code, entry, system)
VALUES (:subject, :type, :code, :entry, :system);

-- name: put_ord
-- at: entry
INSERT INTO ord (entry, param, low, high, system, code)
VALUES (:entry, :param, :low, :high, :system, :code);

-- name: put_words
-- at: entry
INSERT INTO words (param, folded, entry, written) VALUES (:param, :folded, :entry, :written);

-- name: put_wording
-- at: entry
INSERT INTO wording (param, folded, entry) VALUES (:param, :folded, :entry)
ON CONFLICT DO NOTHING;

-- name: put_terms
-- at: entry
INSERT INTO tok (rowid, terms) VALUES (:entry, {terms :terms});

-- name: put_outbox
-- at: entry
INSERT INTO outbox (seq, entry, version, kind, type, id)
VALUES (:seq, :entry, :version, :kind, :type, :id);

-- name: drop_res
-- at: entry
DELETE FROM res WHERE entry = :entry;

-- name: drop_head
-- at: entry
DELETE FROM head WHERE entry = :entry;

-- name: drop_coded
-- at: entry
DELETE FROM coded WHERE subject = :subject AND type = :type AND entry = :entry;

-- name: drop_ord
-- at: entry
DELETE FROM ord WHERE entry = :entry;

-- name: drop_words
-- at: entry
DELETE FROM words WHERE entry = :entry;

-- name: drop_terms
-- at: entry
DELETE FROM tok WHERE rowid = :entry;

-- name: relabel_head
-- at: entry
UPDATE head SET cls = :cls WHERE entry = :entry;

-- name: relabel_res
-- at: entry
UPDATE res SET seq = :seq WHERE entry = :entry;

-- name: former_versions
-- at: entry low
SELECT entry, version, cls, deleted, body FROM hist WHERE entry BETWEEN :low AND :high
ORDER BY entry, version;

-- name: relabel_version
-- at: entry
UPDATE hist SET cls = :cls WHERE entry = :entry AND version = :version;

-- name: bodies
-- at: entries
SELECT h.entry, h.type, h.id, r.version, h.updated, h.cls, r.body,
  r.linked, r.link1, l1.cls, r.link2, l2.cls, r.link3, l3.cls
FROM {numbers :entries} j CROSS JOIN head h ON h.entry = j.value JOIN res r ON r.entry = h.entry
LEFT JOIN head l1 ON l1.entry = r.link1 LEFT JOIN head l2 ON l2.entry = r.link2
LEFT JOIN head l3 ON l3.entry = r.link3;

-- name: subjects_of_patients
WITH own (subject) AS (
  SELECT a.entry >> 24 FROM {texts :ids} j
  CROSS JOIN {alias a j :type})
SELECT subject FROM own WHERE subject > 0
UNION SELECT l2.subject FROM own
JOIN person_link l1 ON l1.subject = own.subject AND l1.until IS NULL
JOIN person_link l2 ON l2.person = l1.person AND l2.until IS NULL
WHERE own.subject > 0;

-- name: owners
-- at: one database alone
-- Patients by id, each with all subjects of its person; and what a decision stands on.
SELECT j.value, a.entry, h.cls, h.date_lo, h.date_hi, h.author, l2.subject, l2.person,
  (SELECT coalesce(max(e.epoch), 0) FROM epoch e), (SELECT max(c.cls) FROM entry_class c)
FROM {texts :ids} j LEFT JOIN {alias a j :type}
LEFT JOIN head_facts h ON h.entry = a.entry
LEFT JOIN person_link l1 ON l1.subject = a.entry >> 24 AND l1.until IS NULL
LEFT JOIN person_link l2 ON l2.person = l1.person AND l2.until IS NULL;

-- name: labelled
-- at: one database alone
-- All subjects of each person of :subjects of whom one is listed; then, of each, its entries of
-- :kinds, numbers of type and class (`throughcare.record.classes.Kinds`). Each row ends with the
-- newest class.
SELECT m.person, o.subject, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  (SELECT coalesce(max(c.cls), 0) FROM entry_class c)
FROM {numbers :subjects} j
CROSS JOIN person_link m ON m.subject = j.value AND m.until IS NULL
CROSS JOIN person_link o ON o.person = m.person AND o.until IS NULL
WHERE EXISTS (
  SELECT 1 FROM person_link x JOIN labelling_subject s ON s.subject = x.subject
  WHERE x.person = m.person AND x.until IS NULL)
UNION ALL
SELECT m.person, o.subject, h.entry, h.type, h.id, r.version, h.updated, h.cls, r.body,
  (SELECT coalesce(max(c.cls), 0) FROM entry_class c)
FROM {numbers :subjects} j
CROSS JOIN person_link m ON m.subject = j.value AND m.until IS NULL
CROSS JOIN person_link o ON o.person = m.person AND o.until IS NULL
CROSS JOIN {numbers :kinds} k ON TRUE
CROSS JOIN {sought head h ON h.subject = o.subject AND h.type = k.value >> 32
  AND h.cls = k.value & 4294967295}
CROSS JOIN res r ON r.entry = h.entry
WHERE EXISTS (
  SELECT 1 FROM person_link x JOIN labelling_subject s ON s.subject = x.subject
  WHERE x.person = m.person AND x.until IS NULL);

-- name: labelled_of_many
-- at: one database alone
-- The same rows where there are so many kinds that to look at each entry is less: entries of the
-- classes that are marked.
SELECT m.person, o.subject, h.entry, h.type, h.id, r.version, h.updated, h.cls, r.body,
  (SELECT coalesce(max(c.cls), 0) FROM entry_class c)
FROM {numbers :subjects} j
CROSS JOIN person_link m ON m.subject = j.value AND m.until IS NULL
CROSS JOIN person_link o ON o.person = m.person AND o.until IS NULL
LEFT JOIN head h ON h.entry > o.subject << 24 AND h.entry < (o.subject + 1) << 24
  AND CASE {mark h.cls :marks} WHEN {byte 1} THEN TRUE ELSE FALSE END
LEFT JOIN res r ON r.entry = h.entry
WHERE EXISTS (
  SELECT 1 FROM person_link x JOIN labelling_subject s ON s.subject = x.subject
  WHERE x.person = m.person AND x.until IS NULL);

-- name: labelled_people
-- All subjects of each person of :subjects of whom one is listed.
SELECT DISTINCT m.person, o.subject FROM {numbers :subjects} j
CROSS JOIN person_link m ON m.subject = j.value AND m.until IS NULL
CROSS JOIN person_link o ON o.person = m.person AND o.until IS NULL
WHERE EXISTS (
  SELECT 1 FROM person_link x JOIN labelling_subject s ON s.subject = x.subject
  WHERE x.person = m.person AND x.until IS NULL);

-- name: siblings
WITH own (subject) AS (SELECT j.value FROM {numbers :subjects} j)
SELECT subject FROM own WHERE subject > 0
UNION SELECT l2.subject FROM own
JOIN person_link l1 ON l1.subject = own.subject AND l1.until IS NULL
JOIN person_link l2 ON l2.person = l1.person AND l2.until IS NULL
WHERE own.subject > 0;

-- name: count
-- at: every
SELECT type, count(*) FROM head GROUP BY type;

-- name: dictionaries
SELECT version, dictionary FROM zdict WHERE version > :version ORDER BY version;

-- name: add_dictionary
INSERT INTO zdict (version, dictionary) VALUES (:version, :dictionary);

-- name: spread_entries
-- at: every; order by 1
SELECT entry FROM (SELECT entry, row_number() OVER (ORDER BY entry) AS place FROM res) AS numbered
WHERE place % :stride = 0 ORDER BY entry;

-- name: packed_bodies
-- at: entries
SELECT r.entry, r.version, r.seq, r.body, r.linked, r.link1, r.link2, r.link3
FROM {numbers :entries} j CROSS JOIN res r ON r.entry = j.value;

-- name: last_seq
SELECT value FROM counter WHERE name = 'seq';

-- name: page_key
SELECT key FROM page_key LIMIT 1;

-- name: changes
-- at: every; order by 1; at most limit
SELECT o.seq, o.entry, coalesce(o.type, h.type), coalesce(o.id, h.id), o.version, o.kind
FROM outbox o LEFT JOIN head h ON h.entry = o.entry
WHERE o.seq > :after AND coalesce(o.type, h.type) IS NOT NULL
ORDER BY o.seq LIMIT :limit;

-- name: touched
-- at: every; order by 1; at most limit
-- What was written lately, without names: no lock hides that.
SELECT o.seq, o.entry, coalesce(o.type, h.type)
FROM outbox o LEFT JOIN head_facts h ON h.entry = o.entry
WHERE o.seq > :after ORDER BY o.seq LIMIT :limit;

-- name: changes_before
-- at: every; order by -1; at most limit
SELECT o.seq, o.entry, coalesce(o.type, h.type), coalesce(o.id, h.id), o.version
FROM outbox o LEFT JOIN head h ON h.entry = o.entry
WHERE o.seq < :before AND o.kind <> 'relabel'
  AND coalesce(o.type, h.type, :lowest) BETWEEN :lowest AND :highest
ORDER BY o.seq DESC LIMIT :limit;

-- name: body_of
-- at: entry
SELECT body FROM hist WHERE entry = :entry AND version = :version;

-- name: every_entry
-- at: every; order by 1; at most limit
SELECT h.entry, h.type, h.id, r.version, h.updated, h.cls, r.body
FROM head h JOIN res r ON r.entry = h.entry WHERE h.entry > :after ORDER BY h.entry LIMIT :limit;

-- name: tally
-- at: every
SELECT (SELECT count(*) FROM head), (SELECT count(*) FROM res), (SELECT count(*) FROM tok),
  (SELECT count(*) FROM head h JOIN alias a ON a.type = h.type AND a.id = h.id AND a.entry = h.entry),
  (SELECT count(*) FROM hist), (SELECT count(*) FROM outbox);

-- name: coded_rows
-- at: entry
SELECT subject, type, code, entry, system FROM coded
WHERE entry = :entry AND subject = :subject;

-- name: ord_rows
-- at: entry
SELECT entry, param, low, high, system, code FROM ord WHERE entry = :entry;

-- name: words_rows
-- at: entry
SELECT param, folded, entry, written FROM words WHERE entry = :entry;

-- name: head_row
-- at: entry
SELECT date_lo, date_hi, date_param, author FROM head WHERE entry = :entry;

-- name: redate
-- at: entry
UPDATE head SET date_lo = :date_lo, date_hi = :date_hi, date_param = :date_param, author = :author
WHERE entry = :entry;

-- name: has_terms
-- at: entry
SELECT count(*) FROM tok t WHERE t.rowid = :entry AND {meets t :terms};

-- name: integrity
-- at: every
-- on sqlite
PRAGMA integrity_check;
-- on postgres
SELECT CASE WHEN coalesce(checksum_failures, 0) = 0 THEN 'ok'
  ELSE checksum_failures || ' pages failed their checksum' END
FROM pg_stat_database WHERE datname = current_database();
-- on both

-- name: ids
-- at: entries
SELECT h.id FROM {numbers :entries} j CROSS JOIN head h ON h.entry = j.value;
