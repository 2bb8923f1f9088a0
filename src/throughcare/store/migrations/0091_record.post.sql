-- head_by_class serves all that this one did. It goes by itself, for on PostgreSQL to take it away
-- waits for who reads, and the other should not have been built for nothing by then.
DROP INDEX head_by_type;
