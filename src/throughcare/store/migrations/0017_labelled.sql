-- By which version of the shipped code lists, and of the rules for labels, everything was labelled in
-- a record that began with it. Nothing where an earlier release began the record.
CREATE TABLE labelled (
    version TEXT PRIMARY KEY
);
