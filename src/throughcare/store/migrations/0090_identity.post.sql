-- What a record's keys and evidence are looked up by is what they are stored by: these two made
-- every record that comes write more pages, and the tables half as large again. Numbered behind all
-- that this release adds.
DROP INDEX match_key_subject;
DROP INDEX match_edge_other;
