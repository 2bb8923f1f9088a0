-- The register of legal permits. An entry is changed once: when it is ended. items: JSON, what it
-- opens to whom; persons in it by their public ids. Times and days are texts of ISO 8601.
CREATE TABLE permit (
    permit TEXT PRIMARY KEY,
    basis TEXT NOT NULL,
    provision TEXT NOT NULL,
    approver TEXT NOT NULL,
    items TEXT NOT NULL,
    starts TEXT NOT NULL,
    ends TEXT NOT NULL,
    added TEXT NOT NULL,
    added_by TEXT NOT NULL,
    ended TEXT,
    ended_by TEXT
);

-- What was asked of the national data opt-out, and when: how many numbers, never which.
CREATE TABLE opt_out_question (
    question TEXT PRIMARY KEY,
    asked TEXT NOT NULL,
    numbers INTEGER NOT NULL,
    answered TEXT,
    cleared INTEGER
);

-- NHS numbers that came back as not opted out, and the last day on which that may be relied on. A
-- cache beside the record: who opted out is written nowhere.
CREATE TABLE cleared (
    number TEXT PRIMARY KEY,
    until TEXT NOT NULL
);
