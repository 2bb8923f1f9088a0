-- Profiles of the locality: the highest number is in force. body: the whole text.
CREATE TABLE profile (
    number INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    body TEXT NOT NULL,
    since TEXT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL
);
