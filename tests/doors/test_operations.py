"""Operations on records, on each engine: what they give is what a naive reader may see."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from doors.node_parts import asks, condition, consent, load, names, node_in, patient, submission
from store.engines import locked_too
from throughcare.app.demonstration import LOADER
from throughcare.app.loading import Loader
from throughcare.app.node import Node
from throughcare.disclosure.exporting.job import Job, Level, State, Wish
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import query
from throughcare.fhir.validation import has_errors, validate
from throughcare.kernel import NotFoundError
from throughcare.model.extent import Extent
from throughcare.model.request import Purpose, Request, Role

pytestmark = pytest.mark.parametrize("engine", locked_too, indirect=True)

RESEARCHER = asks(Role.RESEARCHER, Purpose.HRESCH, organisation="RUNI")
ACTOR = {
    "role": {"coding": [{"code": "IRCP"}]},
    "reference": {"identifier": {"value": "RUNI"}},
}
AGREES = {"type": "permit", "actor": [ACTOR], "purpose": [{"code": "HRESCH"}]}


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as made:
        yield made


@pytest.fixture
async def moss(node: Node) -> str:
    """Load a person of two sources who agrees to research, and one who said nothing."""
    url = "urn:gp:Moss"
    stated = [condition(url, "195967001"), consent(url, provision=AGREES)]
    gp = submission("gp", patient("Moss", "9990000018"), *stated)
    hospital = submission(
        "hospital", patient("Moss", "9990000018"), condition("urn:hospital:Moss", "38341003")
    )
    other = submission(
        "gp",
        patient("Stone", "9990000026", birthDate="1970-01-02"),
        condition("urn:gp:Stone"),
        key="2",
    )
    outcomes = await load(node, gp, hospital, other)
    return names(outcomes[0])[0].removeprefix("Patient/")


async def finished(node: Node, request: Request, wish: Wish) -> Job:
    job = await node.operations.exports.begin(request, wish)
    for _ in range(1000):
        job = node.operations.exports.status(request, job.id)
        if job.state is not State.UNDER_WAY:
            return job
        await asyncio.sleep(0.01)
    raise TimeoutError


async def lines(node: Node, request: Request, job: Job) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for number, part in enumerate(job.parts):
        file = await node.operations.exports.file(request, job.id, number)
        found.setdefault(part.type, []).extend(entry.body for entry in file.entries)
    return found


async def test_an_export_is_who_agrees_and_can_be_loaded_elsewhere(
    node: Node, moss: str, tmp_path: Path
) -> None:
    job = await finished(node, RESEARCHER, Wish("http://node", Level.PATIENTS))
    found = await lines(node, RESEARCHER, job)
    assert {type_: len(bodies) for type_, bodies in found.items()} == {"Patient": 2, "Condition": 2}
    assert moss in {orjson.loads(body)["id"] for body in found["Patient"]}
    async with node.store.snapshot() as reader:
        ground = await node.disclosure.ground(reader, RESEARCHER)
        naive: dict[str, list[bytes]] = {}
        for subject in range(10):
            for entry in await node.records.extent(reader, [subject], ground.gate, Extent()):
                naive.setdefault(entry.type, []).append(entry.body)
    assert found == naive
    files = []
    for type_, bodies in found.items():
        files.append(tmp_path / f"{type_}.ndjson")
        files[-1].write_bytes(b"".join(body + b"\n" for body in bodies))
    async with node_in(tmp_path / "elsewhere") as elsewhere:
        loader = Loader(elsewhere.admission, LOADER, source="export")
        report = await loader.load(files, lambda _found, _part: None)
        assert report.is_clean, report
        async with elsewhere.store.snapshot() as reader:
            assert await elsewhere.records.count(reader) == {"Patient": 2, "Condition": 2}


async def test_everything_and_the_last_are_of_the_whole_person(node: Node, moss: str) -> None:
    wholes = node.operations.wholes
    whole = await wholes.everything(asks(), moss)
    assert sorted(each.type for each in whole.entries) == ["Condition"] * 2 + ["Patient"] * 2
    met, after = [], ""
    for _ in range(4):
        page = await wholes.everything(asks(), moss, Extent(count=1, after=after))
        met += [each.id for each in page.entries]
        after = page.next
    assert after == ""
    assert met == [each.id for each in whole.entries]
    asked = query.parse("Observation", [("patient", moss), ("category", "vital-signs")])
    assert (await wholes.last(asks(), asked, 1)).entries == ()


async def test_a_summary_is_a_valid_document_of_both_sources(node: Node, moss: str) -> None:
    text = await node.operations.documents.summary(asks(), moss, "http://node/fhir")
    document = fhir_bytes.parse(text)
    assert not has_errors(validate(document))
    types = [entry["resource"]["resourceType"] for entry in document["entry"]]
    assert types[0] == "Composition"
    assert types.count("Condition") == types.count("Patient") == 2
    with pytest.raises(NotFoundError):
        await node.operations.documents.summary(asks(), "nobody", "http://node/fhir")


async def test_a_description_finds_its_person_once(node: Node, moss: str) -> None:
    described = patient("Moss", "9990000018")
    found = await node.operations.matching.match(asks(), described, certain=True, most=10)
    assert [each.grade for each in found.likely] == ["certain"]
    whole = await node.operations.wholes.everything(asks(), found.likely[0].patient.id)
    assert moss in {each.id for each in whole.entries}
