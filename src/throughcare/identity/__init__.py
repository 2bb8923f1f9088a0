"""The person index: which source records are one person's, why, and how to take it back.

`throughcare.identity.compare` and `cluster` are pure; `PersonIndex` keeps the answer in the store.
"""

from throughcare.identity.index import PersonIndex
from throughcare.identity.membership import Cause, PersonChange

__all__ = ["Cause", "PersonChange", "PersonIndex"]
