-- The review queue in its order, likeliest first: a part of it is found without reading the rest.
CREATE INDEX doubt_order ON doubt (total, subject, candidate);

-- Each pair with what was said when it was put off, if its score has not changed since.
CREATE VIEW queued AS
SELECT d.subject, d.candidate, d.total, d.rule, d.raised, p.until, p.note, p.who
FROM doubt AS d
LEFT JOIN postponed AS p
  ON p.total = d.total
  AND ((p.one = d.subject AND p.other = d.candidate)
    OR (p.one = d.candidate AND p.other = d.subject));

-- The same of those alone that somebody put off: looked up from there, since they are few.
CREATE VIEW put_off AS
SELECT d.subject, d.candidate, d.total, d.rule, d.raised, p.until, p.note, p.who
FROM postponed AS p
CROSS JOIN doubt AS d
WHERE d.subject = p.one AND d.candidate = p.other AND d.total = p.total
UNION ALL
SELECT d.subject, d.candidate, d.total, d.rule, d.raised, p.until, p.note, p.who
FROM postponed AS p
CROSS JOIN doubt AS d
WHERE d.subject = p.other AND d.candidate = p.one AND d.total = p.total;
