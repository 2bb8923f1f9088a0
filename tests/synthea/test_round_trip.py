"""Whole Synthea records come back as they were sent, byte for byte but for ids and references."""

import gzip
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from shared_data import shared
from throughcare.admission import owner
from throughcare.admission.naming import derived_id
from throughcare.app import folder
from throughcare.app.node import Node, opened
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import references
from throughcare.model.decision import Clause, Gate, Residual

pytestmark = pytest.mark.slow

REFERENCE = re.compile(rb'"(reference|url|valueUri|valueUrl)":"[^"]*"')


@pytest.fixture
async def node(synthea_node: Path) -> AsyncIterator[Node]:
    async with opened(folder.existing(synthea_node)) as node:
        yield node


def sent() -> Iterator[fhir_bytes.BundleEntry]:
    """Yield each entry that was loaded."""
    for name in ("synthea-2019", "synthea-2021"):
        for path in sorted(shared("fhir", name).glob("*.gz")):
            yield from fhir_bytes.split_bundle(gzip.decompress(path.read_bytes()))


def digest(text: bytes) -> bytes:
    """Return the digest of a resource without id, meta and the targets of references.

    Taken of the bytes: a decimal that lost a digit is another resource.
    """
    members = fhir_bytes.members(fhir_bytes.compact(text))
    kept = [
        name.encode() + b":" + value
        for name, value in members.items()
        if name not in {"id", "meta"}
    ]
    return sha256(REFERENCE.sub(rb'"\1":""', b",".join(kept))).digest()


async def test_every_entry_reads_back_as_it_was_sent(node: Node) -> None:
    """An organisation stands in many bundles, in several versions: one of them is stored."""
    forms: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    for entry in sent():
        kind = fhir_bytes.members(entry.resource)["resourceType"].decode().strip('"')
        forms[kind, derived_id("gp", entry.full_url)].add(digest(entry.resource))
    assert len(forms) > 90_000
    async with node.store.snapshot() as reader:
        for (kind, id_), digests in forms.items():
            stored = await node.records.current(reader, kind, id_)
            assert stored is not None, (kind, id_)
            assert digest(stored.body) in digests, (kind, id_)
    clinical = [digests for (kind, _), digests in forms.items() if kind not in owner.DIRECTORY]
    assert all(len(digests) == 1 for digests in clinical)


async def test_every_reference_resolves(node: Node) -> None:
    async with node.store.snapshot() as reader:
        classes = await node.records.classes(reader)
        whole = Gate(others=Residual((Clause(frozenset(classes)),)))
        people = await node.persons.people(reader)
        subjects = [0, *(record.subject for record in people)]
        wanted: set[str] = set()
        for subject in subjects:
            for stored in await node.records.of_subjects(reader, [subject], whole):
                found = references.of(fhir_bytes.parse(stored.body))
                wanted |= {target for _, target in found if not target.startswith("#")}
        assert len(wanted) > 10_000
        assert not {target for target in wanted if target.count("/") != 1}
        visible = await node.records.visible(reader, sorted(wanted), whole)
        assert wanted - visible == set()
