"""Measures what consent costs: one decision, and a search over 100,000 people.

Run: ``python bench/deciding.py [PEOPLE]``. A decision is compiled for somebody with six consents
of their own words, over the classes of entries of one record and of a whole node; then single
entries are decided by what was compiled. The search is over people of whom 5 % have directives of
their own, beside the same search where nobody has any; and beside one under section 251, where
95 % are listed because they have not opted out. CPU time of this process; of several rounds the
cheapest counts.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from table import show, title

from throughcare.consent.decide import Deciding, decide
from throughcare.consent.profile import default_text, parse
from throughcare.fhir.index import extract
from throughcare.fhir.terms import Query, TokenIs
from throughcare.model.decision import Gate, Residual
from throughcare.model.directive import Directive, PersonContext, Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import Actor, Permission, Purpose, Relationship, Request, Role
from throughcare.record import NewEntry, Records
from throughcare.record.gate import Seen, allows
from throughcare.store.protocol import Transaction
from throughcare.store.sqlite import open_store

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ROUNDS = 7
PEOPLE, APART, KINDS = 100_000, 20, 6
"""People; one in APART has directives, of one of KINDS."""
CODES = 10
SNOMED = "http://snomed.info/sct"
BATCH = 2_000


class FixedClock:
    """Always the same time: nothing here depends on it."""

    def now(self) -> datetime:
        """Return it."""
        return AT


def rule(number: int, *, permit: bool, year: int = 2024, **limits: object) -> Rule:
    """Return a rule of the Consent `number`."""
    recorded = datetime(year, 1, 1, tzinfo=UTC)
    return Rule(f"Consent/{number}", permit, recorded, **limits)  # type: ignore[arg-type]


SIX = (
    rule(1, permit=False, labels=frozenset({"PSY"})),
    rule(2, permit=True, year=2025, actors=frozenset({"RXX&role:psychiatrist"})),
    rule(3, permit=True, actors=frozenset({"RXX"}), purposes=frozenset({"TREAT"})),
    rule(4, permit=False, actors=frozenset({"dr-ex"})),
    rule(5, permit=False, data_period=(date(2014, 1, 1), date(2014, 12, 31))),
    rule(6, permit=False, custodians=frozenset({"CLINIC"})),
)
NURSE = Request(
    Actor("n", Role.NURSE, "RXX"), Purpose.TREAT, AT, Relationship.YES, Permission.GIVEN
)


def somebody(rules: tuple[Rule, ...]) -> PersonContext:
    """Return a person with a Consent for each rule."""
    said = tuple(
        Directive(each.id, 1, 1, each.recorded, active=True, rules=(each,)) for each in rules
    )
    return PersonContext(1, said)


def reworded(number: int) -> tuple[Rule, ...]:
    """Return the six of somebody who has said like nobody before: nothing of it can be kept."""
    until = date(2014, 12, 31) + timedelta(days=number)
    return tuple(
        replace(one, data_period=(date(2014, 1, 1), until)) if one.data_period else one
        for one in SIX
    )


def classes(many: int) -> dict[int, EntryClass]:
    """Return `many` classes, as a record or a node has them."""
    kinds = [
        ("Condition", Category.CONDITION),
        ("Observation", Category.VITALS),
        ("MedicationRequest", Category.MEDICINE),
        ("DocumentReference", Category.LETTER),
        ("AllergyIntolerance", Category.ALLERGY),
    ]
    labels = [frozenset[str](), frozenset({"PSY"}), frozenset({"STD"}), frozenset({"R"})]
    places = ["RXX", "B86001", "CLINIC", *(f"P{number}" for number in range(many))]
    found = {}
    for number in range(many):
        type_, category = kinds[number % len(kinds)]
        at = number // (len(kinds) * len(labels))
        label = labels[number // len(kinds) % len(labels)]
        found[number] = EntryClass(type_, category, label, places[at])
    return found


def cheapest(work: Callable[[], object], times: int) -> float:
    """Return the CPU microseconds of `work`, the cheapest round of several."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - start) / times * 1e6)
    return best


def decisions() -> None:
    """Print what deciding costs."""
    profile, person = parse(default_text()), somebody(SIX)
    others = [somebody(reworded(number)) for number in range(ROUNDS * 2_000)]
    for many, goal in ((1, "<= 1"), (20, "-"), (400, "-")):
        deciding, people = Deciding(NURSE, classes(many), profile), iter(others)
        took = cheapest(lambda of=deciding, all_=people: of.about(next(all_)), 2_000 // many)  # type: ignore[misc]
        show(f"a decision, 6 consents, {many} classes", took, 20.0, goal)
        show("  the same, for each class", took / many, 1.0)
    known = classes(400)
    own = [somebody(SIX[: 1 + number % KINDS]) for number in range(PEOPLE // APART)]

    def whole_gate() -> None:
        deciding = Deciding(NURSE, known, profile)
        for context in own:
            deciding.about(context)

    took = cheapest(whole_gate, 1) / len(own)
    show(f"each of {len(own):,} people decided apart, 400 classes", took, 20.0)
    known = classes(20)
    gate = Gate({1: decide(NURSE, person, known, profile).residual})
    rows = [Seen(1, "Condition", str(n), n % 20, n, n, None) for n in range(1_000)]
    took = cheapest(lambda: [allows(gate, row) for row in rows], 10) / len(rows)
    show("one resource, decided by what was compiled", took, 1.0, "<= 1")


def entry(subject: int) -> NewEntry:
    """Return the one condition of a person."""
    code = str(10_000 + subject % CODES)
    coding = {"system": SNOMED, "code": code}
    resource = {"resourceType": "Condition", "code": {"coding": [coding]}}
    return NewEntry(
        subject=subject,
        type="Condition",
        id=f"c{subject}",
        body=b'{"resourceType":"Condition"}',
        index=extract(resource),
        cls=classes(20)[subject % 3 * 5],
        updated=AT,
    )


async def fill(records: Records, people: int) -> None:
    """Store a condition for each person."""
    for first in range(1, people + 1, BATCH):
        entries = [entry(number) for number in range(first, min(first + BATCH, people + 1))]

        async def work(tx: Transaction, entries: list[NewEntry] = entries) -> None:
            await records.put(tx, entries)

        await records.store.transact(work)


def gates(known: dict[int, EntryClass], people: int) -> dict[str, Gate]:
    """Return the gates that are compared, by what they are."""
    profile = parse(default_text())

    def residual(rules: tuple[Rule, ...]) -> Residual:
        return decide(NURSE, somebody(rules), known, profile).residual

    plain = residual(())
    own = [residual(SIX[: 1 + number]) for number in range(KINDS)]
    apart = {number: own[number % KINDS] for number in range(1, people + 1, APART)}
    listed = {number: plain for number in range(1, people + 1) if number % APART}
    return {
        "nobody has directives": Gate({}, plain),
        "5 % have directives": Gate(apart, plain),
        "95 % are clear of opt-outs": Gate(listed, Residual()),
    }


async def searches(people: int) -> None:
    """Print what a search over everybody costs under each gate, beside the first."""
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(Path(folder) / "store.sqlite", clock=FixedClock())
        records = Records(store, FixedClock())
        await fill(records, people)
        async with store.snapshot() as reader:
            known = dict(await records.classes(reader))
        query = Query("Condition", (TokenIs("code", ((SNOMED, "10003"),)),), count=50)
        kinds = {
            "a page of 50": query,
            "a count": replace(query, count=0, summary="count"),
        }
        for what, asked in kinds.items():
            best: dict[str, float] = {}
            for _ in range(ROUNDS):
                for name, gate in gates(known, people).items():
                    async with store.snapshot() as reader:
                        start = time.process_time()
                        await records.search(reader, asked, gate)
                        took = (time.process_time() - start) * 1e6
                    best[name] = min(best.get(name, took), took)
            base = best["nobody has directives"]
            for name, took in best.items():
                goal = "<= 1.3" if name == "5 % have directives" else "-"
                show(f"{what}, {people:,} people: {name}", took, base, goal)
        await store.close()


if __name__ == "__main__":
    title("what consent costs (CPU)")
    decisions()
    asyncio.run(searches(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE))
