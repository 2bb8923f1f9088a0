-- name: received
SELECT 1 FROM received WHERE source = :source AND key = :key AND digest = :digest;

-- name: received_last
SELECT 1 FROM received
WHERE source = :source AND key = :key AND digest = :digest
    AND at = (SELECT max(at) FROM received WHERE source = :source AND key = :key);

-- name: receive
INSERT INTO received (source, key, digest, at) VALUES (:source, :key, :digest, :at)
ON CONFLICT (source, key, digest) DO UPDATE SET at = excluded.at;

-- name: keep_source
INSERT INTO source_document (source, key, digest, subject, media_type, body)
VALUES (:source, :key, :digest, :subject, :media_type, :body);

-- name: mark_labelling
INSERT INTO labelling_subject (subject) VALUES (:subject) ON CONFLICT (subject) DO NOTHING;

-- name: labelling_persons
SELECT DISTINCT l.person FROM {numbers :persons} j
CROSS JOIN person_link l ON l.person = j.value AND l.until IS NULL
JOIN labelling_subject s ON s.subject = l.subject;

-- name: newest_epoch
SELECT coalesce(max(epoch), 0) FROM epoch;

-- name: raise_epoch
INSERT INTO epoch (subject, epoch)
VALUES (:subject, (SELECT coalesce(max(epoch), 0) + 1 FROM epoch))
ON CONFLICT (subject) DO UPDATE SET epoch = excluded.epoch;

-- name: name_reader
INSERT INTO named_reader (name) VALUES (:name) ON CONFLICT (name) DO NOTHING;

-- name: named_readers
SELECT n.name FROM {texts :names} j CROSS JOIN named_reader n ON n.name = j.value;

-- name: followed
SELECT event FROM followed WHERE name = :name;

-- name: follow
UPDATE followed SET event = :event WHERE name = :name;

-- name: follow_from
UPDATE followed SET event = :event WHERE name = :name AND event = :seen;

-- name: joined
SELECT l.subject, max(l.since) FROM {numbers :subjects} AS j
JOIN person_link AS l ON l.subject = j.value
WHERE l.until IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM person_link AS e WHERE e.subject = l.subject AND e.until = l.since
)
GROUP BY l.subject;

-- name: persons_ever
-- Every person that these records are or were of, with those of the records.
SELECT DISTINCT l.person, p.public_id, l.subject FROM {numbers :subjects} AS j
JOIN person_link AS l ON l.subject = j.value
JOIN person AS p ON p.person = l.person;

-- name: bind
INSERT INTO bound_consent (consent, subject, also) VALUES (:consent, :subject, :also)
ON CONFLICT (consent, also) DO NOTHING;

-- name: unbind_reunited
DELETE FROM bound_consent WHERE EXISTS (
    SELECT 1 FROM person_link AS a JOIN person_link AS b ON b.person = a.person
    WHERE a.subject = bound_consent.subject AND a.until IS NULL
        AND b.subject = bound_consent.also AND b.until IS NULL
);

-- name: bound_consents
SELECT consent, subject, also FROM bound_consent ORDER BY consent, also;

-- name: bound_by
SELECT subject, also FROM bound_consent WHERE consent = :consent ORDER BY also;

-- name: unbind
DELETE FROM bound_consent WHERE consent = :consent;

-- name: epochs
SELECT subject, epoch FROM epoch;

-- name: add_notice
INSERT INTO notice (notice, kind, person, at, audit, who, text)
VALUES (:notice, :kind, :person, :at, :audit, :who, :text)
ON CONFLICT (notice) DO NOTHING;

-- name: notices_of_kind
SELECT notice, kind, person, at, audit, who, text, state
FROM notice WHERE kind = :kind ORDER BY at DESC, notice LIMIT :most;

-- name: notices_of_person
SELECT notice, kind, person, at, audit, who, text, state
FROM notice
WHERE kind = :kind AND person IN (SELECT value FROM {numbers :persons} AS j)
ORDER BY at DESC, notice;

-- name: notices_to
SELECT notice, kind, person, at, audit, who, text, state
FROM notice WHERE kind = :kind AND who = :who ORDER BY at DESC, notice LIMIT :most;

-- name: see_notice
UPDATE notice SET state = :state WHERE notice = :notice;

-- name: raise_task
INSERT INTO task (task, kind, subject, what, raised, due)
VALUES (:task, :kind, :subject, :what, :raised, :due)
ON CONFLICT (task) DO UPDATE SET
    what = excluded.what,
    raised = CASE WHEN task.done IS NULL THEN task.raised ELSE excluded.raised END,
    due = CASE WHEN task.done IS NULL THEN task.due ELSE excluded.due END,
    done = NULL;

-- name: task
SELECT task, kind, subject, what, raised, due FROM task WHERE task = :task AND done IS NULL;

-- name: finish_task
UPDATE task SET done = :done WHERE task = :task AND done IS NULL;

-- name: tasks
SELECT task, kind, subject, what, raised, due FROM task WHERE done IS NULL ORDER BY due, task;

-- name: sources
SELECT source, count(*), max(at) FROM received GROUP BY source ORDER BY source;

-- name: last_deliveries
-- From one source to the next along an index: as long as there are sources, not deliveries.
WITH RECURSIVE known(source) AS (
  SELECT min(r.source) FROM received r
  UNION ALL
  SELECT (SELECT min(r.source) FROM received r WHERE r.source > k.source)
  FROM known k WHERE k.source IS NOT NULL
)
SELECT k.source, (SELECT max(r.at) FROM received r WHERE r.source = k.source)
FROM known k WHERE k.source IS NOT NULL ORDER BY k.source;

-- name: delivery_hours
SELECT DISTINCT source, substr(at, 1, 13) AS hour FROM received
WHERE at >= :since ORDER BY source, hour;

-- name: add_permit
INSERT INTO permit (permit, basis, provision, approver, items, starts, ends, added, added_by)
VALUES (:permit, :basis, :provision, :approver, :items, :starts, :ends, :added, :added_by);

-- name: end_permit
UPDATE permit SET ended = :ended, ended_by = :ended_by
WHERE permit = :permit AND ended IS NULL RETURNING permit;

-- name: permits
SELECT permit, basis, provision, approver, items, starts, ends, added, added_by, ended, ended_by
FROM permit ORDER BY added, permit;

-- name: numbers_to_clear
SELECT DISTINCT d.number FROM demographic AS d
JOIN person_link AS l ON l.subject = d.subject AND l.until IS NULL
WHERE d.number <> '' ORDER BY d.number;

-- name: ask_opt_outs
INSERT INTO opt_out_question (question, asked, numbers) VALUES (:question, :asked, :numbers);

-- name: open_question
SELECT question, asked, numbers FROM opt_out_question
WHERE answered IS NULL ORDER BY asked DESC, question LIMIT 1;

-- name: answer_question
UPDATE opt_out_question SET answered = :answered, cleared = :cleared WHERE question = :question;

-- name: last_question
SELECT asked, numbers, answered, cleared FROM opt_out_question
ORDER BY asked DESC, question LIMIT 1;

-- name: strangers
SELECT count(*) FROM {texts :numbers} AS j
WHERE NOT EXISTS (SELECT 1 FROM demographic AS d WHERE d.number = j.value);

-- name: forget_cleared
DELETE FROM cleared;

-- name: clear_numbers
INSERT INTO cleared (number, until) SELECT j.value, :until FROM {texts :numbers} AS j;

-- name: count_cleared
SELECT count(*), max(until) FROM cleared;

-- name: code_list_in_force
SELECT number, version, reached, finished FROM code_list ORDER BY number DESC LIMIT 1;

-- name: code_list
SELECT body FROM code_list WHERE number = :number;

-- name: put_code_list
INSERT INTO code_list (number, version, body, begun) VALUES (:number, :version, :body, :begun);

-- name: labelled_from_the_start
SELECT version FROM labelled;

-- name: begin_labelled
INSERT INTO labelled (version)
SELECT :version WHERE NOT EXISTS (SELECT 1 FROM alias)
ON CONFLICT (version) DO NOTHING;

-- name: reach
UPDATE code_list SET reached = :reached WHERE number = :number;

-- name: finish_code_list
UPDATE code_list SET finished = :finished WHERE number = :number;

-- name: persons_after
SELECT DISTINCT person FROM person_link WHERE until IS NULL AND person > :after
ORDER BY person LIMIT :limit;

-- name: persons_in_all
SELECT count(DISTINCT person) FROM person_link WHERE until IS NULL AND person > :after;

-- name: profile_in_force
SELECT number, version, body FROM profile ORDER BY number DESC LIMIT 1;

-- name: profiles
SELECT number, version, since, who, why FROM profile ORDER BY number DESC;

-- name: profile_text
SELECT body FROM profile WHERE version = :version ORDER BY number DESC LIMIT 1;

-- name: add_profile
INSERT INTO profile (number, version, body, since, who, why)
VALUES (:number, :version, :body, :since, :who, :why);

-- name: delivered
INSERT INTO delivery (source, first_taken, last_at, stored, known, refused, findings)
VALUES (:source, :first, :at, :stored, :known, :refused, :findings)
ON CONFLICT (source) DO UPDATE SET
    first_taken = COALESCE(delivery.first_taken, excluded.first_taken),
    last_at = excluded.last_at, stored = excluded.stored, known = excluded.known,
    refused = excluded.refused, findings = excluded.findings;

-- name: deliveries
SELECT source, first_taken, last_at, stored, known, refused, findings FROM delivery
ORDER BY source;

-- name: subjects_numbered
SELECT d.subject FROM demographic d
JOIN person_link l ON l.subject = d.subject AND l.until IS NULL
WHERE d.number = :number AND l.person = :person ORDER BY d.subject;

-- name: held_snapshots
SELECT s.epoch, s.issued, s.body FROM {numbers :subjects} j
CROSS JOIN consent_snapshot s ON s.subject = j.value
WHERE s.node = :node;

-- name: snapshots
SELECT s.subject, s.body, coalesce(d.number, '') FROM {numbers :subjects} j
CROSS JOIN consent_snapshot s ON s.subject = j.value
LEFT JOIN demographic d ON d.subject = s.subject
WHERE s.body <> '' AND NOT EXISTS (
    SELECT 1 FROM consent_snapshot o
    WHERE o.subject = s.subject AND o.node = s.node AND o.epoch > s.epoch
)
ORDER BY s.subject, s.node;

-- name: standing_of_snapshots
SELECT s.node, count(*), sum(CASE WHEN s.issued <= :ended THEN 1 ELSE 0 END),
    sum(CASE WHEN s.issued > :ended AND s.issued <= :ending THEN 1 ELSE 0 END)
FROM consent_snapshot s
WHERE s.body <> '' AND NOT EXISTS (
    SELECT 1 FROM consent_snapshot o
    WHERE o.subject = s.subject AND o.node = s.node AND o.epoch > s.epoch
)
GROUP BY s.node ORDER BY s.node;

-- name: take_snapshot
INSERT INTO consent_snapshot (subject, node, epoch, issued, taken, body)
VALUES (:subject, :node, :epoch, :issued, :taken, :body)
ON CONFLICT (subject, node, epoch) DO UPDATE
SET issued = excluded.issued, taken = excluded.taken, body = excluded.body;
