-- Which person each subject (source record) belongs to; until NULL = now.
CREATE TABLE person_link (
  subject INTEGER NOT NULL,
  person INTEGER NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER
);
