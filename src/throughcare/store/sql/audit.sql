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

-- name: index
INSERT INTO audit_ix (person, worker, sequence, segment, place, id)
VALUES (:person, :worker, :sequence, :segment, :place, :id)
ON CONFLICT (person, worker, sequence) DO NOTHING;

-- name: watch
INSERT INTO audit_watch (kind, worker, sequence, segment, place)
VALUES (:kind, :worker, :sequence, :segment, :place)
ON CONFLICT (kind, worker, sequence) DO NOTHING;

-- name: about
SELECT worker, sequence, segment, place FROM audit_ix
WHERE person = :person ORDER BY worker, sequence DESC LIMIT :most;

-- name: watched
SELECT worker, sequence, segment, place FROM audit_watch
WHERE kind = :kind ORDER BY worker, sequence DESC LIMIT :most;

-- name: find
SELECT worker, sequence, segment, place FROM audit_ix WHERE id = :id ORDER BY worker, sequence;
