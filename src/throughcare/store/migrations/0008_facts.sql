-- What a decision looks at, without content: whoever decides has to know the class of what they may
-- not see. Where the database withholds entries (throughcare.store.lock), it does not withhold these.
CREATE VIEW head_facts AS
SELECT entry, type, cls, date_lo, date_hi, author, updated FROM head;

CREATE VIEW hist_facts AS
SELECT entry, version, cls, date_lo, date_hi, author, updated, deleted FROM hist;
