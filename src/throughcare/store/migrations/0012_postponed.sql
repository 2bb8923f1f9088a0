-- Pairs of the review queue that somebody put off, by their subjects, the lower one first. until: a
-- day of ISO 8601, the first on which they wait again. total: the score that was looked at; a pair
-- whose score has changed since waits again at once.
CREATE TABLE postponed (
    one INTEGER NOT NULL,
    other INTEGER NOT NULL,
    until TEXT NOT NULL,
    note TEXT NOT NULL,
    who TEXT NOT NULL,
    total REAL NOT NULL,
    PRIMARY KEY (one, other)
);
