import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from actors.actor_parts import START, CountedIds, SetClock
from throughcare.actors.tokens import LONGEST, Tokens
from throughcare.kernel import BadInputError, UnauthenticatedError
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)

KEY = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
REQUEST = Request(
    Actor("crew-7", Role.PARAMEDIC, "RX9", client="cli"),
    Purpose.ETREAT,
    START,
    Relationship.YES,
    Permission.UNABLE,
    Reason("bewusstlos, ünresponsive", "cannot-be-asked"),
)


def make(clock: SetClock | None = None, key: Ed25519PrivateKey = KEY) -> Tokens:
    return Tokens(key, clock or SetClock(), CountedIds())


def part(value: object) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def payload_of(token: str) -> dict[str, Any]:
    text = token.split(".")[1]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return read


def signed(header: object, payload: object, key: Ed25519PrivateKey = KEY) -> str:
    text = f"{header if isinstance(header, str) else part(header)}.{part(payload)}"
    return f"{text}.{part(key.sign(text.encode()))}"


GOOD = make().issue(REQUEST)
HEADER = GOOD.split(".")[0]
NO_TOKEN = "no token of this node"


def test_a_token_grants_what_it_was_issued_for() -> None:
    grant = make().read(GOOD)
    assert grant.request(at=START, id_="r1") == structs.replace(REQUEST, id="r1")
    assert grant.expires == START + timedelta(hours=4)


@given(
    st.builds(
        Request,
        st.builds(
            Actor,
            st.text(st.characters(codec="utf-8"), max_size=40),
            st.sampled_from(Role),
            st.text(st.characters(codec="utf-8"), max_size=10),
            client=st.text(st.characters(codec="utf-8"), max_size=10),
            person=st.none() | st.integers(0, 2**60),
        ),
        st.sampled_from(Purpose),
        st.just(START),
        st.sampled_from(Relationship),
        st.sampled_from(Permission),
        st.none()
        | st.builds(Reason, st.text(st.characters(codec="utf-8"), min_size=1, max_size=80)),
    )
)
def test_every_claim_comes_back(request: Request) -> None:
    tokens = make()
    token = tokens.issue(request)
    for _ in range(2):
        said = tokens.read(token).request(at=START, id_="")
        assert structs.replace(said, until=None) == request
        assert (said.until is not None) == (request.purpose is Purpose.BTG)


def test_a_token_expires_also_when_it_is_remembered() -> None:
    clock = SetClock()
    tokens = make(clock)
    token = tokens.issue(REQUEST, lifetime=timedelta(hours=1))
    clock.advance(minutes=59)
    tokens.read(token)
    clock.advance(minutes=1)
    for _ in range(2):
        with pytest.raises(UnauthenticatedError, match="expired"):
            tokens.read(token)


def test_break_glass_ends_within_the_time_box() -> None:
    breaking = structs.replace(REQUEST, purpose=Purpose.BTG)
    tokens = make()
    grant = tokens.read(tokens.issue(breaking, lifetime=timedelta(hours=24)))
    assert grant.expires - grant.issued == timedelta(hours=4)
    shorter = Tokens(KEY, SetClock(), CountedIds(), time_box=lambda: timedelta(minutes=30))
    grant = shorter.read(shorter.issue(breaking))
    assert grant.expires - grant.issued == timedelta(minutes=30)


def test_a_time_box_made_shorter_binds_a_token_that_was_read_before() -> None:
    box = [timedelta(hours=4)]
    tokens = Tokens(KEY, SetClock(), CountedIds(), time_box=lambda: box[0])
    token = tokens.issue(structs.replace(REQUEST, purpose=Purpose.BTG))
    ends = []
    for minutes in (240, 5):
        box[0] = timedelta(minutes=minutes)
        grant = tokens.read(token)
        ends.append(grant.until and grant.until - grant.issued)
    assert ends == [timedelta(hours=4), timedelta(minutes=5)]


def test_a_time_box_made_shorter_ends_broken_glass_that_was_granted_before() -> None:
    clock = SetClock()
    token = make().issue(structs.replace(REQUEST, purpose=Purpose.BTG))
    shorter = Tokens(KEY, clock, CountedIds(), time_box=lambda: timedelta(minutes=30))
    over = []
    for _ in range(2):
        over.append(shorter.read(token).request(at=clock.now(), id_="").is_over)
        clock.advance(minutes=30)
    assert over == [False, True]
    care = shorter.read(make().issue(REQUEST)).request(at=clock.now(), id_="")
    assert care.until is None


def test_a_token_from_the_future_is_refused() -> None:
    ahead = SetClock()
    ahead.advance(hours=2)
    with pytest.raises(UnauthenticatedError, match="future"):
        make().read(make(ahead).issue(REQUEST))


def test_a_lifetime_of_nothing_is_refused() -> None:
    with pytest.raises(BadInputError, match="lifetime"):
        make().issue(REQUEST, lifetime=timedelta(0))


def test_a_reason_that_makes_the_token_too_long_is_refused() -> None:
    with pytest.raises(BadInputError, match="shorten"):
        make().issue(structs.replace(REQUEST, reason=Reason("x" * LONGEST)))


PUBLIC_PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
PUBLIC_RAW = KEY.public_key().public_bytes_raw()
CLAIMS = payload_of(GOOD)


def hs256(secret: bytes) -> str:
    text = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(CLAIMS)}"
    return f"{text}.{part(hmac.digest(secret, text.encode(), 'sha256'))}"


FORGED = {
    "alg none without signature": f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(CLAIMS)}.",
    "alg None with the old signature": ".".join(
        [part({"alg": "None", "typ": "JWT"}), *GOOD.split(".")[1:]]
    ),
    "HS256 with the public key as PEM": hs256(PUBLIC_PEM),
    "HS256 with the public key raw": hs256(PUBLIC_RAW),
    "a key of its own in jwk": signed(
        {"alg": "EdDSA", "typ": "JWT", "jwk": {"kty": "OKP", "crv": "Ed25519"}}, CLAIMS, OTHER
    ),
    "a foreign jku": signed({"alg": "EdDSA", "jku": "https://evil.example/k"}, CLAIMS, OTHER),
    "a path as kid": signed({"alg": "EdDSA", "kid": "../../dev/null"}, CLAIMS, OTHER),
    "another node's key": signed(HEADER, CLAIMS, OTHER),
    "another spelling of the header": signed({"typ": "JWT", "alg": "EdDSA"}, CLAIMS),
    "a changed role": f"{HEADER}.{part(CLAIMS | {'role': 'gp'})}.{GOOD.split('.')[2]}",
    "another issuer": signed(HEADER, CLAIMS | {"iss": "0" * 32}),
    "another audience": signed(HEADER, CLAIMS | {"aud": "somebody-else"}),
    "audiences as a list": signed(HEADER, CLAIMS | {"aud": [CLAIMS["aud"]]}),
    "an unknown role": signed(HEADER, CLAIMS | {"role": "superuser"}),
    "an unknown claim": signed(HEADER, CLAIMS | {"admin": True}),
    "no expiry": signed(HEADER, {k: v for k, v in CLAIMS.items() if k != "exp"}),
    "expiry as text": signed(HEADER, CLAIMS | {"exp": "9999999999"}),
    "no object": signed(HEADER, [1]),
    "no JSON": signed(HEADER, b"\xff\xfe"),
    "no signature": f"{GOOD.rsplit('.', 1)[0]}.",
    "half a signature": GOOD[:-20],
    "padding": f"{GOOD}==",
    "white space": f" {GOOD}",
    "a fourth part": f"{GOOD}.x",
    "two parts": GOOD.rsplit(".", 1)[0],
    "nothing": "",
    "dots": "..",
    "not base64": f"{HEADER}.$$$$.####",
    "no ASCII": f"{HEADER}.ümläut.ß",
    "a lone surrogate": "\ud800",
    "huge": "a" * (1 << 20),
    "huge and well-formed": signed(HEADER, CLAIMS | {"reason": "x" * (1 << 16)}),
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused_with_one_sentence(token: str) -> None:
    with pytest.raises(UnauthenticatedError, match=NO_TOKEN):
        make().read(token)


def test_an_expiry_beyond_all_time_is_refused_and_no_crash() -> None:
    with pytest.raises(UnauthenticatedError, match=NO_TOKEN):
        make().read(signed(HEADER, CLAIMS | {"exp": 10**18}))


@given(st.data())
def test_one_changed_character_anywhere_is_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(GOOD) - 1))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/"
    letter = data.draw(st.sampled_from(letters).filter(lambda one: one != GOOD[place]))
    with pytest.raises(UnauthenticatedError):
        make().read(GOOD[:place] + letter + GOOD[place + 1 :])


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_refused_and_no_crash(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        make().read(text)


def test_many_tokens_are_all_read_right() -> None:
    tokens = make()
    issued = [
        tokens.issue(structs.replace(REQUEST, actor=Actor(f"u{n}", Role.GP, "")))
        for n in range(4200)
    ]
    for position in (0, 4199, 0, 100):
        assert tokens.read(issued[position]).actor.user == f"u{position}"
    for token in issued:
        tokens.read(token)
