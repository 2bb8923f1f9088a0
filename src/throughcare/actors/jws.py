"""Compact JWS signed with Ed25519 (RFC 7515, EdDSA of RFC 8037).

There is one algorithm and one header. A text with any other is refused before it is looked at, so
nothing in it can choose how it is checked.
"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SIGNATURE = 64
_PARTS = 3


def signed(key: Ed25519PrivateKey, payload: bytes) -> str:
    """Return `payload`, signed."""
    text = f"{_HEADER}.{_encode(payload)}"
    return f"{text}.{_encode(key.sign(text.encode()))}"


def payload_of(text: str) -> bytes:
    """Return what a text holds, whoever signed it. Raises ValueError if it has not this form."""
    return _decode(_parts(text)[1])


def verified(text: str, key: Ed25519PublicKey) -> bytes:
    """Return what a text holds, signed by `key`. Raises ValueError if it is not."""
    header, payload, signature = _parts(text)
    given = _decode(signature)
    if len(given) != _SIGNATURE:
        message = "the signature has another length"
        raise ValueError(message)
    try:
        key.verify(given, f"{header}.{payload}".encode())
    except InvalidSignature as error:
        message = "the signature is another"
        raise ValueError(message) from error
    return _decode(payload)


def _parts(text: str) -> list[str]:
    parts = text.split(".")
    if not text.isascii() or len(parts) != _PARTS or parts[0] != _HEADER:
        message = "the text is no JWS of this form"
        raise ValueError(message)
    return parts


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Return the bytes; refuses every spelling but the one that `_encode` gives."""
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        message = "the text is no base64url"
        raise ValueError(message) from error
    if _encode(content) != text:
        message = "the text is not spelt as base64url spells it"
        raise ValueError(message)
    return content


_HEADER = _encode(b'{"alg":"EdDSA","typ":"JWT"}')
