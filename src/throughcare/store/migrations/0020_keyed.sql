-- How far the records of the person index have the keys of this release: all up to the subject
-- `reached` do. way: the number of the way in which they are made. Later ones have those of the
-- release before as well, or alone, until `throughcare identity rekey` has come to them; a reached
-- of 9223372036854775807 says that all are done. A release that changes keys notes its way here.
CREATE TABLE keyed (way INTEGER NOT NULL, reached INTEGER NOT NULL);
INSERT INTO keyed (way, reached)
SELECT 2, CASE WHEN EXISTS (SELECT 1 FROM subject) THEN 0 ELSE 9223372036854775807 END;
