-- name: put_user
INSERT INTO actor_user (user_id, name, organisation, person, retired, entered)
VALUES (:user, :name, :organisation, :person, 0, :entered)
ON CONFLICT (user_id) DO UPDATE SET
    name = excluded.name, organisation = excluded.organisation,
    person = excluded.person, retired = 0, entered = excluded.entered;

-- name: clear_roles
DELETE FROM actor_role WHERE user_id = :user;

-- name: add_role
INSERT INTO actor_role (user_id, position, role) VALUES (:user, :position, :role);

-- name: clear_posts
DELETE FROM actor_post WHERE user_id = :user;

-- name: add_post
INSERT INTO actor_post (user_id, position, role, organisation)
VALUES (:user, :position, :role, :organisation);

-- name: user
SELECT u.user_id, u.name, u.organisation, u.person, h.role, h.organisation
FROM actor_user AS u JOIN actor_held AS h ON h.user_id = u.user_id
WHERE u.user_id = :user AND u.retired = 0 ORDER BY h.elsewhere, h.position;

-- name: known_user
SELECT u.user_id, u.name, u.organisation, u.person, h.role, h.organisation
FROM actor_user AS u JOIN actor_held AS h ON h.user_id = u.user_id
WHERE u.user_id = :user ORDER BY h.elsewhere, h.position;

-- name: users
SELECT u.user_id, u.name, u.organisation, u.person, h.role, h.organisation
FROM actor_user AS u JOIN actor_held AS h ON h.user_id = u.user_id
WHERE u.retired = 0 ORDER BY u.user_id, h.elsewhere, h.position;

-- name: choose_post
INSERT INTO actor_chosen (user_id, role, organisation) VALUES (:user, :role, :organisation)
ON CONFLICT (user_id) DO UPDATE SET
    role = excluded.role, organisation = excluded.organisation;

-- name: chosen_post
SELECT role, organisation FROM actor_chosen WHERE user_id = :user;

-- name: retire_user
UPDATE actor_user SET retired = 1 WHERE user_id = :user;

-- name: accounts_of_subjects
-- Accounts of every person that these records are or were of, with those of the records.
SELECT DISTINCT u.user_id, u.person, u.entered, l.subject
FROM {numbers :subjects} AS j
JOIN person_link AS l ON l.subject = j.value
JOIN actor_user AS u ON u.person = l.person
WHERE u.retired = 0 ORDER BY u.user_id, l.subject;

-- name: unstate_about
DELETE FROM actor_statement WHERE person = :person;

-- name: make_link
INSERT INTO actor_link (digest, user_id, role, expires) VALUES (:digest, :user, :role, :expires);

-- name: link
SELECT l.user_id, l.role
FROM actor_link AS l
JOIN actor_user AS u ON u.user_id = l.user_id AND u.retired = 0
WHERE l.digest = :digest AND l.expires > :now AND EXISTS
    (SELECT 1 FROM actor_held AS h WHERE h.user_id = l.user_id AND h.role = l.role);

-- name: use_link
DELETE FROM actor_link WHERE digest = :digest;

-- name: drop_expired_links
DELETE FROM actor_link WHERE expires <= :now;

-- name: use_launch
INSERT INTO actor_launch (digest, expires) VALUES (:digest, :expires)
ON CONFLICT (digest) DO NOTHING;

-- name: drop_expired_launches
DELETE FROM actor_launch WHERE expires <= :now;

-- name: drop_links_of
DELETE FROM actor_link WHERE user_id = :user;

-- name: open_session
INSERT INTO actor_session (digest, user_id, role, organisation, opened, used, expires)
VALUES (:digest, :user, :role, :organisation, :now, :now, :expires);

-- name: session
SELECT s.digest, s.user_id, s.role, COALESCE(NULLIF(s.organisation, ''), u.organisation),
    u.person, u.name, s.opened, s.used, s.expires,
    (SELECT COUNT(*) FROM actor_held AS h WHERE h.user_id = s.user_id)
FROM actor_session AS s
JOIN actor_user AS u ON u.user_id = s.user_id AND u.retired = 0
JOIN actor_held AS p
    ON p.user_id = s.user_id AND p.role = s.role AND p.organisation = s.organisation
WHERE s.digest = :digest;

-- name: touch_session
UPDATE actor_session SET used = :now WHERE digest = :digest AND used < :now;

-- name: drop_session
DELETE FROM actor_session WHERE digest = :digest;

-- name: drop_sessions_of
DELETE FROM actor_session WHERE user_id = :user;

-- name: drop_old_sessions
DELETE FROM actor_session WHERE expires <= :now;

-- name: state
INSERT INTO actor_statement
    (session, person, purpose, relationship, permission, reason_code, reason_text, until)
VALUES (:session, :person, :purpose, :relationship, :permission, :code, :text, :until)
ON CONFLICT (session, person) DO UPDATE SET
    purpose = excluded.purpose, relationship = excluded.relationship,
    permission = excluded.permission, reason_code = excluded.reason_code,
    reason_text = excluded.reason_text, until = excluded.until;

-- name: stated
SELECT purpose, relationship, permission, reason_code, reason_text, until
FROM actor_statement WHERE session = :session AND person = :person
    AND (until > :now OR purpose = 'BTG');

-- name: unstate
DELETE FROM actor_statement WHERE session = :session AND person = :person;

-- name: establish
INSERT INTO actor_relationship (person, organisation, user_id, since, until, ground)
VALUES (:person, :organisation, :user, :since, :until, :ground)
ON CONFLICT (person, organisation, user_id, since) DO UPDATE SET
    until = excluded.until, ground = excluded.ground;

-- name: end_relationship
UPDATE actor_relationship SET until = :at
WHERE person = :person AND organisation = :organisation AND user_id = :user
    AND since <= :at AND (until IS NULL OR until > :at);

-- name: relationships
SELECT person, organisation, user_id, ground, since, until
FROM actor_relationship WHERE person = :person;

-- name: say
INSERT INTO actor_permission (person, organisation, said_at, said, recorded_by, until)
VALUES (:person, :organisation, :at, :said, :by, :until)
ON CONFLICT (person, organisation, said_at) DO UPDATE SET
    said = excluded.said, recorded_by = excluded.recorded_by, until = excluded.until;

-- name: said
SELECT said, said_at, until FROM actor_permission
WHERE person = :person AND organisation = :organisation AND said_at <= :at
ORDER BY said_at DESC LIMIT 1;

-- name: add_health_link
INSERT INTO actor_health_link
    (account, digest, subject, label, kinds, direct, passcode, attempts, paused, made, expires,
     ended)
VALUES
    (:account, :digest, :subject, :label, :kinds, :direct, :passcode, :attempts, 0, :made,
     :expires, 0);

-- name: health_link
SELECT account, subject, label, kinds, direct, passcode, attempts, paused, made, expires, ended
FROM actor_health_link WHERE account = :account;

-- name: health_link_at
SELECT account, subject, label, kinds, direct, passcode, attempts, paused, made, expires, ended
FROM actor_health_link WHERE digest = :digest;

-- name: health_links_of
SELECT account, subject, label, kinds, direct, passcode, attempts, paused, made, expires, ended
FROM actor_health_link WHERE subject = :subject ORDER BY made DESC, account;

-- name: take_attempt
UPDATE actor_health_link SET attempts = attempts - 1 WHERE account = :account AND attempts > 0;

-- name: give_attempt_back
UPDATE actor_health_link SET attempts = attempts + 1 WHERE account = :account;

-- name: pause_health_link
UPDATE actor_health_link SET paused = :paused WHERE account = :account AND ended = 0;

-- name: end_health_link
UPDATE actor_health_link SET ended = 1 WHERE account = :account;

-- name: drop_expired_files
DELETE FROM actor_health_link_file WHERE expires <= :now;

-- name: add_file
INSERT INTO actor_health_link_file (digest, account, recipient, expires)
VALUES (:digest, :account, :recipient, :expires);

-- name: file
SELECT account, recipient FROM actor_health_link_file WHERE digest = :digest;

-- name: use_file
DELETE FROM actor_health_link_file WHERE digest = :digest;

-- name: add_source
INSERT INTO actor_source (source, organisation, mapping, digest, made, made_by)
VALUES (:source, :organisation, :mapping, :digest, :made, :by);

-- name: source_taken
SELECT 1 WHERE EXISTS (SELECT 1 FROM actor_source WHERE source = :source)
    OR EXISTS (SELECT 1 FROM received WHERE source = :source);

-- name: put_source_key
UPDATE actor_source SET digest = :digest WHERE source = :source;

-- name: put_source_mapping
UPDATE actor_source SET mapping = :mapping WHERE source = :source;

-- name: source_of
SELECT source, organisation, mapping, digest FROM actor_source WHERE digest = :digest;

-- name: sources
SELECT source, organisation, mapping, digest FROM actor_source ORDER BY source;
