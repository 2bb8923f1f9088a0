import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from throughcare.actors import keys
from throughcare.kernel import ConflictError, NotFoundError


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = keys.ensure(tmp_path / "keys")
    again = keys.ensure(tmp_path / "keys")
    assert first.private_bytes_raw() == again.private_bytes_raw()
    assert keys.load_public(tmp_path / "keys") == first.public_key()


def test_only_its_owner_may_read_the_private_key(tmp_path: Path) -> None:
    keys.ensure(tmp_path)
    assert (tmp_path / keys.PRIVATE).stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" not in (tmp_path / keys.PUBLIC).read_bytes()


def test_a_private_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    keys.ensure(tmp_path)
    (tmp_path / keys.PRIVATE).chmod(0o640)
    with pytest.raises(ConflictError, match="chmod 600"):
        keys.load(tmp_path)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="throughcare init"):
        keys.load(tmp_path)
    with pytest.raises(NotFoundError, match="throughcare init"):
        keys.load_public(tmp_path)


def test_a_lost_public_half_is_made_again(tmp_path: Path) -> None:
    key = keys.ensure(tmp_path)
    (tmp_path / keys.PUBLIC).unlink()
    keys.ensure(tmp_path)
    assert keys.load_public(tmp_path) == key.public_key()


def test_another_kind_of_key_or_garbage_is_refused(tmp_path: Path) -> None:
    key = generate_private_key(SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for private_text, public_text in ((private, public), (b"garbage", b"garbage")):
        (tmp_path / keys.PRIVATE).write_bytes(private_text)
        (tmp_path / keys.PRIVATE).chmod(0o600)
        (tmp_path / keys.PUBLIC).write_bytes(public_text)
        with pytest.raises(ConflictError, match="Ed25519"):
            keys.load(tmp_path)
        with pytest.raises(ConflictError, match="Ed25519"):
            keys.load_public(tmp_path)


def test_many_at_once_get_the_same_key(tmp_path: Path) -> None:
    found: set[bytes] = set()
    threads = [
        threading.Thread(target=lambda: found.add(keys.ensure(tmp_path).private_bytes_raw()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
