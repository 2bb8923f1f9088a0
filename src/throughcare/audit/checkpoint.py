"""Checkpoints: the head of a worker's chain, signed with the node's key.

Each stands in the segment and, once more, in the append-only file ``checkpoints`` of the ledger
folder, one line of JSON each. Whoever lodges one elsewhere can show later that nothing before it
was changed, even against somebody who holds the node's key.
"""

import fcntl
import os
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from throughcare.audit import line

FILE = "checkpoints"
_DOMAIN = b"throughcare ledger checkpoint 1\n"
_LONGEST = 4096
"""No line of the file is longer, in bytes."""


class Checkpoint(msgspec.Struct, frozen=True):
    """What the node signs: up to here, this is my ledger."""

    node: str
    """Fingerprint of the node's public key."""
    worker: int
    sequence: int
    """Newest entry covered."""
    block: int
    """Number of the newest block covered."""
    head: str
    """Head of the chain at that block, hexadecimal."""
    at: datetime
    signature: str = ""
    """Ed25519 over the rest, hexadecimal."""

    def signed_bytes(self) -> bytes:
        """Return the bytes that the signature is over."""
        return _DOMAIN + line.encode(msgspec.structs.replace(self, signature=""))

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Tell whether the signature is that of `key`."""
        try:
            key.verify(bytes.fromhex(self.signature), self.signed_bytes())
        except (InvalidSignature, ValueError):
            return False
        return True


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the name of a key: 32 hexadecimal digits of the SHA-256 of its raw bytes."""
    return sha256(key.public_bytes_raw()).hexdigest()[:32]


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> Checkpoint:
    """Return the checkpoint with its signature."""
    return msgspec.structs.replace(checkpoint, signature=key.sign(checkpoint.signed_bytes()).hex())


def keep(folder: Path, payload: bytes) -> None:
    """Append one checkpoint to the separate file, durably. Raises OSError (disk full).

    What a crash left of an unfinished line is cut off first.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    descriptor = os.open(folder / FILE, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        start = max(0, size - _LONGEST)
        end = os.pread(descriptor, _LONGEST, start)
        if end and not end.endswith(b"\n"):
            os.ftruncate(descriptor, start + end.rfind(b"\n") + 1)
        os.write(descriptor, payload + b"\n")
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def kept(folder: Path) -> list[bytes]:
    """Return the lines of the separate file, without their ends; the last is b"" if it is whole."""
    path = folder / FILE
    return path.read_bytes().split(b"\n") if path.exists() else [b""]
