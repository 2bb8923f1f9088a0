"""Merkle trees as in RFC 6962, section 2.1, and the chain of blocks over them. Pure.

Hashes are SHA-256. What is hashed starts with a byte that says what it is, so that no leaf can be
passed off as a node or as a block.
"""

from collections.abc import Sequence
from hashlib import sha256

_LEAF = b"\x00"
_NODE = b"\x01"
_BLOCK = b"\x02"

ORIGIN = bytes(32)
"""Head of a chain that holds no block yet."""


def leaf(content: bytes) -> bytes:
    """Return the hash of one entry's bytes."""
    return sha256(_LEAF + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of two neighbouring subtrees."""
    return sha256(_NODE + left + right).digest()


def link(block: bytes) -> bytes:
    """Return the head of a chain whose newest block has these bytes.

    INVARIANT: a block's bytes hold the head before it, so a head stands for the whole chain.
    """
    return sha256(_BLOCK + block).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes; that of no leaves is SHA-256 of nothing."""
    if not leaves:
        return sha256().digest()
    level = list(leaves)
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the hashes that lead from leaf `index` to the root, nearest first.

    Raises IndexError if there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        message = f"leaf {index} of {len(leaves)}"
        raise IndexError(message)
    level = list(leaves)
    found = []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            found.append(level[sibling])
        level = _parents(level)
        index >>= 1
    return tuple(found)


def root_of(leaf_hash: bytes, index: int, count: int, hashes: Sequence[bytes]) -> bytes | None:
    """Return the root that `hashes` lead to from leaf `index` of `count`; None if they don't fit.

    A proof holds if this equals the root that was signed (RFC 9162, 2.1.3.2).
    """
    if not 0 <= index < count:
        return None
    result = leaf_hash
    remaining = iter(hashes)
    while count > 1:
        sibling = index ^ 1
        if sibling < count:
            other = next(remaining, None)
            if other is None:
                return None
            result = node(other, result) if index & 1 else node(result, other)
        index >>= 1
        count = (count + 1) >> 1
    return result if next(remaining, None) is None else None


def _parents(level: Sequence[bytes]) -> list[bytes]:
    """Return the level above; a node without a neighbour goes up as it is."""
    paired = len(level) & ~1
    above = [
        sha256(_NODE + level[i] + level[i + 1]).digest()  # node(), without the call
        for i in range(0, paired, 2)
    ]
    if paired < len(level):
        above.append(level[-1])
    return above
