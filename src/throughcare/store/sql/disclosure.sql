-- name: basis
SELECT (SELECT coalesce(max(e.epoch), 0) FROM epoch e), (SELECT max(c.cls) FROM entry_class c);

-- name: persons_of_subjects
SELECT subject, person FROM person_link
WHERE until IS NULL AND subject IN (SELECT value FROM {numbers :subjects} AS j);

-- name: subjects_of_persons
SELECT subject, person FROM person_link
WHERE until IS NULL AND person IN (SELECT value FROM {numbers :persons} AS j);

-- name: persons_ever
SELECT DISTINCT b.person
FROM person_link AS a JOIN person_link AS b ON b.subject = a.subject
WHERE a.person = :person;

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
