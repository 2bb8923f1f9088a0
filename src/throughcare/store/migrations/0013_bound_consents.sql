-- Consents that were recorded while two people were one record: since the record was split, each
-- binds the subject `also` too, until somebody says whose it is. subject: where the Consent stands.
CREATE TABLE bound_consent (
    consent TEXT NOT NULL,
    subject INTEGER NOT NULL,
    also INTEGER NOT NULL,
    PRIMARY KEY (consent, also)
);
CREATE INDEX bound_consent_subject ON bound_consent (subject);
CREATE INDEX bound_consent_also ON bound_consent (also);

-- How far each follower of the changes of persons (person_event) has come.
CREATE TABLE followed (
    name TEXT PRIMARY KEY,
    event INTEGER NOT NULL
);
INSERT INTO followed (name, event) SELECT 'consents', coalesce(max(event), 0) FROM person_event;
INSERT INTO followed (name, event) SELECT 'alerts', coalesce(max(event), 0) FROM person_event;
