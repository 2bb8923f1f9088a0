"""A consent snapshot is believed only as its home signed it, for this node, and for a day."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from actors.actor_parts import START, CountedIds, SetClock
from throughcare.actors import snapshots
from throughcare.actors.tokens import Tokens
from throughcare.kernel import UnauthenticatedError, UnprocessableError
from throughcare.model.request import Actor, Purpose, Request, Role
from throughcare.model.snapshot import Snapshot

KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
RAW = KEY.public_key().public_bytes_raw()
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
HOME, HERE, THIRD = "a" * 32, "b" * 32, "c" * 32
KEYS = {HOME: (OTHER.public_key().public_bytes_raw(), RAW), THIRD: (b"t" * 32,)}
NO = {"resourceType": "Consent", "id": "1", "status": "active", "provision": {"type": "deny"}}
GOOD = Snapshot(HOME, HERE, "9990000018", 7, START, START + timedelta(hours=24), (NO,))
TEXT = snapshots.signed(KEY, GOOD)
HEADER, PAYLOAD, SIGNATURE = TEXT.split(".")


def part(value: object) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def claims() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(PAYLOAD + "=" * (-len(PAYLOAD) % 4)))
    return read


def with_header(header: object, key: Ed25519PrivateKey = KEY, payload: str = PAYLOAD) -> str:
    text = f"{part(header)}.{payload}"
    return f"{text}.{part(key.sign(text.encode()))}"


def saying(**other: object) -> str:
    """Return the snapshot signed by the home with other claims; None leaves one out."""
    changed = {name: value for name, value in (claims() | other).items() if value is not None}
    return resigned(json.dumps(changed).encode())


def resigned(payload: bytes, key: Ed25519PrivateKey = KEY) -> str:
    text = f"{HEADER}.{part(payload)}"
    return f"{text}.{part(key.sign(text.encode()))}"


def hs256() -> str:
    text = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{PAYLOAD}"
    return f"{text}.{part(hmac.new(RAW, text.encode(), hashlib.sha256).digest())}"


def twice(member: str) -> bytes:
    """Return the payload with one member named twice, the second saying something else."""
    whole = json.dumps(claims(), separators=(",", ":"))
    return f'{whole[:-1]},"{member}":{json.dumps(claims()[member])}}}'.encode()


NOW = int(START.timestamp())
YEAR = 365 * 24 * 3600
ATTACKS = {
    "alg none": (f"{part({'alg': 'none', 'typ': 'JWT'})}.{PAYLOAD}.", "form"),
    "alg none, signed": (with_header({"alg": "none", "typ": "JWT"}), "form"),
    "HS256 with the public key": (hs256(), "form"),
    "a kid of an attacker": (with_header({"alg": "EdDSA", "typ": "JWT", "kid": "x"}), "form"),
    "a jwk of its own": (
        with_header({"alg": "EdDSA", "typ": "JWT", "jwk": {"x": part(RAW)}}, OTHER),
        "form",
    ),
    "another typ": (with_header({"alg": "EdDSA", "typ": "at+jwt"}), "form"),
    "no signature": (f"{HEADER}.{PAYLOAD}.", "signature"),
    "another's key": (
        snapshots.signed(Ed25519PrivateKey.from_private_bytes(b"x" * 32), GOOD),
        "signature",
    ),
    "another person's number": (
        f"{HEADER}.{part(claims() | {'sub': '9990000026'})}.{SIGNATURE}",
        "signature",
    ),
    "a node that is not named": (snapshots.signed(KEY, replace(GOOD, node="d" * 32)), "issuer"),
    "a named node with this one's key": (
        snapshots.signed(KEY, replace(GOOD, node=THIRD)),
        "signature",
    ),
    "for another node": (snapshots.signed(KEY, replace(GOOD, audience=THIRD)), "audience"),
    "for nobody": (saying(aud=""), "audience"),
    "for several": (saying(aud=[HERE, THIRD]), "form"),
    "for a year": (saying(exp=NOW + YEAR), "lifetime"),
    "for a second more than a day": (saying(exp=NOW + 24 * 3600 + 1), "lifetime"),
    "ended before it began": (saying(exp=NOW - 1), "lifetime"),
    "expired": (saying(iat=NOW - 24 * 3600, exp=NOW), "expired"),
    "from the future": (saying(iat=NOW + 301, exp=NOW + 3600), "issued"),
    "a member twice": (resigned(twice("sub")), "form"),
    "consents twice": (resigned(twice("consents")), "form"),
    "a member more": (saying(home=True), "form"),
    "no end": (saying(exp=None), "form"),
    "another kind": (saying(kind="token"), "form"),
    "an epoch below none": (saying(epoch=-1), "form"),
    "an epoch in words": (saying(epoch="8"), "form"),
    "what is no Consent": (saying(consents=[{"resourceType": "Patient"}]), "form"),
    "consents that are none": (saying(consents=["Consent"]), "form"),
    "too many": (saying(consents=[NO] * 257), "form"),
    "no JSON": (resigned(b"{"), "form"),
    "a list": (resigned(b"[]"), "form"),
    "nothing": ("", "form"),
    "other letters": (TEXT.replace("e", "é"), "form"),
    "padded": (f"{HEADER}.{PAYLOAD}.{SIGNATURE}=", "signature"),
    "oversized": ("e" * (snapshots.MOST + 1), "size"),
    "deep": (resigned(b'{"consents":' + b"[" * 200 + b"]" * 200 + b"}"), "form"),
}


def test_what_the_home_signed_is_read_as_it_was_said() -> None:
    assert snapshots.read(TEXT, KEYS, HERE, START) == GOOD
    assert snapshots.read(TEXT, KEYS, HERE, START + timedelta(hours=23, minutes=59)) == GOOD


@pytest.mark.parametrize("name", ATTACKS)
def test_whatever_else_is_refused_by_the_rule_that_it_breaks(name: str) -> None:
    text, rule = ATTACKS[name]
    with pytest.raises(UnprocessableError) as refused:
        snapshots.read(text, KEYS, HERE, START)
    assert refused.value.place == f"snapshot: {rule}"
    assert refused.value.message == snapshots.RULES[rule]
    assert "9990000018" not in refused.value.message


def test_a_node_does_not_take_what_it_issued_itself() -> None:
    own = snapshots.signed(KEY, replace(GOOD, node=HERE))
    with pytest.raises(UnprocessableError, match="another node"):
        snapshots.read(own, {HERE: (RAW,)}, HERE, START)


def test_a_clock_that_is_five_minutes_slow_takes_it_and_a_slower_one_does_not() -> None:
    assert snapshots.read(TEXT, KEYS, HERE, START - timedelta(minutes=5)) == GOOD
    with pytest.raises(UnprocessableError, match="future"):
        snapshots.read(TEXT, KEYS, HERE, START - timedelta(minutes=5, seconds=1))


def test_no_snapshot_is_a_token_and_no_token_a_snapshot() -> None:
    tokens = Tokens(KEY, SetClock(), CountedIds())
    request = Request(Actor("it", Role.IT_LEAD, ""), Purpose.HOPERAT, START)
    with pytest.raises(UnauthenticatedError):
        tokens.read(snapshots.signed(KEY, replace(GOOD, node=tokens.node, audience=tokens.node)))
    with pytest.raises(UnprocessableError, match="no consent snapshot"):
        snapshots.read(tokens.issue(request), {tokens.node: (RAW,)}, HERE, START)


def test_what_is_too_large_to_be_taken_is_not_issued() -> None:
    large = replace(GOOD, consents=(NO | {"note": "x" * snapshots.MOST},))
    with pytest.raises(UnprocessableError) as refused:
        snapshots.signed(KEY, large)
    assert refused.value.place == "snapshot: size"


@given(st.integers(0, len(TEXT) - 1), st.characters(codec="ascii"))
def test_no_letter_can_be_changed(place: int, letter: str) -> None:
    changed = TEXT[:place] + letter + TEXT[place + 1 :]
    if changed != TEXT:
        with pytest.raises(UnprocessableError):
            snapshots.read(changed, KEYS, HERE, START)
