"""A launch is good for its node, for minutes, and once."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.actors.launches import LONGEST_LIFE, Launch, Launches, made, sign
from throughcare.app.system import RandomIds
from throughcare.kernel import UnauthenticatedError
from throughcare.model.request import Role
from throughcare.store.protocol import Store, Transaction

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NODE = "0123456789abcdef0123456789abcdef"
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


@dataclass
class At:
    """A clock that stands."""

    at: datetime = NOW

    def now(self) -> datetime:
        """Return its time."""
        return self.at


def launches(at: datetime = NOW, node: str = NODE) -> Launches:
    return Launches(node, {"surgery": KEY.public_key()}, At(at))


def launch(**changed: object) -> Launch:
    fresh = made(
        RandomIds(),
        NOW,
        system="surgery",
        node=NODE,
        user="demo-gp",
        role=Role.GP,
        patient="edith-1",
        reason="consultation",
    )
    return msgspec.structs.replace(fresh, **changed)


def test_what_a_known_system_signed_is_read() -> None:
    given_ = launch()
    assert launches().read(sign(KEY, given_)) == given_


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"iss": "elsewhere"}, NOW),
        ({"aud": "f" * 32}, NOW),
        ({"exp": int((NOW + LONGEST_LIFE + timedelta(seconds=1)).timestamp())}, NOW),
        ({"exp": int(NOW.timestamp())}, NOW - timedelta(seconds=1)),
        ({}, NOW + LONGEST_LIFE),
        ({}, NOW - timedelta(minutes=2)),
    ],
)
def test_another_system_node_or_time_is_refused(changed: dict[str, object], at: datetime) -> None:
    with pytest.raises(UnauthenticatedError, match="Start again from your system"):
        launches(at).read(sign(KEY, launch(**changed)))


def test_another_key_is_refused() -> None:
    with pytest.raises(UnauthenticatedError):
        launches().read(sign(OTHER, launch()))


@pytest.mark.parametrize(
    "changed", [{"jti": "short"}, {"patient": "../x"}, {"reason": ""}, {"sub": "x" * 201}]
)
def test_claims_of_another_form_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(UnauthenticatedError):
        launches().read(sign(KEY, launch(**changed)))


@given(st.data())
@settings(max_examples=50)
def test_a_letter_that_is_changed_anywhere_is_refused(data: st.DataObject) -> None:
    text = sign(KEY, launch())
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("Aa0.-_=é").filter(lambda each: each != text[at]))
    with pytest.raises(UnauthenticatedError):
        launches().read(text[:at] + letter + text[at + 1 :])


async def test_of_many_who_use_one_at_once_one_succeeds(store: Store) -> None:
    one = launch()

    async def use() -> bool:
        async def work(tx: Transaction) -> None:
            await launches().use(tx, one)

        try:
            await store.transact(work)
        except UnauthenticatedError:
            return False
        return True

    assert sorted(await asyncio.gather(*[use() for _ in range(8)])) == [False] * 7 + [True]


async def test_what_was_used_is_remembered_until_it_expires_and_no_longer(store: Store) -> None:
    one = launch()

    async def use(tx: Transaction, at: datetime, which: Launch) -> None:
        await launches(at).use(tx, which)

    await store.transact(lambda tx: use(tx, NOW, one))
    with pytest.raises(UnauthenticatedError):
        await store.transact(lambda tx: use(tx, NOW + LONGEST_LIFE - timedelta(seconds=1), one))
    await store.transact(lambda tx: use(tx, NOW + LONGEST_LIFE, launch()))
    with pytest.raises(UnauthenticatedError):  # by its time: what is remembered is gone
        launches(NOW + LONGEST_LIFE).read(sign(KEY, one))
