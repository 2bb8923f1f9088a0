"""Tells a transaction from a snapshot: what a transaction sees is not yet fact."""

from typing import TypeGuard

from throughcare.store.protocol import Reader, Transaction


def is_transaction(reader: Reader) -> TypeGuard[Transaction]:
    """Tell whether `reader` may see what is later undone; if so nothing read may be kept."""
    return hasattr(reader, "after_commit")
