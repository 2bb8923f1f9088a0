-- Reads every table in pages, by its key, and writes rows as they were read: for copies of a
-- whole node. What is derived (search rows, the index of lines) is not here: it is made anew.

-- name: read_alias
SELECT type, id, entry FROM alias
WHERE (type, id) > (:type, :id)
ORDER BY type, id LIMIT :limit;

-- name: put_alias
-- at: entry, and home
INSERT INTO alias (type, id, entry)
VALUES (:type, :id, :entry);

-- name: read_former
SELECT type, id, entry FROM former
WHERE (type, id, entry) > (:type, :id, :entry)
ORDER BY type, id, entry LIMIT :limit;

-- name: put_former
-- at: entry, and home
INSERT INTO former (type, id, entry)
VALUES (:type, :id, :entry);

-- name: read_outbox
-- at: every; order by 1; at most limit
SELECT seq, entry, version, kind, type, id FROM outbox
WHERE seq > :seq
ORDER BY seq LIMIT :limit;

-- name: put_outbox
-- at: entry
INSERT INTO outbox (seq, entry, version, kind, type, id)
VALUES (:seq, :entry, :version, :kind, :type, :id);

-- name: read_subject
SELECT subject, source, local_id, kind FROM subject
WHERE subject > :subject
ORDER BY subject LIMIT :limit;

-- name: put_subject
INSERT INTO subject (subject, source, local_id, kind)
VALUES (:subject, :source, :local_id, :kind);

-- name: read_person
SELECT person, public_id, state, redirect FROM person
WHERE state <> 'reserved' AND person > :person
ORDER BY person LIMIT :limit;

-- name: put_person
INSERT INTO person (person, public_id, state, redirect)
VALUES (:person, :public_id, :state, :redirect);

-- name: read_person_link
SELECT subject, person, since, until FROM person_link
WHERE (subject, since, person) > (:subject, :since, :person)
ORDER BY subject, since, person LIMIT :limit;

-- name: put_person_link
INSERT INTO person_link (subject, person, since, until)
VALUES (:subject, :person, :since, :until);

-- name: read_demographic
SELECT subject, version, number, body FROM demographic
WHERE subject > :subject
ORDER BY subject LIMIT :limit;

-- name: put_demographic
INSERT INTO demographic (subject, version, number, body)
VALUES (:subject, :version, :number, :body);

-- name: read_demographic_version
SELECT subject, version, at, body FROM demographic_version
WHERE (subject, version) > (:subject, :version)
ORDER BY subject, version LIMIT :limit;

-- name: put_demographic_version
INSERT INTO demographic_version (subject, version, at, body)
VALUES (:subject, :version, :at, :body);

-- name: read_attachment
SELECT subject, number, body FROM attachment
WHERE subject > :subject
ORDER BY subject LIMIT :limit;

-- name: put_attachment
INSERT INTO attachment (subject, number, body)
VALUES (:subject, :number, :body);

-- name: read_match_key
SELECT h, subject FROM match_key
WHERE (h, subject) > (:h, :subject)
ORDER BY h, subject LIMIT :limit;

-- name: put_match_key
INSERT INTO match_key (h, subject)
VALUES (:h, :subject);

-- name: read_match_edge
SELECT subject, other, weight, rule, bits, model FROM match_edge
WHERE (subject, other) > (:subject, :other)
ORDER BY subject, other LIMIT :limit;

-- name: put_match_edge
INSERT INTO match_edge (subject, other, weight, rule, bits, model)
VALUES (:subject, :other, :weight, :rule, :bits, :model);

-- name: read_ruling
SELECT ruling, kind, left_source, left_id, right_source, right_id, same, who, why, at, withdrawn FROM ruling
WHERE ruling > :ruling
ORDER BY ruling LIMIT :limit;

-- name: put_ruling
INSERT INTO ruling (ruling, kind, left_source, left_id, right_source, right_id, same, who, why,
  at, withdrawn)
VALUES (:ruling, :kind, :left_source, :left_id, :right_source, :right_id, :same, :who, :why,
  :at, :withdrawn);

-- name: read_doubt
SELECT subject, candidate, total, rule, raised FROM doubt
WHERE (subject, candidate) > (:subject, :candidate)
ORDER BY subject, candidate LIMIT :limit;

-- name: put_doubt
INSERT INTO doubt (subject, candidate, total, rule, raised)
VALUES (:subject, :candidate, :total, :rule, :raised);

-- name: read_postponed
SELECT one, other, until, note, who, total FROM postponed
WHERE (one, other) > (:one, :other)
ORDER BY one, other LIMIT :limit;

-- name: put_postponed
INSERT INTO postponed (one, other, until, note, who, total)
VALUES (:one, :other, :until, :note, :who, :total);

-- name: read_bound_consent
SELECT consent, subject, also FROM bound_consent
WHERE (consent, also) > (:consent, :also)
ORDER BY consent, also LIMIT :limit;

-- name: put_bound_consent
INSERT INTO bound_consent (consent, subject, also) VALUES (:consent, :subject, :also);

-- name: read_consent_snapshot
SELECT subject, node, epoch, issued, taken, body FROM consent_snapshot
WHERE (subject, node, epoch) > (:subject, :node, :epoch)
ORDER BY subject, node, epoch LIMIT :limit;

-- name: put_consent_snapshot
INSERT INTO consent_snapshot (subject, node, epoch, issued, taken, body)
VALUES (:subject, :node, :epoch, :issued, :taken, :body);

-- name: read_named_reader
SELECT name FROM named_reader WHERE name > :name ORDER BY name LIMIT :limit;

-- name: put_named_reader
INSERT INTO named_reader (name) VALUES (:name);

-- name: read_followed
SELECT name, event FROM followed WHERE name > :name ORDER BY name LIMIT :limit;

-- name: put_followed
INSERT INTO followed (name, event) VALUES (:name, :event)
ON CONFLICT (name) DO UPDATE SET event = excluded.event;

-- name: read_person_event
SELECT event, at, kind, who, why, before, after FROM person_event
WHERE event > :event
ORDER BY event LIMIT :limit;

-- name: put_person_event
INSERT INTO person_event (event, at, kind, who, why, before, after)
VALUES (:event, :at, :kind, :who, :why, :before, :after);

-- name: read_person_event_person
SELECT person, event FROM person_event_person
WHERE (person, event) > (:person, :event)
ORDER BY person, event LIMIT :limit;

-- name: put_person_event_person
INSERT INTO person_event_person (person, event)
VALUES (:person, :event);

-- name: read_actor_health_link
SELECT account, digest, subject, label, kinds, direct, passcode, attempts, paused, made, expires,
    ended FROM actor_health_link
WHERE account > :account
ORDER BY account LIMIT :limit;

-- name: put_actor_health_link
INSERT INTO actor_health_link
    (account, digest, subject, label, kinds, direct, passcode, attempts, paused, made, expires,
     ended)
VALUES
    (:account, :digest, :subject, :label, :kinds, :direct, :passcode, :attempts, :paused, :made,
     :expires, :ended);

-- name: read_actor_source
SELECT source, organisation, mapping, digest, made, made_by FROM actor_source
WHERE source > :source
ORDER BY source LIMIT :limit;

-- name: put_actor_source
INSERT INTO actor_source (source, organisation, mapping, digest, made, made_by)
VALUES (:source, :organisation, :mapping, :digest, :made, :made_by);

-- name: read_delivery
SELECT source, first_taken, last_at, stored, known, refused, findings FROM delivery
WHERE source > :source
ORDER BY source LIMIT :limit;

-- name: put_delivery
INSERT INTO delivery (source, first_taken, last_at, stored, known, refused, findings)
VALUES (:source, :first_taken, :last_at, :stored, :known, :refused, :findings);

-- name: read_actor_user
SELECT user_id, name, organisation, person, retired, entered FROM actor_user
WHERE user_id > :user_id
ORDER BY user_id LIMIT :limit;

-- name: put_actor_user
INSERT INTO actor_user (user_id, name, organisation, person, retired, entered)
VALUES (:user_id, :name, :organisation, :person, :retired, :entered);

-- name: read_actor_role
SELECT user_id, position, role FROM actor_role
WHERE (user_id, position) > (:user_id, :position)
ORDER BY user_id, position LIMIT :limit;

-- name: put_actor_role
INSERT INTO actor_role (user_id, position, role)
VALUES (:user_id, :position, :role);

-- name: read_actor_post
SELECT user_id, position, role, organisation FROM actor_post
WHERE (user_id, position) > (:user_id, :position)
ORDER BY user_id, position LIMIT :limit;

-- name: put_actor_post
INSERT INTO actor_post (user_id, position, role, organisation)
VALUES (:user_id, :position, :role, :organisation);

-- name: read_actor_relationship
SELECT person, organisation, user_id, since, until, ground FROM actor_relationship
WHERE (person, organisation, user_id, since) > (:person, :organisation, :user_id, :since)
ORDER BY person, organisation, user_id, since LIMIT :limit;

-- name: put_actor_relationship
INSERT INTO actor_relationship (person, organisation, user_id, since, until, ground)
VALUES (:person, :organisation, :user_id, :since, :until, :ground);

-- name: read_actor_permission
SELECT person, organisation, said_at, said, recorded_by, until FROM actor_permission
WHERE (person, organisation, said_at) > (:person, :organisation, :said_at)
ORDER BY person, organisation, said_at LIMIT :limit;

-- name: put_actor_permission
INSERT INTO actor_permission (person, organisation, said_at, said, recorded_by, until)
VALUES (:person, :organisation, :said_at, :said, :recorded_by, :until);

-- name: read_received
SELECT source, key, digest, at FROM received
WHERE (source, key, digest) > (:source, :key, :digest)
ORDER BY source, key, digest LIMIT :limit;

-- name: put_received
INSERT INTO received (source, key, digest, at)
VALUES (:source, :key, :digest, :at);

-- name: read_source_document
SELECT document, source, key, digest, subject, media_type, body FROM source_document
WHERE document > :document
ORDER BY document LIMIT :limit;

-- name: put_source_document
INSERT INTO source_document (document, source, key, digest, subject, media_type, body)
VALUES (:document, :source, :key, :digest, :subject, :media_type, :body);

-- name: read_labelling_subject
SELECT subject FROM labelling_subject
WHERE subject > :subject
ORDER BY subject LIMIT :limit;

-- name: put_labelling_subject
INSERT INTO labelling_subject (subject)
VALUES (:subject);

-- name: read_labelled
SELECT version FROM labelled
WHERE version > :version
ORDER BY version LIMIT :limit;

-- name: put_labelled
INSERT INTO labelled (version)
VALUES (:version);

-- name: read_profile
SELECT number, version, body, since, who, why FROM profile
WHERE number > :number ORDER BY number LIMIT :limit;

-- name: put_profile
INSERT INTO profile (number, version, body, since, who, why)
VALUES (:number, :version, :body, :since, :who, :why);

-- name: read_permit
SELECT permit, basis, provision, approver, items, starts, ends, added, added_by, ended, ended_by FROM permit
WHERE permit > :permit ORDER BY permit LIMIT :limit;

-- name: put_permit
INSERT INTO permit (permit, basis, provision, approver, items, starts, ends, added, added_by, ended, ended_by)
VALUES (:permit, :basis, :provision, :approver, :items, :starts, :ends, :added, :added_by, :ended, :ended_by);

-- name: read_code_list
SELECT number, version, body, begun, reached, finished FROM code_list
WHERE number > :number
ORDER BY number LIMIT :limit;

-- name: put_code_list
INSERT INTO code_list (number, version, body, begun, reached, finished)
VALUES (:number, :version, :body, :begun, :reached, :finished);

-- name: read_epoch
SELECT subject, epoch FROM epoch
WHERE subject > :subject
ORDER BY subject LIMIT :limit;

-- name: put_epoch
INSERT INTO epoch (subject, epoch)
VALUES (:subject, :epoch);

-- name: read_notice
SELECT notice, kind, person, at, audit, who, text, state FROM notice
WHERE notice > :notice
ORDER BY notice LIMIT :limit;

-- name: put_notice
INSERT INTO notice (notice, kind, person, at, audit, who, text, state)
VALUES (:notice, :kind, :person, :at, :audit, :who, :text, :state);

-- name: read_task
SELECT task, kind, subject, what, raised, due, done FROM task
WHERE task > :task
ORDER BY task LIMIT :limit;

-- name: put_task
INSERT INTO task (task, kind, subject, what, raised, due, done)
VALUES (:task, :kind, :subject, :what, :raised, :due, :done);

-- name: read_zdict
SELECT version, dictionary FROM zdict
WHERE version > :version
ORDER BY version LIMIT :limit;

-- name: put_zdict
INSERT INTO zdict (version, dictionary)
VALUES (:version, :dictionary);

-- name: read_audit_pending
SELECT position, body FROM audit_pending
WHERE position > :position
ORDER BY position LIMIT :limit;

-- name: put_audit_pending
INSERT INTO audit_pending (position, body)
VALUES (:position, :body);

-- name: read_counter
SELECT name, value FROM counter
WHERE name > :name AND name <> 'rebuild'
ORDER BY name LIMIT :limit;

-- name: put_counter
INSERT INTO counter (name, value)
VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: read_index_size
SELECT persons FROM index_size
WHERE persons > :persons
ORDER BY persons LIMIT :limit;

-- name: put_index_size
UPDATE index_size SET persons = :persons;

-- name: read_keyed
SELECT way, reached FROM keyed
WHERE way > :way
ORDER BY way LIMIT :limit;

-- name: put_keyed
UPDATE keyed SET way = :way, reached = :reached;
-- name: read_current
-- at: every; order by 1; at most limit
SELECT h.entry, h.type, h.id, r.version, r.seq, h.updated, h.cls, r.body
FROM head h JOIN res r ON r.entry = h.entry WHERE h.entry > :entry ORDER BY h.entry LIMIT :limit;

-- name: read_past
-- at: every; order by 1; at most limit
SELECT entry, version, cls, updated, deleted, date_lo, date_hi, author, body FROM hist
WHERE (entry, version) > (:entry, :version) ORDER BY entry, version LIMIT :limit;

-- name: is_used
SELECT EXISTS (SELECT 1 FROM alias) OR EXISTS (SELECT 1 FROM subject)
  OR EXISTS (SELECT 1 FROM received) OR EXISTS (SELECT 1 FROM actor_user);
