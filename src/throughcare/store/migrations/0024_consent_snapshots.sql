-- What other nodes told of a person's Consents: signed text as it came (compact JWS), by the source
-- record that has the person's NHS number. Of each node the highest epoch is in force; those before
-- show why somebody was let in. An empty body ends what was told. issued: seconds since 1970.
CREATE TABLE consent_snapshot (
    subject INTEGER NOT NULL,
    node TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    issued INTEGER NOT NULL,
    taken TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (subject, node, epoch)
);
