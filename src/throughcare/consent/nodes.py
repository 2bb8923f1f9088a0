"""Other nodes that tell of people's Consents: the tables ``[nodes.ID]`` of a profile; pure."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from throughcare.consent import toml

_ID: Final = re.compile(r"[0-9a-f]{32}")
_ED25519: Final = 32
"""Bytes of a public key."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A node whose snapshots of Consents are taken, and to which ours may be given."""

    name: str
    """What people call it."""
    keys: tuple[bytes, ...]
    """Raw public keys, Ed25519: any of them may have signed."""


def peers(section: toml.Table) -> Mapping[str, Peer]:
    """Read the tables ``[nodes.ID]``, by id; none where the file has none."""
    found = {}
    for id_, table in section.tables():
        if not _ID.fullmatch(id_):
            rule = "is no id of a node: 32 hexadecimal digits, as 'throughcare consents node' says"
            section.fault(id_, rule)
        found[id_] = Peer(table.text("name"), tuple(_keys(table)))
    return found


def _keys(table: toml.Table) -> Iterator[bytes]:
    listed = table.each("keys")
    if not listed:
        table.fault("keys", "must hold at least one public key, or nothing of it can be believed")
    for key in listed:
        if key.has("d"):
            rule = "is the private half of a key, which no other node may have"
            key.fault("d", rule, way_out="Have that node make a new key, and name its public one")
            key.pass_over()
            continue
        key.one_of("kty", ("OKP",))
        key.one_of("crv", ("Ed25519",))
        yield _raw(key)


def _raw(key: toml.Table) -> bytes:
    """Return the bytes of ``x``; a fault where they are no public key."""
    before, text = len(key.faults), key.text("x")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:  # no base64, or no ASCII
        raw = b""
    if len(key.faults) == before and len(raw) != _ED25519:
        key.fault("x", "must be the 32 bytes of a public key in base64url")
    return raw
