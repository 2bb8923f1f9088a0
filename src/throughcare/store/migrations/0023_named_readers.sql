-- Entries of the directory (Type/id) by which a Consent names somebody, or that stand behind a role
-- which it names: what such an entry says bears on decisions. A name stays; one that no Consent says
-- any more costs decisions that are made anew. '*' is all of them: whom Consents of before name is
-- not known.
CREATE TABLE named_reader (name TEXT PRIMARY KEY);
INSERT INTO named_reader (name) SELECT '*' WHERE EXISTS (SELECT 1 FROM epoch);
