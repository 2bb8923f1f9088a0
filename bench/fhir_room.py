"""Throughput of the FHIR room on Synthea bundles, beside orjson on the same bytes.

``python bench/fhir_room.py FOLDER [BUNDLES]``: FOLDER holds ``*.json.gz`` bundles. Prints, for each
step, microseconds a resource (the least of three rounds), resources a second and the ratio to
``orjson.loads`` of the same resources in the same run. Asserts nothing.
"""

import gzip
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from table import show, title

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import evaluate, index, run_view, spec, splicing, validation

ROUNDS = 3
EXTRACTION, VALIDATION = 25.0, 200.0
"""Microseconds: 40,000 and 5,000 resources a second on one processor."""
EXAMPLES = Path(__file__).parents[1] / "tests/fhir/examples/node_modules/hl7.fhir.r4.examples"
LARGEST_EXAMPLE = 200_000
"""Bytes: the few beyond are bundles of definitions of up to 30 MB."""
BELOW = "descendants().coding.where(system = 'http://loinc.org').code.count()"
VIEW: dict[str, Any] = {
    "resource": "Observation",
    "select": [
        {
            "column": [
                {"name": "key", "path": "getResourceKey()"},
                {"name": "person", "path": "subject.getReferenceKey(Patient)"},
                {"name": "at", "path": "effective.ofType(dateTime)"},
                {"name": "value", "path": "value.ofType(Quantity).value"},
                {"name": "unit", "path": "value.ofType(Quantity).code"},
            ]
        },
        {"forEach": "code.coding", "column": [{"name": "code", "path": "code"}]},
    ],
}
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def resources(folder: Path, bundles: int) -> list[bytes]:
    """Return the texts of the resources of the first bundles."""
    return [
        entry.resource
        for file in sorted(folder.glob("*.json.gz"))[:bundles]
        for entry in fhir_bytes.split_bundle(gzip.decompress(file.read_bytes()))
    ]


def hl7_examples() -> list[bytes]:
    """Return the texts of HL7's own examples; none where they are not installed."""
    files = [file for file in sorted(EXAMPLES.glob("*.json")) if file.name != "package.json"]
    return [file.read_bytes() for file in files if file.stat().st_size <= LARGEST_EXAMPLE]


def least(step: Callable[[Any], object], inputs: Sequence[Any]) -> float:
    """Return the CPU seconds of the fastest round of `step` over all inputs."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for value in inputs:
            step(value)
        rounds.append(time.process_time() - start)
    return min(rounds)


def spliced(text: bytes) -> bytes:
    """Splice a text as the doors and the record do."""
    linked = splicing.relink(fhir_bytes.compact(text), {"urn:uuid:0": "Patient/1"})
    return splicing.splice(linked, id="x", version=1, updated=MOMENT)


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1])
    texts = resources(folder, int(sys.argv[2]) if len(sys.argv) > 2 else 40)
    limit = least(orjson.loads, texts)
    parsed = [fhir_bytes.parse(text) for text in texts]
    start = time.process_time()
    spec.structure("Patient")
    spec.parameters("Patient")
    loading = time.process_time() - start
    size = sum(map(len, texts)) // len(texts)
    sys.stdout.write(f"{len(texts):,} resources of {size:,} bytes on average\n")
    sys.stdout.write(f"specification: first use {loading * 1000:.1f} ms\n")
    steps: list[tuple[str, Callable[[Any], object], Sequence[Any]]] = [
        ("orjson.loads (limit)", orjson.loads, texts),
        ("parse", fhir_bytes.parse, texts),
        ("compact", fhir_bytes.compact, texts),
        ("splice", spliced, texts),
        ("validate", validation.validate, parsed),
        ("extract", index.extract, parsed),
        ("fhirpath, a path", lambda resource: evaluate("meta.profile.first()", resource), parsed),
        ("fhirpath, all below", lambda resource: evaluate(BELOW, resource), parsed),
    ]
    sys.stdout.write(f"{'step':24}{'us each':>10}{'per second':>14}{'ratio':>8}\n")
    for name, step, inputs in steps:
        write(name, least(step, inputs), len(inputs), limit / len(texts))
    observed = [each for each in parsed if each["resourceType"] == "Observation"]
    spent = least(lambda rows: list(run_view(VIEW, rows)), [observed])
    write("view of observations", spent, len(observed), limit / len(texts))
    title("against what a resource may take, read from its text")
    for what, step, most in (
        ("search values of a resource", index.extract, EXTRACTION),
        ("validation of a resource", validation.validate, VALIDATION),
    ):
        whole = least(lambda text, step=step: step(fhir_bytes.parse(text)), texts)
        show(what, whole / len(texts) * 1e6, most, "<= 1")
    examples = hl7_examples()
    if examples:
        whole = least(validation.validate, examples)
        what = "validation of an example of HL7"
        show(what, whole / len(examples) * 1e6, VALIDATION, "<= 1")


def write(name: str, spent: float, count: int, limit: float) -> None:
    """Print a row: of seconds spent on so many resources, beside the limit for one."""
    each = spent / count
    sys.stdout.write(f"{name:24}{each * 1e6:10.1f}{1 / each:14,.0f}{each / limit:8.1f}\n")


if __name__ == "__main__":
    main()
