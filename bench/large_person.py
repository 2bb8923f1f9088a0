"""Makes a person of a demo node large: Synthea's longest records, given to one identity."""

import gzip
import tempfile
from pathlib import Path
from typing import Any

import orjson

from throughcare.app import folder
from throughcare.app.loading import Found, Loader
from throughcare.app.node import Node, opened
from throughcare.model.request import Actor, Role

LOADER = Actor("bench", Role.IT_LEAD, "")
_OWN = "urn:uuid:00000000-0000-4000-8000-000000000001"
_NOT_CLINICAL = "*Information*.json.gz"


def feed(bundles: Path, patient: dict[str, Any], most: int) -> bytes:
    """Return a transaction Bundle of `most` entries about `patient`, from the largest of `bundles`.

    Every Patient of theirs is left out, and what refers to one refers to `patient`.
    """
    left_out = _others(bundles)
    texts = [
        gzip.decompress(path.read_bytes())
        for path in sorted(bundles.glob("*.json.gz"))
        if path not in left_out
    ]
    request = {"method": "POST", "url": "Patient"}
    entries = {_OWN: {"fullUrl": _OWN, "resource": patient, "request": request}}
    for text in sorted(texts, key=lambda each: each.count(b'"fullUrl"'), reverse=True):
        if len(entries) >= most:
            break
        entries |= {entry["fullUrl"]: entry for entry in _of_one(text)}
    assert len(entries) >= most, f"{bundles} holds {len(entries)} entries, not {most}"
    kept = list(entries.values())[:most]
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": kept})


def _of_one(text: bytes) -> list[dict[str, Any]]:
    first: list[dict[str, Any]] = orjson.loads(text)["entry"]
    for entry in first:
        if entry["resource"]["resourceType"] == "Patient":
            text = text.replace(entry["fullUrl"].encode(), _OWN.encode())
    whole: list[dict[str, Any]] = orjson.loads(text)["entry"]
    return [entry for entry in whole if entry["resource"]["resourceType"] != "Patient"]


async def enlarge(root: Path, bundles: Path, patient: dict[str, Any], most: int) -> int:
    """Load `most` entries about `patient`, who is known to the node, and return how many came in.

    Fails if the node took them for somebody else's.
    """

    def progress(_found: Found, _part: float) -> None:
        """Show nothing."""

    async with opened(folder.existing(root)) as node:
        known = await _people(node)
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "large.json"
            path.write_bytes(feed(bundles, patient, most))
            loader = Loader(node.admission, LOADER, source="gp")
            report = await loader.load([*_others(bundles), path], progress)
        assert await _people(node) == known, "the entries were not linked to the person"
        assert report.is_clean, report
    return most


def _others(bundles: Path) -> list[Path]:
    return sorted(bundles.glob(_NOT_CLINICAL))


async def _people(node: Node) -> int:
    async with node.store.snapshot() as reader:
        return len({row.person_id for row in await node.persons.people(reader)})
