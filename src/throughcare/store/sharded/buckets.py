"""Which database a subject's entries lie in; pure.

A subject belongs to one of 65,536 buckets for good, and a database holds a range of them. Subjects
are numbered one after the other; so that they fill all databases evenly from the first, buckets of
neighbouring numbers lie far apart. Subject 0, the directory, is in bucket 0: in the first database.
"""

BUCKETS = 1 << 16
_APART = 40_503
"""Odd, so that each number up to `BUCKETS` has a bucket of its own; `BUCKETS` by the golden ratio,
so that any few neighbours lie as far apart as can be."""
PLACES = 24
"""Bits of an entry number that tell its place within its subject."""
MOST = 256
"""Databases of one store, at most."""


def bucket_of(subject: int) -> int:
    """Return the bucket of a subject.

    >>> [bucket_of(subject) for subject in (0, 1, 2)]
    [0, 40503, 15470]
    """
    return subject * _APART % BUCKETS


def shard_of(subject: int, shards: int) -> int:
    """Return which of `shards` databases the entries of a subject lie in, counted from 0.

    >>> [shard_of(subject, 4) for subject in range(8)]
    [0, 2, 0, 3, 1, 0, 2, 1]
    """
    return bucket_of(subject) * shards // BUCKETS


def shard_of_entry(entry: int, shards: int) -> int:
    """Return which of `shards` databases an entry number lies in."""
    return shard_of(entry >> PLACES, shards)
