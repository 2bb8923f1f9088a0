"""The SQLite engine: one file, in process, durable on return, shared by several processes."""

from throughcare.store.sqlite.connection import has_checksums
from throughcare.store.sqlite.damage import damaged_pages
from throughcare.store.sqlite.engine import SqliteStore, open_store

__all__ = ["SqliteStore", "damaged_pages", "has_checksums", "open_store"]
