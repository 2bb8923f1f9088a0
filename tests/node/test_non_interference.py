"""What is withheld leaves no trace: two nodes that differ in it alone answer alike."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from node.conftest import Served, start, stop
from node.withheld.pair import differences
from node.withheld.questions import KINDS
from throughcare.app import folder
from throughcare.app.demonstration import LOADER
from throughcare.app.loading import Loader
from throughcare.app.node import opened
from throughcare.demo import generate
from web.memory import CountedIds

TODAY = date(2026, 11, 24)
CALLUM = "9999756662"
NUMBER = f"identifier=https://fhir.nhs.uk/Id/nhs-number|{CALLUM}"
DEPRESSION = "http://snomed.info/sct|35489007"
QUERIES = (
    "Condition?_summary=count",
    "Condition?_count=5&_sort=recorded-date",
    "Condition?_count=5&_sort=-_lastUpdated",
    f"Condition?code={DEPRESSION}",
    f"Condition?patient.{NUMBER}",
    f"Patient?_has:Condition:patient:code={DEPRESSION}",
    f"Patient?{NUMBER}&_revinclude=Condition:patient",
    "Condition?_include=Condition:patient&_count=7",
    f"Patient?{NUMBER}",
    "Observation?_summary=count",
    "Condition?code:text=depress",
    "Condition?code:missing=true",
    "Condition?_security=R",
    "Condition?code:text=depress&_sort=-code",
    "Condition?_filter=code eq 35489007 or code:text co x",
    "Condition?_filter=not (code eq 35489007)&_total=accurate",
    "Condition?_sort=code,-subject,recorded-date&_count=5",
    "Condition?code:not=35489007&_summary=count",
    "Condition?_sort=-recorder&_count=6",
    f"Patient?_filter={NUMBER.replace('=', ' eq ')}&_revinclude:iterate=*",
    f"Patient?_has:Condition:patient:code:text=depress&{NUMBER}",
    "Condition?_include=*&_include:iterate=Patient:general-practitioner&_count=9",
    "?_type=Condition,Observation&_sort=-_lastUpdated&_count=20",
    "?_type=Condition,Patient&_summary=count",
    f"Patient?{NUMBER}&_revinclude=Condition:subject&_explain=true",
    "Observation?combo-code-value-quantity=8480-6$gt100&_sort=-combo-value-quantity&_count=10",
    "Condition?_list=current",
    f"Observation/$lastn?patient.{NUMBER}&category=vital-signs&max=3",
    "_history?_count=10",
    "Condition/_history?_count=3",
    "Condition/_history?_since=2026-11-24&_elements=code&_count=4",
    "_history?_at=2026-11-24&_summary=true&_format=json",
    "Nonsense?x=1",
)
OF_CALLUM = (
    "$everything",
    "$everything?_count=3",
    "$everything?_type=Condition&start=2020",
    "$summary",
)
MADE_NOW = re.compile(rb'urn:uuid:[0-9a-f-]{36}|"(?:timestamp|date)":"[^"]*"')
"""What each summary has of its own: its names and its moment."""
PLACE = re.compile(rb"_after=([\w-]+)")
"""The place of the next page: encrypted under a key of each node, so only its length can tell."""


class StillClock:
    """Always nine o'clock: both nodes load at the same moment."""

    def now(self) -> datetime:
        """Return that."""
        return datetime(2026, 11, 24, 9, tzinfo=UTC)


def feed(*, with_restricted: bool) -> str:
    """Return the GP's feed, with or without the one condition that the GP restricted."""
    text = generate(today=TODAY, people=12).files["gp.ndjson"].decode()
    lines = []
    for line in text.splitlines():
        bundle = json.loads(line)
        bundle["entry"] = [
            entry
            for entry in bundle["entry"]
            if with_restricted or "security" not in entry["resource"].get("meta", {})
        ]
        lines.append(json.dumps(bundle))
    return "\n".join(lines) + "\n"


async def load(node: Path, text: str) -> None:
    made = folder.create(node)
    gp = node.parent / f"{node.name}.ndjson"
    gp.write_text(text)
    async with opened(made, clock=StillClock(), ids=CountedIds()) as opened_node:
        report = await Loader(opened_node.admission, LOADER, source="gp").load(
            [gp], lambda _found, _part: None
        )
    assert report.is_clean
    assert report.tallies["gp"].stored > 10


@pytest.fixture
async def pair(tmp_path: Path) -> list[Path]:
    nodes = [tmp_path / "with", tmp_path / "without"]
    texts = [feed(with_restricted=True), feed(with_restricted=False)]
    assert len(texts[0]) > len(texts[1])
    for node, text in zip(nodes, texts, strict=True):
        await load(node, text)
    return nodes


def answers(client: httpx.Client, url: str) -> Iterator[bytes]:
    """Yield status, headers and body of `url` and all the pages after it, without the address."""
    while url:
        # Packed, an answer would be as long as its places and addresses happen to be.
        reply = client.get(url, headers={"accept-encoding": "identity"})
        kept = {
            name: value
            for name, value in reply.headers.items()
            if name not in {"date", "x-request-id"}
        }
        here = str(client.base_url).split("/fhir")[0].encode()
        body = PLACE.sub(_sealed, reply.content.replace(here, b""))
        yield json.dumps([reply.status_code, kept]).encode() + body
        links = reply.json().get("link", [])
        url = next((link["url"] for link in links if link["relation"] == "next"), "")


def of_callum(client: httpx.Client) -> Iterator[tuple[str, list[bytes]]]:
    """Yield what operations on Callum's record answer, and whom his description finds."""
    (first, *_) = client.get(f"Patient?{NUMBER}").json()["entry"]
    for asked in OF_CALLUM:
        pages = answers(client, f"Patient/{first['resource']['id']}/{asked}")
        yield asked, [MADE_NOW.sub(b"", page) for page in pages]
    described = {name: first["resource"][name] for name in ("resourceType", "name", "birthDate")}
    parameter = {"name": "resource", "resource": described}
    body = {"resourceType": "Parameters", "parameter": [parameter]}
    found = client.post("Patient/$match", json=body)
    yield "$match", [found.content.replace(str(client.base_url).encode(), b"")]


def _sealed(place: re.Match[bytes]) -> bytes:
    return b"_after=%d characters" % len(place[1])


@pytest.mark.server
def test_two_nodes_that_differ_in_what_is_withheld_answer_alike(pair: list[Path]) -> None:
    found = []
    for node in pair:
        process, base = start(node)
        try:
            with Served(node, base).client("nurse", "TREAT", "--org", "RXX") as nurse:
                found.append({url: list(answers(nurse, url)) for url in QUERIES})
                found[-1] |= {f"Callum's {url}": pages for url, pages in of_callum(nurse)}
            with Served(node, base).client("gp", "TREAT", "--org", "M99001") as gp:
                found[-1]["the GP's own"] = list(answers(gp, f"Condition?code={DEPRESSION}"))
        finally:
            stop(process)
    assert any(len(pages) > 2 for pages in found[0].values())
    for url in found[0].keys() - {"the GP's own"}:
        assert found[0][url] == found[1][url], url


STORES = 24
"""Random stores of the short form; `node.withheld` runs any number."""


@pytest.mark.slow
async def test_no_answer_about_a_random_store_tells_what_is_withheld() -> None:
    withheld, asked = 0, set[str]()
    for seed in range(1, STORES + 1):
        case = await differences(seed, 40)
        assert not case.found, "\n".join(map(str, case.found))
        withheld += len(case.withheld)
        asked.update(case.asked)
    assert withheld > 10 * STORES
    ways = {"another user's page", "bulk export", "table as csv", "pages", "PDF", "match review"}
    assert asked >= KINDS.keys() | ways
