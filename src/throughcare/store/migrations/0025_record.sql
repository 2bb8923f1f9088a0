-- A record's entries of one class are found without a look at its others (record.labelled).
CREATE INDEX head_by_class ON head (subject, type, cls);
