"""Which other nodes a locality believes, and by which keys."""

import base64
import re

import pytest

from throughcare.consent import profile
from throughcare.consent.saying import report
from throughcare.kernel import BadInputError

ID = "0123456789abcdef" * 2
RAW = bytes(range(32))
X = base64.urlsafe_b64encode(RAW).rstrip(b"=").decode()
KEY = f'{{ kty = "OKP", crv = "Ed25519", x = "{X}" }}'
GOOD = f'\n[nodes.{ID}]\nname = "Leeds"\nkeys = [{KEY}]\n'
TEXT = profile.default_text()


def test_a_node_has_a_name_and_the_keys_that_it_may_sign_with() -> None:
    (peer,) = profile.parse(TEXT + GOOD.replace(KEY, f"{KEY}, {KEY}")).nodes.items()
    assert peer[0] == ID
    assert peer[1].name == "Leeds"
    assert peer[1].keys == (RAW, RAW)


def test_without_any_nobody_is_believed() -> None:
    assert profile.parse(TEXT).nodes == {}


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        (f"nodes.{ID}", "nodes.leeds", "nodes.leeds", "is no id of a node"),
        (f"nodes.{ID}", f"nodes.{ID[:-1]}", f"nodes.{ID[:-1]}", "is no id of a node"),
        ('name = "Leeds"\n', "", f"nodes.{ID}.name", "is missing"),
        (f"keys = [{KEY}]\n", "", f"nodes.{ID}.keys", "is missing"),
        (f"[{KEY}]", "[]", f"nodes.{ID}.keys", "must hold at least one public key"),
        (f"[{KEY}]", '["abc"]', f"nodes.{ID}.keys", "must be a list of tables"),
        (f"[{KEY}]", '"abc"', f"nodes.{ID}.keys", "must be a list of tables"),
        ('"OKP"', '"RSA"', f"nodes.{ID}.keys[0].kty", "must be one of OKP"),
        ('"Ed25519"', '"X25519"', f"nodes.{ID}.keys[0].crv", "must be one of Ed25519"),
        (X, X[:-2], f"nodes.{ID}.keys[0].x", "must be the 32 bytes of a public key"),
        (X, "!" + X[1:], f"nodes.{ID}.keys[0].x", "must be the 32 bytes of a public key"),
        (X, f"!!!!{X}", f"nodes.{ID}.keys[0].x", "must be the 32 bytes of a public key"),
        (X, f"é{X[1:]}", f"nodes.{ID}.keys[0].x", "must be the 32 bytes of a public key"),
        (X, f"{X}AAAA", f"nodes.{ID}.keys[0].x", "must be the 32 bytes of a public key"),
        (f', x = "{X}"', "", f"nodes.{ID}.keys[0].x", "is missing"),
        (f'x = "{X}"', f'x = "{X}", d = "{X}"', f"nodes.{ID}.keys[0].d", "is the private half"),
        (f'x = "{X}"', f'x = "{X}", use = "sig"', f"nodes.{ID}.keys[0].use", "is no key of"),
    ],
)
def test_a_bad_key_is_named_with_place_rule_and_way_out(
    old: str, new: str, place: str, rule: str
) -> None:
    assert old in GOOD
    with pytest.raises(BadInputError, match=re.escape(place)) as refused:
        profile.parse(TEXT + GOOD.replace(old, new))
    assert rule in refused.value.message
    assert "docs/consent/profile.md explains it" in refused.value.message
    assert refused.value.place == f"locality.toml: {place}"


def test_every_fault_has_its_line() -> None:
    text = TEXT + GOOD.replace('"OKP"', '"RSA"')
    ((line, fault),) = profile.faults(text)
    assert fault.key.endswith("keys[0].kty")
    assert line > len(TEXT.splitlines())


def test_a_change_says_whom_it_begins_or_ceases_to_believe() -> None:
    named = report(TEXT, TEXT + GOOD)
    assert named.opens == (
        "What Leeds tells of Consents opens and closes records, and it is told.",
    )
    assert named.closes == ()
    assert any(each.startswith(f"nodes.{ID}.keys: not set -> ") for each in named.settings)
    left = report(TEXT + GOOD, TEXT)
    assert left.closes == (
        "What Leeds tells of Consents is not taken; what it told is stale at once.",
    )
    assert left.opens == ()
