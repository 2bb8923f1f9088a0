"""The node's own key pair, Ed25519: it signs tokens and the ledger's checkpoints."""

from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from throughcare.kernel import ConflictError, NotFoundError
from throughcare.store.durable import make_folder, put_file

PRIVATE = "node.pem"
PUBLIC = "node.public.pem"


def ensure(folder: Path) -> Ed25519PrivateKey:
    """Return the node's key, made if absent; on return both halves are on disk.

    The private half is readable by its owner alone. Two processes that do this at once get the
    same key. Raises as `load`.
    """
    make_folder(folder)
    if not (folder / PRIVATE).exists():
        made = Ed25519PrivateKey.generate()
        text = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        put_file(folder / PRIVATE, text, 0o600)
    key = load(folder)
    if not (folder / PUBLIC).exists():
        text = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        put_file(folder / PUBLIC, text, 0o644)
    return key


def load(folder: Path) -> Ed25519PrivateKey:
    """Return the node's private key.

    Raises NotFoundError if there is none, ConflictError if it is no Ed25519 key or others than
    its owner may read it.
    """
    path = folder / PRIVATE
    if not path.exists():
        message = f"There is no key at {path}; make the node with 'throughcare init'."
        raise NotFoundError(message)
    if path.stat().st_mode & 0o077:
        message = f"Others may read {path}; run 'chmod 600' on it, and think of making a new key."
        raise ConflictError(message)
    return _as_private(path)


def load_public(folder: Path) -> Ed25519PublicKey:
    """Return the node's public key. Raises NotFoundError or ConflictError as `load`."""
    path = folder / PUBLIC
    if not path.exists():
        message = f"There is no public key at {path}; make the node with 'throughcare init'."
        raise NotFoundError(message)
    return read_public(path)


def read_public(path: Path) -> Ed25519PublicKey:
    """Return the public key in a PEM file. Raises ConflictError if it holds no Ed25519 key."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except ValueError as error:
        raise ConflictError(_UNREADABLE.format(path)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConflictError(_UNREADABLE.format(path))
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the node's id: 32 hexadecimal digits of the SHA-256 of the key's raw bytes."""
    return sha256(key.public_bytes_raw()).hexdigest()[:32]


_UNREADABLE = "{} holds no Ed25519 key; restore it from a copy."


def _as_private(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise ConflictError(_UNREADABLE.format(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConflictError(_UNREADABLE.format(path))
    return key
