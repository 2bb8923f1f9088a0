-- name: last_person
SELECT coalesce(max(person), 0) FROM person;

-- name: reserve_person
INSERT INTO person (person, public_id, state, redirect)
VALUES (:person, :public_id, 'reserved', NULL);

-- name: end_sessions
DELETE FROM actor_session;

-- name: end_links
DELETE FROM actor_link;

-- name: last_entry
-- at: every; order by -1
SELECT coalesce(max(entry), 0) FROM head;

-- name: layout
-- at: every
SELECT number, digest FROM migration;
