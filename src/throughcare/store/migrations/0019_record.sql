-- What the current version names, kept beside its body (throughcare.record.links): the numbers of the
-- entries, at most three, that version `linked` names and by which alone it names any. Whatever was
-- written before, names more or is of another version than `linked` has its names in its body alone.
ALTER TABLE res ADD COLUMN linked INTEGER;
ALTER TABLE res ADD COLUMN link1 INTEGER;
ALTER TABLE res ADD COLUMN link2 INTEGER;
ALTER TABLE res ADD COLUMN link3 INTEGER;
