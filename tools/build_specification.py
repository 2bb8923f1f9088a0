"""Build the specification pack: FHIR R4 (4.0.1) as compact data, shipped in the wheel.

Run from the root of the repository: ``python tools/build_specification.py``. It fetches the npm
package ``hl7.fhir.r4.examples`` 4.0.1 (CC0) with ``npm pack``, or takes ``--package FILE.tgz``, and
writes ``src/throughcare/fhir/specification/*.json.zst``. The same package gives the same bytes.

Formats (read by `throughcare.fhir.spec`):

- ``structures``: ``{"types": {name: [kind, base, elements]}, "constraints": {key: [severity, human,
  expression]}, "primitives": {name: regex}}``; an element is ``[path below the type, min, max (0 is
  unbounded), [types], [target types of references], required value set, content reference,
  [constraint keys]]``, trailing empty members left out.
- ``search``: ``{"parameters": [[code, type, [bases], expression, [targets], url, [[code,
  expression] of each component]]], "compartments": {type: {resource type: [codes]}}}``.
- ``terminology``: ``{value set: [[system, [codes]], ...] or null}`` for each value set that some
  element requires; null is a value set that no list can hold (media types, UCUM).
- ``extensions``: ``{url: [[contexts], 1 for a modifier, content]}``; content is ``[[types of the
  value], [[url of a part, min, max (0 is unbounded), content], ...]]``.
- ``views``: ``{type: [[paths of elements in a summary], [paths of those that modify]]}``.
- ``profiles``: StructureDefinitions with their differentials, without texts for people.
"""

import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import zstandard

PACKAGE = "hl7.fhir.r4.examples@4.0.1"
TARGET = Path(__file__).resolve().parents[1] / "src/throughcare/fhir/specification"
PROFILE_BASE = "http://hl7.org/fhir/StructureDefinition/"
REGEX = PROFILE_BASE + "regex"
FHIR_TYPE = PROFILE_BASE + "structuredefinition-fhir-type"
EXAMPLES = {"example", "example-extension", "example-reference"}
"""Search parameters that only illustrate the form of one."""
SIMPLE = PROFILE_BASE + "SimpleQuantity"
NO_COMPARATOR = ["error", "The comparator is not used on a SimpleQuantity", "comparator.empty()"]
"""The invariant (sqty-1) that SimpleQuantity, a profile that R4's own elements name, adds."""
EVERYWHERE = {"ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6"}
"""Constraints repeated on every element or resource: kept on their own type only."""

Json = Any


def fetch(folder: Path) -> Path:
    """Fetch the package with npm, as its user has configured it, and return the tarball."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is not installed: install it, or pass --package FILE.tgz")
    subprocess.run([npm, "pack", "--silent", PACKAGE], cwd=folder, check=True)
    return next(folder.glob("*.tgz"))


def resources(tarball: Path) -> Iterator[Json]:
    """Yield the package's definitions, in the order of their file names."""
    wanted = {"StructureDefinition", "SearchParameter", "CompartmentDefinition"}
    wanted |= {"ValueSet", "CodeSystem"}
    with tarfile.open(tarball) as archive:
        members = sorted(archive.getmembers(), key=lambda member: member.name)
        for member in members:
            if Path(member.name).name.split("-")[0] in wanted:
                file = archive.extractfile(member)
                if file is not None:
                    yield orjson.loads(file.read())


def trimmed(row: list[Json]) -> list[Json]:
    """Leave out empty members at the end of an element row."""
    while len(row) > 3 and not row[-1]:  # noqa: PLR2004 - path, min and max always stand
        row.pop()
    return row


def type_code(kind: Json) -> str:
    """Return the FHIR type of an element's type entry (ids are FHIRPath strings in R4)."""
    code: str = kind["code"]
    if code.startswith("http://hl7.org/fhirpath/"):
        for extension in kind.get("extension", ()):
            if extension["url"] == FHIR_TYPE:
                return str(extension["valueUrl"])
    return code


def constraint_key(name: str, rule: Json, constraints: dict[str, Json]) -> str:
    """Keep an invariant and return its key: ``key@Type`` where another type's has the same key."""
    row = [rule["severity"], rule["human"], rule.get("expression", "")]
    key: str = rule["key"]
    if constraints.setdefault(key, row)[2] != row[2]:
        key = f"{key}@{name}"
        constraints[key] = row
    return key


def element_row(name: str, element: Json, known: dict[str, Json]) -> list[Json]:
    """Return an element definition as a row (see the module); keep its invariants in `known`.

    The snapshots call a resource's id a string; the text of the standard (2.27.3) calls it an id.
    """
    kinds = element.get("type", [])
    targets = sorted(
        {
            profile.removeprefix(PROFILE_BASE)
            for kind in kinds
            if kind["code"] == "Reference"
            for profile in kind.get("targetProfile", ())
        }
    )
    binding = element.get("binding", {})
    required = binding.get("valueSet", "") if binding.get("strength") == "required" else ""
    path = element["path"].removeprefix(name).removeprefix(".")
    is_resource_id = element.get("base", {}).get("path") == "Resource.id"
    constraints = [
        constraint_key(name, rule, known)
        for rule in element.get("constraint", ())
        if not path or rule["key"] not in EVERYWHERE
    ]
    if any(SIMPLE in kind.get("profile", ()) for kind in kinds):
        constraints.append("sqty-1")
        known["sqty-1"] = NO_COMPARATOR
    return trimmed(
        [
            path,
            element["min"],
            0 if element["max"] == "*" else int(element["max"]),
            ["id"] if is_resource_id else sorted({type_code(kind) for kind in kinds}),
            targets,
            required.split("|")[0],
            element.get("contentReference", "").removeprefix("#"),
            constraints,
        ]
    )


def structures(definitions: list[Json]) -> Json:
    """Return types, constraints and primitives of the base definitions (no profiles)."""
    types: dict[str, Json] = {}
    constraints: dict[str, Json] = {}
    primitives: dict[str, str] = {}
    for definition in definitions:
        if definition["kind"] == "logical" or definition.get("derivation") == "constraint":
            continue
        name = definition["type"]
        elements = definition["snapshot"]["element"]
        if definition["kind"] == "primitive-type":
            primitives[name] = next(
                (
                    extension["valueString"]
                    for extension in elements[-1]["type"][0].get("extension", ())
                    if extension["url"] == REGEX
                ),
                "",
            )
            continue
        base = definition.get("baseDefinition", "").removeprefix(PROFILE_BASE)
        rows = [element_row(name, row, constraints) for row in elements]
        types[name] = [definition["kind"], base, rows]
    return {"types": types, "constraints": constraints, "primitives": primitives}


def search(parameters: list[Json], compartments: list[Json]) -> Json:
    """Return search parameters and compartments."""
    codes = {parameter["url"]: parameter["code"] for parameter in parameters if "url" in parameter}
    rows = [
        [
            parameter["code"],
            parameter["type"],
            parameter["base"],
            parameter.get("expression", ""),
            parameter.get("target", []),
            parameter["url"],
            [
                [codes[part["definition"]], part["expression"]]
                for part in parameter.get("component", ())
            ],
        ]
        for parameter in parameters
        if parameter.get("base") and parameter["id"] not in EXAMPLES
    ]
    members = {
        compartment["code"]: {
            member["code"]: member["param"]
            for member in compartment["resource"]
            if "param" in member
        }
        for compartment in compartments
        if compartment["id"] != "example"
    }
    return {"parameters": rows, "compartments": members}


def concepts(rows: list[Json]) -> Iterator[str]:
    """Yield the codes of a code system, children after their parents."""
    for row in rows:
        yield row["code"]
        yield from concepts(row.get("concept", ()))


def descendants(rows: list[Json], code: str, *, inside: bool = False) -> Iterator[str]:
    """Yield `code` and what is below it, by nesting or by ``subsumedBy``."""
    for row in rows:
        here = inside or row["code"] == code
        here = here or any(
            item["code"] == "subsumedBy" and item.get("valueCode") == code
            for item in row.get("property", ())
        )
        if here:
            yield row["code"]
        yield from descendants(row.get("concept", ()), code, inside=here)


class Terminology:
    """Expands value sets over the code systems of the package."""

    def __init__(self, value_sets: list[Json], code_systems: list[Json]) -> None:
        """Know the package's value sets and code systems by their urls."""
        self.value_sets = {row["url"]: row for row in value_sets}
        self.code_systems = {
            row["url"]: row for row in code_systems if row.get("content") == "complete"
        }

    def included(self, part: Json) -> dict[str, list[str]] | None:
        """Return the codes of one include or exclude by system; None if it can't be listed."""
        if "valueSet" in part:
            return self.united(part["valueSet"])
        system = part["system"]
        if "concept" in part:
            return {system: [row["code"] for row in part["concept"]]}
        known = self.code_systems.get(system)
        return None if known is None else self.filtered(system, known.get("concept", []), part)

    def united(self, urls: list[str]) -> dict[str, list[str]] | None:
        """Return the codes of several value sets; None if one can't be listed."""
        found: dict[str, list[str]] = {}
        for url in urls:
            expansion = self.expand(url)
            if expansion is None:
                return None
            for system, codes in expansion.items():
                found.setdefault(system, []).extend(codes)
        return found

    @staticmethod
    def filtered(system: str, rows: list[Json], part: Json) -> dict[str, list[str]] | None:
        """Return the codes of a code system that an include's filters keep; None if unknown."""
        kept = list(concepts(rows))
        for rule in part.get("filter", ()):
            if rule["op"] not in {"is-a", "descendent-of"} or rule["property"] != "concept":
                return None
            below = set(descendants(rows, rule["value"]))
            if rule["op"] == "descendent-of":
                below.discard(rule["value"])
            kept = [code for code in kept if code in below]
        return {system: kept}

    def expand(self, url: str) -> dict[str, list[str]] | None:
        """Return the codes of a value set by system; None if it can't be listed."""
        value_set = self.value_sets.get(url.split("|", maxsplit=1)[0])
        if value_set is None or "compose" not in value_set:
            return None
        total: dict[str, list[str]] = {}
        for part in value_set["compose"]["include"]:
            found = self.included(part)
            if found is None:
                return None
            for system, codes in found.items():
                total.setdefault(system, []).extend(codes)
        for part in value_set["compose"].get("exclude", ()):
            found = self.included(part)
            if found is None:
                return None
            for system, codes in found.items():
                total[system] = [code for code in total.get(system, ()) if code not in set(codes)]
        return {system: list(dict.fromkeys(codes)) for system, codes in total.items()}


def terminology(packed: Json, value_sets: list[Json], code_systems: list[Json]) -> Json:
    """Return the expansion of every value set that an element of `packed` requires."""
    required = {
        row[5]
        for _, _, elements in packed["types"].values()
        for row in elements
        if len(row) > 5 and row[5]  # noqa: PLR2004 - the place of the value set
    }
    known = Terminology(value_sets, code_systems)
    pack: dict[str, Json] = {}
    for url in sorted(required):
        expansion = known.expand(url)
        pack[url] = None if expansion is None else list(expansion.items())
    return pack


def content_below(elements: list[Json], start: str) -> Json:
    """Return what the extension whose element has the id `start` may hold."""
    by_id = {element["id"]: element for element in elements}
    value = by_id.get(f"{start}.value[x]", {"max": "0"})
    types = [] if value["max"] == "0" else sorted({kind["code"] for kind in value["type"]})
    parts = [
        [
            by_id[f"{element['id']}.url"]["fixedUri"],
            element["min"],
            0 if element["max"] == "*" else int(element["max"]),
            content_below(elements, element["id"]),
        ]
        for element in elements
        if element["id"].startswith(f"{start}.extension:")
        and "." not in element["id"].removeprefix(f"{start}.extension:")
        and f"{element['id']}.url" in by_id
    ]
    return [types, parts]


def extensions(definitions: list[Json]) -> Json:
    """Return the extensions that the package defines."""
    return {
        definition["url"]: [
            [context["expression"] for context in definition["context"]],
            int(definition["snapshot"]["element"][0].get("isModifier", False)),
            content_below(definition["snapshot"]["element"], "Extension"),
        ]
        for definition in definitions
        if definition["type"] == "Extension" and definition.get("derivation") == "constraint"
    }


def views(definitions: list[Json]) -> Json:
    """Return which elements of each type stand in a summary, and which modify others."""
    return {
        definition["type"]: [
            [
                element["path"].removeprefix(f"{definition['type']}.")
                for element in definition["snapshot"]["element"][1:]
                if element.get(mark)
            ]
            for mark in ("isSummary", "isModifier")
        ]
        for definition in definitions
        if definition["kind"] in {"resource", "complex-type"}
        and definition.get("derivation") != "constraint"
    }


KEPT = {"id", "path", "sliceName", "slicing", "min", "max", "type", "binding", "constraint"}
STARTS = ("fixed", "pattern", "maxLength")
"""What validation needs of an ElementDefinition: these members, or those that start so."""


def profiles(definitions: list[Json]) -> Json:
    """Return the package's profiles of resources and types, without those of extensions."""
    return [
        {
            "resourceType": "StructureDefinition",
            **{key: row[key] for key in ("url", "type", "kind", "baseDefinition")},
            "differential": {
                "element": [
                    {key: each[key] for key in each if key in KEPT or key.startswith(STARTS)}
                    for each in row["differential"]["element"]
                ]
            },
        }
        for row in sorted(definitions, key=lambda each: each["url"])
        if row.get("derivation") == "constraint" and row["type"] != "Extension"
    ]


def write(name: str, value: Json) -> None:
    """Write one file of the pack and say how large it is."""
    text = orjson.dumps(value)
    packed = zstandard.ZstdCompressor(level=22).compress(text)
    (TARGET / f"{name}.json.zst").write_bytes(packed)
    sys.stdout.write(f"{name}: {len(text):,} bytes, {len(packed):,} packed\n")


def main() -> None:
    """Build the pack."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--package", type=Path, help="a tarball fetched before")
    package: Path | None = arguments.parse_args().package
    by_type: dict[str, list[Json]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for resource in resources(package or fetch(Path(folder))):
            by_type.setdefault(resource["resourceType"], []).append(resource)
    TARGET.mkdir(exist_ok=True)
    packed = structures(by_type["StructureDefinition"])
    write("structures", packed)
    write("extensions", extensions(by_type["StructureDefinition"]))
    write("views", views(by_type["StructureDefinition"]))
    write("profiles", profiles(by_type["StructureDefinition"]))
    write("search", search(by_type["SearchParameter"], by_type["CompartmentDefinition"]))
    write("terminology", terminology(packed, by_type["ValueSet"], by_type["CodeSystem"]))


if __name__ == "__main__":
    main()
