"""A system hands over by its key: what is taken, what is refused, and what it is told of others."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.operated import SetClock, everything, operated
from app.test_health import LEAD
from app.test_strictness import BODY_WEIGHT, observation
from doors.node_parts import condition, consent, load, patient, submission
from locality_commands import throughcare
from throughcare import cli
from throughcare.admission import handing
from throughcare.admission.rehearsing import rehearse
from throughcare.app.folder import existing
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.app.rehearsal import Rehearsing
from throughcare.app.sources import SourcesOf
from throughcare.audit import scan
from throughcare.consent import profile
from throughcare.kernel import BadInputError, DeniedError, NotFoundError, UnauthenticatedError
from throughcare.model.rehearsal import Rules
from throughcare.model.request import Actor, Role
from throughcare.model.source import Delivery, Source
from throughcare.model.submission import Method, Rejection
from throughcare.web.examples import EXAMPLES
from throughcare.web.ports import Session

NURSE = Session(Actor("nia", Role.NURSE, "RXX"), "Nia Owen", "csrf", asks_permission=True)
KNOWN, UNKNOWN = "9990000018", "9990000026"
MAPPING = """
name = "pharmacy"
source = "elsewhere"
custodian = "SOMEBODY"
columns = ["Ref", "Patient", "Item", "Date"]
[row]
key = ["Ref"]
at = "Date"
at_format = "%Y-%m-%d"
[person]
id = "Ref"
name_style = "forename surname"
name = "Patient"
[[entry]]
key = "item"
when_all = [{ column = "Item" }]
[entry.resource]
resourceType = "MedicationStatement"
status = "active"
medicationCodeableConcept = { text = "{Item}" }
subject = { reference = "{$patient}" }
"""
TABLE = (
    b"Ref,Patient,Item,Date\n"
    b"1,Rose Example,Warfarin 3 mg,2026-11-20\n2,Tom Sample,Aspirin 75 mg,2026-11-21\n"
)
PHARMACY = Source("pharmacy", "FXX01", MAPPING)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with operated(tmp_path / "node", SetClock()) as made:
        yield made


@pytest.fixture
def sources(node: Node) -> SourcesOf:
    return SourcesOf(node)


def bundle(*resources: dict[str, Any], kind: str = "transaction", **request: str) -> bytes:
    entries = [
        {
            "fullUrl": f"urn:uuid:00000000-0000-4000-8000-{number:012}",
            "resource": each,
            "request": {"method": "POST", "url": each["resourceType"], **request},
        }
        for number, each in enumerate(resources)
    ]
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries}).encode()


FIRST = "urn:uuid:00000000-0000-4000-8000-000000000000"


def counts(found: Delivery) -> tuple[int, int, int]:
    return found.stored, found.known, found.refused


async def test_every_format_is_taken_once_and_stands_in_the_custody_of_the_source(
    node: Node, sources: SourcesOf
) -> None:
    key = await sources.add(LEAD, PHARMACY)
    assert (await sources.standing(key)).first is None
    for each in EXAMPLES:
        found = await sources.hand_over(key, each.name, each.text.encode())
        assert found.taken >= 1, (each.key, found.findings)
        assert found.refused == 0, (each.key, found.findings)
        assert counts(await sources.hand_over(key, each.name, each.text.encode()))[0] == 0, each.key
    assert counts(await sources.hand_over(key, "list.csv", TABLE)) == (2, 0, 0)
    standing = await sources.standing(key)
    assert standing.first == node.clock.now()
    custody = " ".join(everything(node.folder)["entry_class"])
    assert "FXX01" in custody
    assert "RXX" not in custody
    assert "SOMEBODY" not in custody
    assert {"pharmacy"} == {row.split("'")[1] for row in everything(node.folder)["received"]}


async def test_what_is_refused_says_place_rule_and_way_out_and_is_kept(sources: SourcesOf) -> None:
    key = await sources.add(LEAD, PHARMACY)
    wrong = bundle(patient("Example", KNOWN) | {"birthDate": "03/02/1950"})
    found = await sources.hand_over(key, "Rose Example.json", wrong)
    assert counts(found) == (0, 0, 1)
    (fault,) = found.findings
    assert fault.place.startswith("entry[0]")
    assert "date" in fault.rule
    assert fault.remedy
    (standing,) = await sources.sources(LEAD)
    assert (standing.first, standing.last) == (None, found)
    for nothing in (b"", b"%PDF", b"hello", b"<Patient xmlns='http://hl7.org/fhir'><x", b"a,b,c,d"):
        assert counts(await sources.hand_over(key, "", nothing)) == (0, 0, 1), nothing
    good = await sources.hand_over(key, "", bundle(patient("Example", KNOWN)))
    assert counts(good) == (1, 0, 0)
    assert (await sources.standing(key)).first is not None


async def test_only_the_last_key_opens_and_no_key_lies_in_the_store(
    node: Node, sources: SourcesOf
) -> None:
    first = await sources.add(LEAD, PHARMACY)
    source, second = await sources.renew(LEAD, "pharmacy")
    assert source == PHARMACY
    assert (await sources.standing(second)).source == PHARMACY
    for wrong in (first, "", "guessed"):
        with pytest.raises(UnauthenticatedError):
            await sources.hand_over(wrong, "", bundle(patient("Example", KNOWN)))
    assert second not in str(everything(node.folder, ()))
    await sources.close(LEAD, "pharmacy")
    with pytest.raises(UnauthenticatedError):
        await sources.standing(second)
    assert not (await sources.sources(LEAD))[0].source.is_open
    await node.journal.settle()
    lines = [found.entry for found in scan.every(node.folder.ledger)]
    said = [each.what for each in lines if each.action == "source"]
    assert said == ["pharmacy of FXX01 added", "pharmacy has a new key", "pharmacy closed"]


async def test_only_the_it_lead_lets_a_system_in(sources: SourcesOf) -> None:
    for denied in (
        sources.add(NURSE, PHARMACY),
        sources.sources(NURSE),
        sources.renew(NURSE, "pharmacy"),
        sources.close(NURSE, "pharmacy"),
    ):
        with pytest.raises(DeniedError):
            await denied
    with pytest.raises(NotFoundError):
        await sources.renew(LEAD, "nobody")


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (Source("gp", "FXX01"), "name"),
        (Source("api-rxx", "FXX01"), "name"),
        (Source("A B", "FXX01"), "name"),
        (Source("pharmacy", "f"), "organisation"),
        (Source("pharmacy", "FXX01", "name = 1"), "mapping 1"),
        (Source("pharmacy", "FXX01", "#" * 50_000), "mapping"),
    ],
)
async def test_a_source_that_is_none_is_not_added(
    node: Node, sources: SourcesOf, source: Source, place: str
) -> None:
    await load(node, submission("gp", patient("Example", KNOWN)))
    with pytest.raises(BadInputError) as refused:
        await sources.add(LEAD, source)
    assert refused.value.place is not None
    assert refused.value.place.startswith(place)
    assert await sources.sources(LEAD) == []


async def test_a_system_is_told_nothing_of_what_others_hold(node: Node, sources: SourcesOf) -> None:
    await load(node, submission("gp", patient("Example", KNOWN) | {"id": "held"}, key="held"))
    key = await sources.add(LEAD, PHARMACY)
    other = await sources.add(LEAD, Source("rota", "FXX01"))
    for make in (
        lambda number, _: bundle(patient("Example", number), condition(FIRST)),
        lambda number, _: bundle(condition(f"Patient?identifier={number}")),
        lambda _, name: bundle(condition(f"Patient/{name}")),
        lambda _, name: json.dumps(patient("Other") | {"id": name}).encode(),
        lambda _, name: bundle(patient("Other"), method="PUT", url=f"Patient?_id={name}"),
        lambda _, name: bundle(patient("Other"), ifNoneExist=f"_id={name}"),
        lambda _, name: bundle(patient("Other"), method="DELETE", url=f"Patient/{name}"),
    ):
        there = await sources.hand_over(key, "", make(KNOWN, "held"))
        not_there = await sources.hand_over(other, "", make(UNKNOWN, "unheld"))
        assert there == not_there, (there, not_there)
    async with node.store.snapshot() as reader:
        (held,) = await node.records.current_among(reader, [("Patient", "held")])
    assert held


async def test_a_consent_is_not_handed_over_and_somebody_looks_at_it(
    node: Node, sources: SourcesOf
) -> None:
    key = await sources.add(LEAD, PHARMACY)
    sent = bundle(patient("Example", KNOWN), consent(FIRST))
    found = await sources.hand_over(key, "Rose Example.json", sent)
    assert counts(found) == (0, 0, 1)
    assert "Consent" in found.findings[0].rule
    tasks = str(everything(node.folder)["task"])
    assert "could not be taken" in tasks
    assert "Rose" not in tasks


async def test_a_file_is_tried_by_the_rules_of_who_tries_it(node: Node, sources: SourcesOf) -> None:
    key = await sources.add(LEAD, PHARMACY)
    for session in (None, NURSE):
        assert await sources.rules(session, "") == Rules()
    assert rehearse("list.csv", TABLE).accepted == 0
    for rules in (await sources.rules(LEAD, ""), await sources.rules(None, key)):
        assert rehearse("list.csv", TABLE, rules).accepted == 2
    asked = f'[validation.pharmacy]\nfaults = "usual"\nprofiles = ["{BODY_WEIGHT}"]'
    node.rules.see(profile.parse(f"{profile.default_text()}\n{asked}\n"), 1 << 40)
    weight = bundle(patient("Example"), {**observation(), "subject": {"reference": FIRST}})
    rehearsing = Rehearsing(node.folder.root)
    tried = await rehearsing.rehearse("w.json", weight, await sources.rules(None, key))
    handed = await sources.hand_over(key, "w.json", weight)
    assert (tried.accepted, handed.refused) == (0, 1)
    assert rehearse("w.json", weight).accepted == 1


async def test_a_machine_hands_over_with_its_key_and_is_answered_in_full(
    node: Node, sources: SourcesOf
) -> None:
    key = await sources.add(LEAD, PHARMACY)
    transport = httpx.ASGITransport(gateway(node))
    async with httpx.AsyncClient(transport=transport, base_url="http://node.test") as client:
        path, bearer = "/api/intake", {"authorization": f"Bearer {key}"}
        sent = await client.post(path, content=TABLE, headers=bearer)
        assert (sent.status_code, sent.json()["stored"]) == (200, 2)
        half = await client.post(path, content=TABLE + b"3,too,many,cells,here\n", headers=bearer)
        assert (half.status_code, half.json()["known"], half.json()["refused"]) == (422, 2, 1)
        assert half.json()["findings"][0]["remedy"]
        told = (await client.get(path, headers=bearer)).json()
        assert (told["source"], told["last"]["refused"]) == ("pharmacy", 1)
        for headers in ({}, {"authorization": "Bearer guessed"}):
            for method in ("GET", "POST"):
                assert (await client.request(method, path, headers=headers)).status_code == 401
        assert (await client.put(path, headers=bearer)).status_code == 404


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_is_taken_is_the_sources_own_and_whole(data: st.DataObject) -> None:
    """Oracle: every reference by an id is to an id among the items, and every method adds."""
    ids = st.sampled_from(["a", "b", "c"])
    resources = [patient(name) | {"id": name} for name in data.draw(st.sets(ids, min_size=1))]
    for name in data.draw(st.lists(ids, max_size=3)):
        resources.append(condition(f"Patient/{name}"))  # noqa: PERF401 - drawn one by one
    sent = submission("rota", *resources, ids=[f"Patient/{r.get('id')}" for r in resources])
    found = handing.own(sent, PHARMACY)
    known = {f"Patient/{r['id']}" for r in resources if "id" in r}
    whole = all(r["subject"]["reference"] in known for r in resources if "subject" in r)
    assert isinstance(found, Rejection) is not whole
    if not isinstance(found, Rejection):
        assert found.custodian == "FXX01"
        assert {item.method for item in found.items} == {Method.POST}
        assert [item.raw for item in found.items] == [item.raw for item in sent.items]


def test_sources_are_kept_by_commands_as_on_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def make() -> None:
        async with operated(tmp_path / "node", SetClock()):
            pass

    asyncio.run(make())
    root = tmp_path / "node"
    table, columns = tmp_path / "list.csv", tmp_path / "pharmacy.toml"
    table.write_bytes(TABLE)
    columns.write_text(MAPPING, "utf-8")

    def source(*words: str) -> str:
        cli.commands.main(["source", *words, "--node", str(root)], standalone_mode=False)
        return capsys.readouterr().out.strip()

    async def hand_over(key: str) -> Delivery:
        async with operated(root, SetClock()) as node:
            return await SourcesOf(node).hand_over(key, table.name, table.read_bytes())

    assert source("list") == "There is none yet: 'throughcare source add' adds one."
    first = source("add", "pharmacy", "--org", "fxx01")
    assert counts(asyncio.run(hand_over(first))) == (0, 0, 1)
    assert "read by this mapping" in source("mapping", "pharmacy", str(columns))
    assert counts(asyncio.run(hand_over(first))) == (2, 0, 0)
    second = source("key", "pharmacy")
    with pytest.raises(UnauthenticatedError):
        asyncio.run(hand_over(first))
    assert counts(asyncio.run(hand_over(second))) == (0, 2, 0)
    assert source("list").splitlines() == [
        "pharmacy of FXX01, with a mapping: first accepted 24-Nov-2026 09:00",
        "    last sent 24-Nov-2026 09:00: 0 stored, 2 stored before, 0 refused",
    ]
    assert "has no key any more" in source("retire", "pharmacy")
    with pytest.raises(UnauthenticatedError):
        asyncio.run(hand_over(second))
    assert "key taken away" in source("list")
    lines = [each.entry for each in scan.every(existing(root).ledger) if each.entry.what]
    assert [each.what for each in lines if each.action == "source"] == [
        "pharmacy of FXX01 added",
        "pharmacy has another mapping",
        "pharmacy has a new key",
        "pharmacy closed",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("key", "nobody"), "no source of this name"),
        (("mapping", "nobody", "FILE"), "no source of this name"),
        (("add", "A B", "--org", "FXX01"), "The name of a source has"),
        (("add", "rota", "--org", "F"), "The ODS code"),
        (("add", "rota", "--org", "FXX01", "--mapping", "BAD"), "mapping"),
        (("add", "rota", "--org", "FXX01", "--mapping", "LATIN"), "UTF-8"),
    ],
)
def test_a_command_that_can_not_be_done_says_why_and_changes_nothing(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    async def make() -> None:
        async with operated(tmp_path / "node", SetClock()):
            pass

    async def kept() -> list[Source]:
        async with operated(tmp_path / "node", SetClock()) as node, node.store.snapshot() as reader:
            return await node.sources.all(reader)

    asyncio.run(make())
    files = {"FILE": MAPPING.encode(), "BAD": b"name = 1", "LATIN": b'name = "\xe9"'}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    given = [str(tmp_path / word) if word in files else word for word in words]
    done = throughcare("source", *given, "--node", tmp_path / "node")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert asyncio.run(kept()) == []
