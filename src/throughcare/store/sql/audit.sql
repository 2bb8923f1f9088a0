-- name: record
INSERT INTO audit_pending (body) VALUES (:body);

-- name: pending
SELECT position, body FROM audit_pending ORDER BY position;

-- name: settled
DELETE FROM audit_pending WHERE position = :position;

-- name: marks
SELECT worker, segment, place FROM audit_mark;

-- name: mark
INSERT INTO audit_mark (worker, segment, place) VALUES (:worker, :segment, :place)
ON CONFLICT (worker) DO UPDATE SET segment = excluded.segment, place = excluded.place;

-- name: stretch
INSERT INTO audit_ix (person, worker, sequence, segment, place, until, id)
VALUES (:person, :worker, :sequence, :segment, :place, :until, '')
ON CONFLICT (person, worker, sequence) DO NOTHING;

-- name: watch
INSERT INTO audit_watch (kind, worker, sequence, segment, place)
VALUES (:kind, :worker, :sequence, :segment, :place)
ON CONFLICT (kind, worker, sequence) DO NOTHING;

-- name: about
SELECT worker, segment, place, coalesce(until, place + 1) FROM audit_ix
WHERE person IN (SELECT value FROM {numbers :persons} AS j);

-- name: watched
SELECT worker, segment, place FROM (
    SELECT worker, segment, place,
        row_number() OVER (PARTITION BY worker ORDER BY sequence DESC) AS newest
    FROM audit_watch WHERE kind = :kind
) AS by_worker
WHERE newest <= :most;
