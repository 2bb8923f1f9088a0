"""The PostgreSQL engine: one database, durable on return, shared by processes and machines."""

from throughcare.store.postgres.engine import PostgresStore, open_store

__all__ = ["PostgresStore", "open_store"]
