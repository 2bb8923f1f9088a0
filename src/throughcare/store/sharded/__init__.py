"""The sharded store: one record over several PostgreSQL databases, subject by subject."""
