"""The sharded store: one record over several PostgreSQL databases, subject by subject."""

from throughcare.store.sharded.engine import ShardedStore, open_store

__all__ = ["ShardedStore", "open_store"]
