-- A row may speak of many lines: a stretch of the segment, from the line at `place`, which is the
-- first about the person, to the frame at `until`, which is not in it. Without `until` it is one
-- line, as release 0.1.0 writes it. Ids are not looked up here any more.
ALTER TABLE audit_ix ADD COLUMN until BIGINT;
DROP INDEX audit_ix_id;
