"""The one function that engines add to SQL: 64 bits of SHA-256 as text.

PostgreSQL has it built in: ``substr(encode(sha256(convert_to(t, 'UTF8')), 'hex'), 1, 16)``.
"""

import hashlib


def digest64(text: str) -> str:
    """Return the first 64 bits of the SHA-256 of `text` as 16 hexadecimal digits.

    >>> digest64("")
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]
