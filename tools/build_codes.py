"""Build R4's terminology: its code systems, value sets and maps, as a node keeps a package.

Run from the root of the repository: ``python tools/build_codes.py FILE.tgz``, the npm package
``hl7.fhir.r4.examples`` 4.0.1 (CC0) as ``npm pack`` fetches it. Writes
``src/throughcare/fhir/specification/terminology.package.zst``; the same package gives the same
bytes. Texts for readers are left out.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import packages
from throughcare.fhir.packages import Definition

TARGET = Path(__file__).resolve().parents[1] / "src/throughcare/fhir/specification"
KEPT = {
    *("resourceType", "url", "version", "name", "title", "status", "content", "caseSensitive"),
    *("valueSet", "hierarchyMeaning", "supplements", "property", "concept", "compose", "group"),
    *("sourceUri", "targetUri", "sourceCanonical", "targetCanonical"),
}
"""Members of code systems, value sets and concept maps that are kept."""
PROSE = {"definition", "designation", "extension", "comment", "description", "uri"}
"""Members that are left out at any depth."""


def without_prose(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Leave out what nobody but a reader of the standard's own pages asks for."""
    if isinstance(value, list):
        return [without_prose(each) for each in value]
    if isinstance(value, dict):
        return {key: without_prose(value[key]) for key in value if key not in PROSE}
    return value


def shortened(definition: Definition) -> Definition:
    """Return a definition with what is kept of it."""
    resource = definition.read()
    kept = without_prose({key: resource[key] for key in resource if key in KEPT})
    return replace(definition, text=fhir_bytes.dump(kept))


def main() -> None:
    """Build it and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("package", type=Path, help="the tarball")
    whole = packages.read(parser.parse_args().package.read_bytes())
    kinds = {"CodeSystem", "ConceptMap", "ValueSet"}
    found = sorted(
        (shortened(each) for each in whole.definitions if each.kind in kinds),
        key=lambda each: (each.kind, each.url),
    )
    packed = packages.pack(replace(whole, definitions=tuple(found)), level=22)
    (TARGET / "terminology.package.zst").write_bytes(packed)
    sys.stdout.write(f"terminology: {len(found)} definitions, {len(packed):,} bytes\n")


if __name__ == "__main__":
    main()
