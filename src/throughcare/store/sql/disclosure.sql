-- name: basis
SELECT (SELECT coalesce(max(e.epoch), 0) FROM epoch e), (SELECT max(c.cls) FROM entry_class c);

-- name: newest
SELECT (SELECT coalesce(max(e.epoch), 0) FROM epoch e),
       (SELECT c.value FROM counter c WHERE c.name = 'seq');

-- name: persons_of_subjects
SELECT subject, person FROM person_link
WHERE until IS NULL AND subject IN (SELECT value FROM {numbers :subjects} AS j);

-- name: subjects_of_persons
SELECT subject, person FROM person_link
WHERE until IS NULL AND person IN (SELECT value FROM {numbers :persons} AS j);

-- name: persons_ever
-- Of the records that are a person's now: every person that they were of, when, and whether that one
-- has been merged away.
SELECT DISTINCT b.person, b.since, b.until, p.redirect IS NOT NULL
FROM person_link AS a
JOIN person_link AS b ON b.subject = a.subject
JOIN person AS p ON p.person = b.person
WHERE a.person = :person AND a.until IS NULL;

-- name: said_to_be_one
SELECT a.subject, b.subject
FROM ruling AS r
JOIN subject AS a ON a.source = r.left_source AND a.local_id = r.left_id AND a.kind = 'record'
JOIN subject AS b ON b.source = r.right_source AND b.local_id = r.right_id AND b.kind = 'record'
WHERE r.withdrawn IS NULL AND r.same = 1;

-- name: subjects_without_person
SELECT s.subject FROM subject AS s
WHERE NOT EXISTS (
    SELECT 1 FROM person_link AS l WHERE l.subject = s.subject AND l.until IS NULL
);

-- name: sources_of_subjects
SELECT subject, source, local_id, kind FROM subject
WHERE subject IN (SELECT value FROM {numbers :subjects} AS j) ORDER BY subject;

-- name: survivor
WITH RECURSIVE chain (person, redirect) AS (
    SELECT person, redirect FROM person WHERE person = :person
    UNION ALL
    SELECT p.person, p.redirect FROM person AS p JOIN chain AS c ON p.person = c.redirect
)
SELECT person FROM chain WHERE redirect IS NULL;

-- name: subjects_after
SELECT subject FROM subject WHERE subject > :after ORDER BY subject LIMIT :most;

-- name: count_of_subjects
SELECT count(*) FROM subject;

-- name: persons_named
SELECT person FROM person WHERE public_id IN (SELECT value FROM {texts :ids} AS j);

-- name: cleared_subjects
WITH numbered (person, number) AS (
    SELECT l.person, d.number FROM demographic AS d
    JOIN person_link AS l ON l.subject = d.subject AND l.until IS NULL
    WHERE d.number <> ''
),
clear (person, until) AS (
    SELECT n.person, min(c.until) FROM numbered AS n LEFT JOIN cleared AS c ON c.number = n.number
    GROUP BY n.person HAVING count(*) = count(c.number)
)
SELECT l.subject, l.person, c.until FROM clear AS c
JOIN person_link AS l ON l.person = c.person AND l.until IS NULL;

-- name: persons_of_all
SELECT subject, person FROM person_link WHERE until IS NULL ORDER BY subject;
