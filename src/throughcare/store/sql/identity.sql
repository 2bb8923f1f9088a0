-- name: subject
SELECT subject FROM subject WHERE source = :source AND local_id = :local_id AND kind = :kind;

-- name: add_subject
INSERT INTO subject (subject, source, local_id, kind) VALUES (:subject, :source, :local_id, :kind);

-- name: add_next_subject
INSERT INTO subject (source, local_id, kind) VALUES (:source, :local_id, :kind) RETURNING subject;

-- name: source_records
SELECT s.source, s.local_id, s.subject, l.person, p.public_id, p.state
FROM subject AS s
JOIN person_link AS l ON l.subject = s.subject AND l.until IS NULL
JOIN person AS p ON p.person = l.person
WHERE s.kind = 'record'
ORDER BY s.source, s.local_id;

-- name: source_records_among
SELECT s.source, s.local_id, s.subject, l.person, p.public_id, p.state
FROM {numbers :subjects} AS j
JOIN subject AS s ON s.subject = j.value
JOIN person_link AS l ON l.subject = s.subject AND l.until IS NULL
JOIN person AS p ON p.person = l.person;

-- name: waiting
SELECT s.source, s.local_id FROM attachment AS a
JOIN subject AS s ON s.subject = a.subject
WHERE NOT EXISTS (
  SELECT 1 FROM person_link AS l WHERE l.subject = a.subject AND l.until IS NULL
)
ORDER BY s.source, s.local_id;

-- name: put_demographics
INSERT INTO demographic (subject, version, number, body)
VALUES (:subject, :version, :number, :body)
ON CONFLICT (subject) DO UPDATE
SET version = excluded.version, number = excluded.number, body = excluded.body;

-- name: add_version
INSERT INTO demographic_version (subject, version, at, body)
VALUES (:subject, :version, :at, :body);

-- name: keys
SELECT h FROM match_key WHERE subject = :subject;

-- name: add_key
INSERT INTO match_key (h, subject) VALUES (:h, :subject)
ON CONFLICT (h, subject) DO NOTHING;

-- name: drop_key
DELETE FROM match_key WHERE h = :h AND subject = :subject;

-- name: keyed
SELECT reached FROM keyed;

-- name: reach_keyed
UPDATE keyed SET reached = :reached;

-- name: last_subject
SELECT coalesce(max(subject), 0) FROM subject;

-- name: demographics_after
SELECT subject, body FROM demographic WHERE subject > :after ORDER BY subject LIMIT :most;

-- name: sharing
-- How many records share each of some keys, counted up to :most.
SELECT j.value, (
  SELECT count(*) FROM (SELECT 1 FROM match_key AS k WHERE k.h = j.value LIMIT :most) AS counted
)
FROM {numbers :keys} AS j;

-- name: with_keys
SELECT l.person, d.subject, d.body
FROM (
  SELECT DISTINCT k.subject AS subject
  FROM {numbers :keys} AS j JOIN match_key AS k ON k.h = j.value
) AS found
JOIN demographic AS d ON d.subject = found.subject
JOIN person_link AS l ON l.subject = d.subject AND l.until IS NULL;

-- name: with_key
-- The first :most records that have a key, by their subjects.
SELECT l.person, d.subject, d.body
FROM (SELECT k.subject FROM match_key AS k WHERE k.h = :key ORDER BY k.subject LIMIT :most) AS found
JOIN demographic AS d ON d.subject = found.subject
JOIN person_link AS l ON l.subject = d.subject AND l.until IS NULL;

-- name: demographics_among
SELECT l.person, d.subject, d.body
FROM {numbers :subjects} AS j
JOIN person_link AS l ON l.subject = j.value AND l.until IS NULL
JOIN demographic AS d ON d.subject = l.subject;

-- name: demographics_of_persons
SELECT l.person, d.body
FROM {numbers :persons} AS j
JOIN person_link AS l ON l.person = j.value AND l.until IS NULL
JOIN demographic AS d ON d.subject = l.subject;

-- name: mates_among
-- All records of the persons of some.
SELECT m.subject, m.person, d.body
FROM (
  SELECT DISTINCT l.person AS person
  FROM {numbers :subjects} AS j
  JOIN person_link AS l ON l.subject = j.value AND l.until IS NULL
) AS p
JOIN person_link AS m ON m.person = p.person AND m.until IS NULL
JOIN demographic AS d ON d.subject = m.subject;

-- name: drop_edge
DELETE FROM match_edge WHERE subject = :subject AND other = :other;

-- name: add_edge
INSERT INTO match_edge (subject, other, weight, rule, bits, model)
VALUES (:subject, :other, :weight, :rule, :bits, :model);

-- shared: whole
-- All of those `wanted` and of their mates in their persons, and the evidence that they have.
whole AS MATERIALIZED (
  SELECT DISTINCT coalesce(m.subject, w.subject) AS subject
  FROM wanted AS w
  LEFT JOIN person_link AS l ON l.subject = w.subject AND l.until IS NULL
  LEFT JOIN person_link AS m ON m.person = l.person AND m.until IS NULL
),
edge AS MATERIALIZED (
  SELECT e.subject, e.other, e.rule, e.weight, e.bits
  FROM whole AS w CROSS JOIN match_edge AS e ON e.subject = w.subject
),

-- shared: said
-- What is known of `whole`, and of whom evidence ties to them.
SELECT 'edge' AS kind, subject, other, 0 AS at, rule AS name, '' AS id, weight, bits,
  NULL AS body, '' AS state
FROM edge
UNION ALL
SELECT 'record', s.subject, l.person, l.since, s.source, s.local_id, 0, 0, d.body, p.state
FROM (SELECT subject FROM whole UNION SELECT other FROM edge) AS f
CROSS JOIN subject AS s ON s.subject = f.subject
CROSS JOIN demographic AS d ON d.subject = s.subject
LEFT JOIN person_link AS l ON l.subject = s.subject AND l.until IS NULL
LEFT JOIN person AS p ON p.person = l.person
UNION ALL
SELECT 'doubt', d.subject, d.candidate, d.raised, d.rule, '', d.total, 0, NULL, ''
FROM whole AS w CROSS JOIN doubt AS d ON d.subject = w.subject
UNION ALL
SELECT 'doubt', d.subject, d.candidate, d.raised, d.rule, '', d.total, 0, NULL, ''
FROM whole AS w CROSS JOIN doubt AS d ON d.candidate = w.subject

-- shared: rulings
-- What was decided about those `named`.
SELECT 'ruling' AS kind, a.subject, b.subject, r.ruling, r.kind, '', r.same, 0, NULL, ''
FROM named AS a
CROSS JOIN ruling AS r
  ON r.left_source = a.source AND r.left_id = a.local_id AND r.withdrawn IS NULL
CROSS JOIN subject AS b
  ON b.source = r.right_source AND b.local_id = r.right_id AND b.kind = 'record'
UNION ALL
SELECT 'ruling', a.subject, b.subject, r.ruling, r.kind, '', r.same, 0, NULL, ''
FROM named AS b
CROSS JOIN ruling AS r
  ON r.right_source = b.source AND r.right_id = b.local_id AND r.withdrawn IS NULL
CROSS JOIN subject AS a
  ON a.source = r.left_source AND a.local_id = r.left_id AND a.kind = 'record'

-- shared: followed
-- Whether a document may follow one of the persons of `whole`, or one of their numbers.
EXISTS (SELECT 1 FROM attachment) AND (
  EXISTS (SELECT 1 FROM whole AS w CROSS JOIN attachment AS a ON a.subject = w.subject)
  OR EXISTS (
    SELECT 1 FROM whole AS w
    CROSS JOIN demographic AS d ON d.subject = w.subject AND d.number <> ''
    CROSS JOIN attachment AS a ON a.number = d.number
  )
)

-- name: reach
-- All of some records and of their mates in their persons, and the records that evidence ties to
-- them. Nothing is sorted that a row said twice does not harm: a ruling on two of the records, say.
-- Columns by kind, where they are not empty:
--   edge    subject, other, -, rule, -, weight, bits
--   record  subject, person, since, source, local id, -, -, body, state of the person
--   ruling  left, right, ruling, kind, -, 1 for the same
--   doubt   subject, candidate, raised, rule, -, total
--   next    -, person, event: the numbers of the next ones; -, -, -, 1 if a document may follow one
--           of their persons or numbers
WITH wanted AS (SELECT j.value AS subject FROM {numbers :subjects} AS j),
-- here: whole
named AS (
  SELECT s.subject, s.source, s.local_id
  FROM whole AS w CROSS JOIN subject AS s ON s.subject = w.subject
  WHERE EXISTS (SELECT 1 FROM ruling)
)
-- here: said
UNION ALL
-- here: rulings
UNION ALL
SELECT 'next', 0,
  (SELECT coalesce(max(person), 0) + 1 FROM person),
  (SELECT coalesce(max(event), 0) + 1 FROM person_event), '', '', 0,
  CASE WHEN
-- here: followed
  THEN 1 ELSE 0 END, NULL, '';

-- name: arrive
-- What is known of a record that comes, whom it meets by :keys, and how the index stands to it. A
-- key that more than :most records share is passed over: they meet by their other keys. Nothing is
-- met where :body is known of it already. On PostgreSQL, where another question is a way there and
-- back, also the rows of `reach` for the record and, if they are no more than :few, for all of whom
-- it meets; what is held is asked for once. On SQLite those of one that is new: rulings alone.
-- Further kinds than those of `reach`:
--   next    subject, person, event: the numbers of the next ones; of whom all is said here: "all"
--           of whom it meets, "own" of it, or ""; up to which subject all have the keys of this
--           release, how many persons there are, 1 if a document may follow one of their persons,
--           their numbers or :number
--   own     subject, version, -, -, -, -, -, body: what is known of the record that comes
--   met     subject, -, -, -, -, -, -, body
WITH own AS MATERIALIZED (
  SELECT s.subject, d.version, d.body
  FROM subject AS s LEFT JOIN demographic AS d ON d.subject = s.subject
  WHERE s.source = :source AND s.local_id = :local_id AND s.kind = 'record'
),
met AS MATERIALIZED (
  SELECT DISTINCT k.subject
  FROM {numbers :keys} AS j JOIN match_key AS k ON k.h = j.value
  WHERE (SELECT 1 FROM match_key AS c WHERE c.h = j.value LIMIT 1 OFFSET :most) IS NULL
    AND (SELECT body FROM own) IS DISTINCT FROM :body
),
-- on sqlite
named AS (
  SELECT coalesce(max(subject), 0) + 1 AS subject, :source AS source, :local_id AS local_id
  FROM subject
)
-- on postgres
wanted AS (
  SELECT subject FROM own WHERE own.body <> :body
  UNION ALL
  SELECT subject FROM met WHERE (SELECT count(*) FROM met) <= :few
),
-- here: whole
named AS (
  SELECT s.subject, s.source, s.local_id
  FROM whole AS w CROSS JOIN subject AS s ON s.subject = w.subject
  WHERE EXISTS (SELECT 1 FROM ruling)
  UNION ALL
  SELECT (SELECT coalesce(max(subject), 0) + 1 FROM subject), :source, :local_id
  WHERE NOT EXISTS (SELECT 1 FROM own)
)
-- here: said
UNION ALL
-- on both
-- here: rulings
UNION ALL
SELECT 'next', (SELECT coalesce(max(subject), 0) + 1 FROM subject),
  (SELECT coalesce(max(person), 0) + 1 FROM person),
  (SELECT coalesce(max(event), 0) + 1 FROM person_event),
-- on sqlite
  CASE WHEN EXISTS (SELECT 1 FROM own) THEN '' ELSE 'own' END,
-- on postgres
  CASE WHEN (SELECT count(*) FROM met) <= :few THEN 'all' ELSE 'own' END,
-- on both
  (SELECT CAST(reached AS TEXT) FROM keyed), i.persons,
  CASE WHEN EXISTS (SELECT 1 FROM attachment WHERE number = :number AND number <> '')
-- on postgres
    OR
-- here: followed
-- on both
  THEN 1 ELSE 0 END, NULL, ''
FROM index_size AS i
UNION ALL
SELECT 'own', subject, version, 0, '', '', 0, 0, body, '' FROM own
UNION ALL
SELECT 'met', m.subject, 0, 0, '', '', 0, 0, d.body, ''
FROM met AS m CROSS JOIN demographic AS d ON d.subject = m.subject;

-- name: everything
-- The rows of `reach` for all records; evidence in one direction.
SELECT 'edge' AS kind, subject, other, 0 AS at, rule AS name, '' AS id, weight, bits,
  NULL AS body, '' AS state
FROM match_edge WHERE subject < other
UNION ALL
SELECT 'record', s.subject, l.person, l.since, s.source, s.local_id, 0, 0, d.body, p.state
FROM subject AS s
JOIN demographic AS d ON d.subject = s.subject
LEFT JOIN person_link AS l ON l.subject = s.subject AND l.until IS NULL
LEFT JOIN person AS p ON p.person = l.person
UNION ALL
SELECT 'ruling', a.subject, b.subject, r.ruling, r.kind, '', r.same, 0, NULL, ''
FROM ruling AS r
JOIN subject AS a ON a.source = r.left_source AND a.local_id = r.left_id AND a.kind = 'record'
JOIN subject AS b ON b.source = r.right_source AND b.local_id = r.right_id AND b.kind = 'record'
WHERE r.withdrawn IS NULL
UNION ALL
SELECT 'doubt', subject, candidate, raised, rule, '', total, 0, NULL, '' FROM doubt
UNION ALL
SELECT 'next', (SELECT coalesce(max(subject), 0) + 1 FROM subject),
  (SELECT coalesce(max(person), 0) + 1 FROM person),
  (SELECT coalesce(max(event), 0) + 1 FROM person_event), '', '', i.persons, 1, NULL, ''
FROM index_size AS i;

-- name: records_of_persons
-- As source_records, of the persons of some records.
SELECT s.source, s.local_id, s.subject, m.person, p.public_id, p.state
FROM (
  SELECT DISTINCT l.person AS person
  FROM {numbers :subjects} AS j
  JOIN person_link AS l ON l.subject = j.value AND l.until IS NULL
) AS f
JOIN person_link AS m ON m.person = f.person AND m.until IS NULL
JOIN subject AS s ON s.subject = m.subject AND s.kind = 'record'
JOIN person AS p ON p.person = m.person
ORDER BY s.source, s.local_id;

-- name: records_among
SELECT s.subject, s.source, s.local_id, d.body, l.person, l.since
FROM {numbers :subjects} AS j
JOIN subject AS s ON s.subject = j.value
JOIN demographic AS d ON d.subject = s.subject
LEFT JOIN person_link AS l ON l.subject = s.subject AND l.until IS NULL;

-- name: rulings_of_pair
SELECT ruling, kind, same FROM ruling
WHERE withdrawn IS NULL
  AND ((left_source = :left_source AND left_id = :left_id
        AND right_source = :right_source AND right_id = :right_id)
    OR (left_source = :right_source AND left_id = :right_id
        AND right_source = :left_source AND right_id = :left_id))
ORDER BY ruling DESC;

-- name: decided
SELECT a.subject, b.subject, r.same, r.who, r.why, r.at
FROM ruling AS r
JOIN subject AS a ON a.source = r.left_source AND a.local_id = r.left_id AND a.kind = 'record'
JOIN subject AS b ON b.source = r.right_source AND b.local_id = r.right_id AND b.kind = 'record'
WHERE r.withdrawn IS NULL AND r.kind = 'decide'
ORDER BY r.ruling DESC LIMIT :most;

-- name: contradicted
-- Rulings in force that persons as they are do not obey. What lies under a newer one of the same
-- two is not told: that one says why.
SELECT r.ruling, r.kind, a.subject, b.subject, r.same, r.who, r.why, r.at
FROM ruling AS r
JOIN subject AS a ON a.source = r.left_source AND a.local_id = r.left_id AND a.kind = 'record'
JOIN subject AS b ON b.source = r.right_source AND b.local_id = r.right_id AND b.kind = 'record'
JOIN person_link AS l ON l.subject = a.subject AND l.until IS NULL
JOIN person_link AS m ON m.subject = b.subject AND m.until IS NULL
WHERE r.withdrawn IS NULL
  AND ((r.same = 1 AND l.person <> m.person) OR (r.same = 0 AND l.person = m.person))
  AND NOT EXISTS (
    SELECT 1 FROM ruling AS n
    WHERE n.withdrawn IS NULL AND n.ruling > r.ruling
      AND ((n.left_source = r.left_source AND n.left_id = r.left_id
            AND n.right_source = r.right_source AND n.right_id = r.right_id)
        OR (n.left_source = r.right_source AND n.left_id = r.right_id
            AND n.right_source = r.left_source AND n.right_id = r.left_id))
  )
ORDER BY r.ruling;

-- name: rulings_among
SELECT r.ruling, r.kind, a.subject, b.subject, r.same, r.who, r.why, r.at
FROM {numbers :rulings} AS j
JOIN ruling AS r ON r.ruling = j.value
JOIN subject AS a ON a.source = r.left_source AND a.local_id = r.left_id AND a.kind = 'record'
JOIN subject AS b ON b.source = r.right_source AND b.local_id = r.right_id AND b.kind = 'record'
ORDER BY r.ruling;

-- name: add_ruling
INSERT INTO ruling
  (kind, left_source, left_id, right_source, right_id, same, who, why, at)
VALUES
  (:kind, :left_source, :left_id, :right_source, :right_id, :same, :who, :why, :at);

-- name: withdraw_ruling
UPDATE ruling SET withdrawn = :at WHERE ruling = :ruling;

-- name: subject_key
SELECT source, local_id FROM subject WHERE subject = :subject AND kind = 'record';

-- name: size
SELECT persons FROM index_size;

-- name: grow
UPDATE index_size SET persons = persons + :more;

-- name: add_person
INSERT INTO person (person, public_id, state) VALUES (:person, :public_id, :state);

-- name: set_state
UPDATE person SET state = :state, redirect = :redirect WHERE person = :person;

-- name: former_persons
SELECT p.person FROM person_link AS l JOIN person AS p ON p.person = l.person
WHERE l.subject = :subject AND l.until IS NOT NULL AND p.state = 'redirected'
ORDER BY l.until DESC, p.person;

-- name: person_by_public_id
SELECT person, redirect FROM person WHERE public_id = :public_id;

-- name: redirect_of
SELECT redirect, public_id FROM person WHERE person = :person;

-- name: unlink
UPDATE person_link SET until = :at WHERE subject = :subject AND until IS NULL;

-- name: link
INSERT INTO person_link (subject, person, since) VALUES (:subject, :person, :at);

-- name: subjects_of
SELECT subject FROM person_link WHERE person = :person AND until IS NULL ORDER BY subject;

-- name: persons_of
SELECT l.subject, l.person
FROM {numbers :subjects} AS j
JOIN person_link AS l ON l.subject = j.value AND l.until IS NULL;

-- name: put_attachment
INSERT INTO attachment (subject, number, body) VALUES (:subject, :number, :body)
ON CONFLICT (subject) DO UPDATE SET number = excluded.number, body = excluded.body;

-- name: attachments_concerned
SELECT a.subject, a.number, a.body, l.person
FROM attachment AS a
LEFT JOIN person_link AS l ON l.subject = a.subject AND l.until IS NULL
WHERE a.number IN (SELECT value FROM {texts :numbers} AS j)
UNION
SELECT a.subject, a.number, a.body, l.person
FROM {numbers :persons} AS j
JOIN person_link AS l ON l.person = j.value AND l.until IS NULL
JOIN attachment AS a ON a.subject = l.subject;

-- name: persons_with_number
SELECT l.person, p.state, d.body
FROM demographic AS d
JOIN person_link AS l ON l.subject = d.subject AND l.until IS NULL
JOIN person AS p ON p.person = l.person
WHERE d.number = :number AND d.number <> '';

-- name: sure_with_number
-- Whose a number is, of those who do not wait for review; :most of them.
SELECT DISTINCT l.person
FROM demographic AS d
JOIN person_link AS l ON l.subject = d.subject AND l.until IS NULL
JOIN person AS p ON p.person = l.person
WHERE d.number = :number AND d.number <> '' AND p.state <> 'review'
LIMIT :most;

-- name: queue_after
-- What waits on a day, behind a place in the queue: likeliest first.
SELECT subject, candidate, total, rule, raised, until, note, who FROM queued
WHERE (total, subject, candidate) < (:total, :subject, :candidate)
  AND (until IS NULL OR until <= :today)
ORDER BY total DESC, subject DESC, candidate DESC LIMIT :most;

-- name: queue_before
-- The same before a place, the nearest first.
SELECT subject, candidate, total, rule, raised, until, note, who FROM queued
WHERE (total, subject, candidate) > (:total, :subject, :candidate)
  AND (until IS NULL OR until <= :today)
ORDER BY total, subject, candidate LIMIT :most;

-- name: put_off_after
-- What is put off beyond a day, in the order of the queue.
SELECT subject, candidate, total, rule, raised, until, note, who FROM put_off
WHERE until > :today AND (total, subject, candidate) < (:total, :subject, :candidate)
ORDER BY total DESC, subject DESC, candidate DESC LIMIT :most;

-- name: put_off_before
SELECT subject, candidate, total, rule, raised, until, note, who FROM put_off
WHERE until > :today AND (total, subject, candidate) > (:total, :subject, :candidate)
ORDER BY total, subject, candidate LIMIT :most;

-- name: queue_size
-- How many pairs there are, put off or not, and how many of them were put off beyond a day.
-- PostgreSQL, told to look things up by an index, would count rows by one and read the table too; a
-- column that no index has it reads from the table alone.
-- on sqlite
SELECT (SELECT count(*) FROM doubt), (SELECT count(*) FROM put_off WHERE until > :today);
-- on postgres
SELECT (SELECT count(raised) FROM doubt), (SELECT count(*) FROM put_off WHERE until > :today);

-- name: put_off_size
SELECT count(*) FROM put_off WHERE until > :today;

-- name: queue_ages
-- How many pairs there are, put off or not, when the oldest was raised, and how many were after each
-- of three moments, :first the latest.
SELECT count(*), min(raised),
  count(CASE WHEN raised > :first THEN 1 END),
  count(CASE WHEN raised > :second THEN 1 END),
  count(CASE WHEN raised > :third THEN 1 END)
FROM doubt;

-- name: doubt_between
SELECT subject, candidate, total, rule, raised, until, note, who FROM queued
WHERE (subject = :one AND candidate = :other) OR (subject = :other AND candidate = :one);

-- name: postpone
INSERT INTO postponed (one, other, until, note, who, total)
SELECT :one, :other, :until, :note, :who, d.total FROM doubt AS d
WHERE d.subject = :subject AND d.candidate = :candidate
ON CONFLICT (one, other) DO UPDATE
SET until = excluded.until, note = excluded.note, who = excluded.who, total = excluded.total;

-- name: resume
DELETE FROM postponed WHERE one = :one AND other = :other;

-- name: decisions_since
SELECT a.subject, b.subject, r.same, r.who, r.at, r.withdrawn FROM ruling AS r
JOIN subject AS a ON a.source = r.left_source AND a.local_id = r.left_id AND a.kind = 'record'
JOIN subject AS b ON b.source = r.right_source AND b.local_id = r.right_id AND b.kind = 'record'
WHERE r.kind = 'decide' AND r.at >= :since
ORDER BY r.ruling;

-- name: doubt
SELECT subject, candidate FROM doubt WHERE subject = :subject AND candidate = :candidate;

-- name: doubts_among
SELECT d.subject, d.candidate, d.raised, d.total, d.rule
FROM {numbers :subjects} AS j JOIN doubt AS d ON d.subject = j.value
UNION
SELECT d.subject, d.candidate, d.raised, d.total, d.rule
FROM {numbers :subjects} AS j JOIN doubt AS d ON d.candidate = j.value;

-- name: drop_doubt
DELETE FROM doubt WHERE subject = :subject AND candidate = :candidate;

-- name: add_doubt
INSERT INTO doubt (subject, candidate, total, rule, raised)
VALUES (:subject, :candidate, :total, :rule, :raised);

-- name: candidates_of
SELECT c.person, max(d.total)
FROM person_link AS own
JOIN doubt AS d ON d.subject = own.subject
JOIN person_link AS c ON c.subject = d.candidate AND c.until IS NULL
WHERE own.person = :person AND own.until IS NULL AND c.person <> :person
GROUP BY c.person
ORDER BY 2 DESC, 1;

-- name: add_event
INSERT INTO person_event (event, at, kind, who, why, before, after)
VALUES (:event, :at, :kind, :who, :why, :before, :after);

-- name: add_event_person
INSERT INTO person_event_person (person, event) VALUES (:person, :event)
ON CONFLICT (person, event) DO NOTHING;

-- name: events_after
SELECT event, at, kind, who, why, before, after FROM person_event
WHERE event > :after ORDER BY event LIMIT :most;

-- name: public_ids
SELECT p.person, p.public_id FROM {numbers :persons} AS j JOIN person AS p ON p.person = j.value;

-- name: subject_keys
SELECT s.subject, s.source, s.local_id FROM {numbers :subjects} AS j
JOIN subject AS s ON s.subject = j.value;

-- name: events_of
SELECT e.at, e.kind, e.who, e.why, e.before, e.after
FROM person_event_person AS p JOIN person_event AS e ON e.event = p.event
WHERE p.person = :person
ORDER BY e.event;
