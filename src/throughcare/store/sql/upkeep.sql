-- name: clear_coded
-- at: every
-- Search rows of the entries after :after up to :last, whether or not the entry is still there.
DELETE FROM coded WHERE subject BETWEEN :first_subject AND :last_subject
  AND entry > :after AND entry <= :last;

-- name: clear_ord
-- at: every
DELETE FROM ord WHERE entry > :after AND entry <= :last;

-- name: clear_words
-- at: every
DELETE FROM words WHERE entry > :after AND entry <= :last;

-- name: clear_terms
-- at: every
DELETE FROM tok WHERE rowid > :after AND rowid <= :last;

-- name: place
-- How far a rebuild has come.
SELECT value FROM counter WHERE name = 'rebuild';

-- name: keep_place
INSERT INTO counter (name, value) VALUES ('rebuild', :place)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: end
DELETE FROM counter WHERE name = 'rebuild';

-- name: classes_of_consents
SELECT cls FROM entry_class WHERE type = 'Consent';

-- name: superseded
-- at: every; order by 1; at most limit
-- Versions that another one took the place of before :before. Deletions stay, and so does
-- everything about consent: it shows why somebody was let in.
SELECT p.entry, p.version FROM hist p
WHERE p.deleted = 0 AND p.cls NOT IN (SELECT j.value FROM {numbers :consents} j)
  AND (p.entry, p.version) > (:entry, :version)
  AND coalesce(
    (SELECT n.updated FROM hist n WHERE n.entry = p.entry AND n.version = p.version + 1),
    (SELECT h.updated FROM head h WHERE h.entry = p.entry AND NOT EXISTS (
      SELECT 1 FROM hist n WHERE n.entry = p.entry AND n.version > p.version))) < :before
ORDER BY p.entry, p.version LIMIT :limit;

-- name: remove_version
-- at: entry
DELETE FROM hist WHERE entry = :entry AND version = :version AND deleted = 0;
