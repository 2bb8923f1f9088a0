"""Compact JWE under a key that both sides have (RFC 7516): ``dir``, ``A256GCM``, ``DEF``.

There is one form, that of SMART Health Links. A nonce MUST NOT be used twice with one key.
"""

import base64
import json
import zlib
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_RAW: Final = -15
"""Window of zlib for DEFLATE without a header (RFC 1951), which ``DEF`` means."""


def sealed(key: bytes, nonce: bytes, content: bytes, content_type: str) -> str:
    """Return `content`, packed and encrypted; the header says its `content_type`."""
    header = {"alg": "dir", "enc": "A256GCM", "cty": content_type, "zip": "DEF"}
    protected = text_of(json.dumps(header, separators=(",", ":")).encode())
    packer = zlib.compressobj(wbits=_RAW)
    packed = packer.compress(content) + packer.flush()
    found = AESGCM(key).encrypt(nonce, packed, protected.encode())
    encrypted, tag = found[:-_TAG_BYTES], found[-_TAG_BYTES:]
    return ".".join((protected, "", *map(text_of, (nonce, encrypted, tag))))


def text_of(content: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
