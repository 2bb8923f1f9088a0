"""The SQLite engine: one file, in process, durable on return, shared by several processes."""

from throughcare.store.sqlite.engine import SqliteStore, open_store

__all__ = ["SqliteStore", "open_store"]
