"""Measures whether a withheld entry can be told from one that never was: `python bench/absence.py`.

In process, through the whole application. Each withheld id is asked in turn with an id that nothing
has, so that what else the machine does falls on both; the figures are medians of microseconds on
the clock, and of CPU time. They should differ by less than a twentieth either way: a reader who
measures must not learn what the answer keeps from them.
"""

import json
import statistics
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import uvloop
from msgspec import structs
from serving import Caller, gp
from table import show, title

from throughcare.app import folder
from throughcare.app.demonstration import LOADER
from throughcare.app.gateway import gateway
from throughcare.app.loading import Loader
from throughcare.app.node import Node, opened
from throughcare.demo import generate
from throughcare.model.request import Role

PEOPLE = 300
ROUNDS = 4_000
"""Times that each question is asked of what is withheld, and of what is unknown."""
RESTRICTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
    "code": "R",
}
CODE = "http://snomed.info/sct%7C"
WITHHELD, OTHERS, NOBODYS = "86406008", "86406007", "86406999"
"""Codes that withheld conditions alone have, of every second person and of all others, and one that
none has."""
OF_OTHERS = "count of these, of a code that is withheld of others"
QUESTIONS = {
    "read": "Condition/{id}",
    "version": "Condition/{id}/_history/1",
    "history": "Condition/{id}/_history",
    "validation": "Condition/{id}/$validate",
    "search by id": "Condition?_id={id}",
    "search by what refers to it": "Procedure?reason-reference=Condition/{id}",
    "search by code of one person": f"Condition?patient={{patient}}&code={CODE}{{code}}",
    "count of these": f"Condition?patient={{patient}}&code={CODE}{{code}}&_summary=count",
    OF_OTHERS: f"Condition?patient={{patient}}&code={CODE}{{code}}&_summary=count",
}


@dataclass
class Taken:
    """What one question took."""

    clock: list[int] = field(default_factory=list)
    cpu: list[int] = field(default_factory=list)


def feed() -> tuple[str, list[tuple[str, str]]]:
    """Return the GP's feed with one withheld condition a person, and (condition, person).

    Of those alone whose condition has the code `WITHHELD`.
    """
    found: list[tuple[str, str]] = []
    lines = []
    text = generate(today=date(2026, 11, 24), people=PEOPLE).files["gp.ndjson"].decode()
    for number, line in enumerate(text.splitlines()):
        bundle = json.loads(line)
        people = [e for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient"]
        if people:
            code = WITHHELD if len(found) % 2 else OTHERS
            person = people[0]["fullUrl"]
            condition = {
                "resourceType": "Condition",
                "id": f"withheld-{number:05d}",
                "meta": {"security": [RESTRICTED]},
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": code}]},
                "subject": {"reference": person},
                "recordedDate": "2026-01-02",
            }
            request = {"method": "PUT", "url": f"Condition/{condition['id']}"}
            url = f"https://node.example/fhir/Condition/{condition['id']}"
            bundle["entry"].append({"fullUrl": url, "resource": condition, "request": request})
            found.append((condition["id"], person))
        lines.append(json.dumps(bundle))
    return "\n".join(lines) + "\n", found[1::2]


async def loaded(node: Node, root: Path) -> list[tuple[str, str]]:
    """Load the feed; return (id of a withheld condition, id of its Patient)."""
    text, found = feed()
    file = root / "gp.ndjson"
    file.write_text(text)
    report = await Loader(node.admission, LOADER, source="gp").load([file], lambda _f, _p: None)
    assert report.is_clean, "the feed was not loaded"
    pairs = []
    async with node.store.snapshot() as reader:
        for id_, _ in found:
            stored = await node.records.current(reader, "Condition", id_)
            assert stored is not None
            subject = json.loads(stored.body)["subject"]["reference"]
            pairs.append((id_, subject.partition("/")[2]))
    return pairs


async def measured(
    caller: Caller, asked: str, pairs: list[tuple[str, str]], absent: str
) -> tuple[Taken, Taken]:
    """Return what the question took of what is withheld, and of what is unknown.

    `absent` is the code of the latter.
    """
    hidden, unknown = Taken(), Taken()
    for turn in range(ROUNDS + 200):
        id_, patient = pairs[turn % len(pairs)]
        # As many unknown ids as withheld ones, so that what is kept of a question is kept of both.
        nothing = f"nothings-{turn % len(pairs):05d}"[: len(id_)].ljust(len(id_), "0")
        both = [(hidden, id_, WITHHELD), (unknown, nothing, absent)]
        for taken, name, code in both if turn % 2 else reversed(both):
            path, _, query = asked.format(id=name, patient=patient, code=code).partition("?")
            clock, cpu = time.perf_counter_ns(), time.process_time_ns()
            await caller("GET", f"/fhir/{path}", query)
            spent = time.process_time_ns() - cpu, time.perf_counter_ns() - clock
            if turn >= 200:
                taken.cpu.append(spent[0])
                taken.clock.append(spent[1])
    return hidden, unknown


async def main() -> None:
    """Measure and print every question."""
    with tempfile.TemporaryDirectory() as name:
        made = folder.create(Path(name) / "node")
        async with opened(made) as node:
            pairs = await loaded(node, Path(name))
            nurse = gp(node)
            actor = replace(nurse.actor, role=Role.NURSE)
            nurse = structs.replace(nurse, actor=actor)
            caller = Caller(gateway(node), node.issue(nurse, hours=1))
            title("withheld, beside unknown")
            for what, asked in QUESTIONS.items():
                absent = OTHERS if what == OF_OTHERS else NOBODYS
                hidden, unknown = await measured(caller, asked, pairs, absent)
                for kind in ("clock", "cpu"):
                    figure, limit = (
                        statistics.median(getattr(one, kind)) / 1000 for one in (hidden, unknown)
                    )
                    show(f"{what}: withheld, unknown, {kind}", figure, limit, "<= 1.05")


if __name__ == "__main__":
    uvloop.run(main())
