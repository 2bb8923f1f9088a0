"""Code systems and code lists that are published as one table: ICD-10, LOINC, OpenCodelists."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from throughcare.fhir.terminology.codes import CodeTable, Concept
from throughcare.fhir.terminology.sources.files import SourceFile, rows
from throughcare.kernel import BadInputError

Json = Any
ICD_10: Final = "http://hl7.org/fhir/sid/icd-10"
LOINC: Final = "http://loinc.org"
OPENCODELISTS: Final = "https://www.opencodelists.org/codelist/"

_ICD_FILE: Final = "CodesAndTitlesAndMetadata"
_ICD_DATE: Final = re.compile(r"(\d{8})")
_CATEGORY: Final = 3
"""Characters of a category of ICD-10: ``A00``, of which ``A00.0`` is a kind."""
_LOINC_PROPERTIES: Final = (
    *("COMPONENT", "PROPERTY", "TIME_ASPCT", "SYSTEM", "SCALE_TYP", "METHOD_TYP", "CLASS"),
    "STATUS",
)
_CODES: Final = ("code", "id", "snomedcode", "dmd_id", "icd10_code", "icd", "ctv3id", "conceptid")
"""Columns of a code list that hold its codes, as its makers named them."""
_NAMES: Final = ("term", "name", "description", "display", "nm", "dmd_name")


def is_icd_10(names: Sequence[str]) -> bool:
    """Tell whether a file is the table of ICD-10 that the NHS publishes."""
    return any(_ICD_FILE in name for name in names)


def icd_10(files: Sequence[SourceFile]) -> CodeTable:
    """Return ICD-10, subdivisions below their categories."""
    file = next(each for each in files if _ICD_FILE in each.name)
    listed = list(rows(file, ("CODE", "ALT_CODE", "USAGE", "DESCRIPTION"), separator="\t"))
    known = {row["CODE"] for row in listed}
    concepts = [
        Concept(
            code=row["CODE"],
            display=row["DESCRIPTION"],
            parents=_category(row["CODE"], known),
            names=(row["ALT_CODE"],) if row["ALT_CODE"] != row["CODE"] else (),
            properties=(("usage", row["USAGE"]),),
        )
        for row in listed
    ]
    date = _ICD_DATE.search(file.name)
    return CodeTable(ICD_10, concepts, {"name": "ICD-10", "version": date[1] if date else ""})


def _category(code: str, known: set[str]) -> tuple[str, ...]:
    """Return the longest code that this one is a kind of."""
    for end in range(len(code) - 1, _CATEGORY - 1, -1):
        above = code[:end].rstrip(".")
        if above in known and above != code:
            return (above,)
    return ()


def is_loinc(names: Sequence[str]) -> bool:
    """Tell whether a file is the table of LOINC."""
    return any(name.casefold() == "loinc.csv" for name in names)


def loinc(files: Sequence[SourceFile]) -> CodeTable:
    """Return LOINC; its axes are properties."""
    file = next(each for each in files if each.name.casefold() == "loinc.csv")
    wanted = ("LOINC_NUM", "LONG_COMMON_NAME", *_LOINC_PROPERTIES)
    concepts = [
        Concept(
            code=row["LOINC_NUM"],
            display=row["LONG_COMMON_NAME"],
            names=(row["SHORTNAME"],) if row.get("SHORTNAME") else (),
            properties=tuple((name, row[name]) for name in _LOINC_PROPERTIES if row[name]),
            is_active=row["STATUS"] not in {"DEPRECATED", "DISCOURAGED"},
        )
        for row in rows(file, wanted, separator=",")
    ]
    changed = [row for row in _versions(file) if row]
    about = {"name": "LOINC", "version": max(changed, default=""), "caseSensitive": False}
    return CodeTable(LOINC, concepts, about)


def _versions(file: SourceFile) -> Iterator[str]:
    for row in rows(file, (), separator=","):
        yield row.get("VersionLastChanged", "")


def codelist(file: SourceFile, system: str) -> Json:
    """Return a code list of OpenCodelists (CSV) as a ValueSet of the code system `system`.

    Its url is that of OpenCodelists with the file's name: ``organisation-name-version.csv`` as the
    site calls what is downloaded. Raises BadInputError where no column holds codes.
    """
    listed = list(rows(file, (), separator=","))
    columns = {name.strip().casefold(): name for name in (listed[0] if listed else ())}
    code = next((columns[name] for name in _CODES if name in columns), None)
    if code is None:
        message = "No column of the list holds codes: name it 'code'."
        raise BadInputError(message, place=file.name)
    name = next((columns[each] for each in _NAMES if each in columns), None)
    slug = file.name.rpartition(".")[0]
    concepts = [_listed(row, code, name) for row in listed if row[code].strip()]
    return {
        "resourceType": "ValueSet",
        "url": OPENCODELISTS + slug,
        "name": slug,
        "status": "active",
        "compose": {"include": [{"system": system, "concept": concepts}]},
    }


def _listed(row: Mapping[str, str], code: str, name: str | None) -> Json:
    found = {"code": row[code].strip()}
    return found if name is None or not row[name] else {**found, "display": row[name].strip()}
