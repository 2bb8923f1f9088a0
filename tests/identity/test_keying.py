"""Records that a release before gave other keys are found, and get those of this one."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from identity import aged
from identity.fixtures_index import Bench, Counting, Ticking, benches
from identity.people_made import ANNE, BRIAN, who
from store.engines import each_kind
from throughcare.identity import PersonIndex, keying
from throughcare.identity.compare import WAY, Demographics, former_keys, keys
from throughcare.model.person import PersonQuery

PEOPLE = {
    "anne": who(nhs=ANNE, sex="female", postcode="LS12 4QT", phone="07700 900846"),
    "brian": who("Brian", "Okafor", "1951-02-28", nhs=BRIAN, sex="male", postcode="YO1 9AA"),
    "grace": who("Grace", "Hall-Jones", "1999-12-31", postcode="LS12 4QT"),
}


class Later(Counting):
    """Ids of a process that goes on."""

    def __init__(self) -> None:
        """Start beyond what others gave."""
        self.count = 100


Rows = set[tuple[object, object]]


@pytest.fixture(params=each_kind)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Open an empty index."""
    async for one in benches(request.param, tmp_path):
        yield one


async def stored(bench: Bench) -> Rows:
    """Return all keys with their subjects."""
    async with bench.store.whole() as reader:
        return {
            (h, subject)
            for h, subject in await reader.query("SELECT h, subject FROM match_key", ())
        }


async def age(bench: Bench) -> None:
    """Make the index what the release before would have left, in a process that starts anew."""
    await bench.store.transact(aged.age)
    bench.index = PersonIndex(Ticking(), Later())


async def old(bench: Bench) -> None:
    """Place some people, and make it as if the release before had."""
    for name, known in PEOPLE.items():
        await bench.place("gp", name, known)
    await age(bench)


async def rekeyed(bench: Bench) -> list[int]:
    """Give all records their keys; return how far each step came."""
    steps = []
    while (found := await bench.store.transact(keying.rekey)) is not None:
        steps.append(found)
    return steps


def of(known: Demographics, subject: int, *, former: bool = False) -> Rows:
    """Return the rows of a record's keys."""
    return {(h, subject) for h in (former_keys(known) if former else keys(known))}


async def test_a_new_store_needs_no_other_keys(bench: Bench) -> None:
    async with bench.store.whole() as reader:
        rows = await reader.query("SELECT way, reached FROM keyed", ())
        assert set(rows) == {(WAY, keying.ALL)}
    await bench.place("gp", "anne", PEOPLE["anne"])
    assert await stored(bench) == of(PEOPLE["anne"], 1)


async def test_who_came_to_the_release_before_is_met_and_found(bench: Bench) -> None:
    await old(bench)
    await bench.place(
        "hospital", "other", who("Grace", "Hall-Jones", "1999-12-31", postcode="LS12 4QT")
    )
    assert {"grace", "other"} in await bench.sets()
    query = PersonQuery(given="Grace", family="Hall-Jones", born=date(1999, 12, 31))
    async with bench.store.snapshot() as reader:
        found = (await bench.index.find(reader, query)).persons
        assert len(found) == 1
        alike = await bench.index.likenesses(reader, PEOPLE["grace"])
    assert found[0] in {each.person for each in alike.found}


async def test_until_all_have_them_a_record_has_the_former_keys_too(bench: Bench) -> None:
    await old(bench)
    new = who("Wendy", "Abel", "1988-08-08")
    await bench.place("gp", "wendy", new)
    assert {row for row in await stored(bench) if row[1] == 4} == of(new, 4) | of(
        new, 4, former=True
    )


async def test_what_is_said_anew_meanwhile_leaves_no_key_behind(bench: Bench) -> None:
    await old(bench)
    moved = replace(PEOPLE["anne"], phones=("07700900111",))
    await bench.place("gp", "anne", moved)
    assert await rekeyed(bench) == [3]
    known = moved.after(PEOPLE["anne"])
    assert {row for row in await stored(bench) if row[1] == 1} == of(known, 1)


async def test_all_get_their_keys_and_no_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await old(bench)
    monkeypatch.setattr(keying, "TOGETHER", 2)
    assert await bench.store.transact(keying.rekey) == 2
    await bench.place("hospital", "late", who("Wendy", "Abel", "1988-08-08"))
    updated = replace(PEOPLE["brian"], phones=("07700900222",))
    await bench.place("gp", "brian", updated)  # has its keys already
    assert await rekeyed(bench) == [4, 4]
    assert await bench.store.transact(keying.rekey) is None
    expected = [PEOPLE["anne"], updated.after(PEOPLE["brian"]), PEOPLE["grace"]]
    expected.append(who("Wendy", "Abel", "1988-08-08"))
    rows = [of(known, subject) for subject, known in enumerate(expected, 1)]
    assert await stored(bench) == set().union(*rows)


def test_keys_are_what_this_way_makes_them() -> None:
    """Fails where any record gets other keys: raise WAY, with a migration of `keyed`."""
    made = sorted(h for known in PEOPLE.values() for h in keys(known))
    assert hashlib.sha256(repr(made).encode()).hexdigest()[:16] == "86f0619219a2fc5b"


def test_keys_of_one_birth_date_home_or_phone_lie_together() -> None:
    known = PEOPLE["anne"]
    places = {h >> 32 for h in keys(known)}
    assert len(keys(known)) == len(former_keys(known)) > len(places) + 4
    other = who("Zoe", "Quill", str(known.born))
    assert places & {h >> 32 for h in keys(other)}
