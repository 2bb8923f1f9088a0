"""Secrets that are handed out once and kept as their digest."""

import hmac
from hashlib import sha256

from throughcare.kernel import Ids


def new(ids: Ids) -> str:
    """Return a new secret, twice as long as an id of `ids`."""
    return f"{ids.new()}{ids.new()}"


def digest(secret: str) -> bytes:
    """Return what is stored of a secret. A secret is long and random, so one SHA-256 is enough."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def derived(secret: str, use: str) -> str:
    """Return another secret for `use` that only the holder of `secret` can have, hexadecimal."""
    return hmac.digest(secret.encode("utf-8", "surrogatepass"), use.encode(), "sha256").hex()


def same(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(digest(left), digest(right))
