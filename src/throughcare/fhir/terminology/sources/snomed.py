"""SNOMED CT, from the snapshot of an RF2 release: the UK edition, an extension, or both."""

from collections.abc import Iterator, Sequence
from typing import Final

from throughcare.fhir.terminology.codes import CodeTable, Concept
from throughcare.fhir.terminology.sources.files import SourceFile, rows
from throughcare.kernel import BadInputError

URL: Final = "http://snomed.info/sct"
_IS_A: Final = "116680003"
_FULL_NAME: Final = "900000000000003001"
_PREFERRED: Final = "900000000000548007"
_PRIMITIVE: Final = "900000000000074008"
_LANGUAGES: Final = ("999001261000000100", "999000691000001104", "900000000000508004")
"""Language reference sets, the first counts most: NHS clinical, NHS drugs, Great Britain."""

CONCEPTS, DESCRIPTIONS = "sct2_Concept_Snapshot", "sct2_Description_Snapshot"
RELATIONSHIPS, LANGUAGE = "sct2_Relationship_Snapshot", "der2_cRefset_LanguageSnapshot"


def is_mine(names: Sequence[str]) -> bool:
    """Tell whether files are of an RF2 release."""
    return any(CONCEPTS in name for name in names)


def read(files: Sequence[SourceFile]) -> CodeTable:
    """Return the concepts of a release, parents by active is-a relationships.

    Display is the preferred name of the first language set that has one, else any active name.
    Raises BadInputError for a release without descriptions or relationships.
    """
    for kind in (CONCEPTS, DESCRIPTIONS, RELATIONSHIPS):
        if not any(kind in file.name for file in files):
            message = f"The release has no {kind} file: give all of its Snapshot folder."
            raise BadInputError(message, place=kind)
    concepts = {row["id"]: row for row in _of(files, CONCEPTS, ("definitionStatusId",))}
    parents: dict[str, list[str]] = {}
    for row in _of(files, RELATIONSHIPS, ("sourceId", "destinationId", "typeId")):
        if row["typeId"] == _IS_A and row["active"] == "1":
            parents.setdefault(row["sourceId"], []).append(row["destinationId"])
    names = _names(files)
    version = max((row["effectiveTime"] for row in concepts.values()), default="")
    made = (
        Concept(
            code=code,
            display=names.get(code, [""])[0],
            parents=tuple(dict.fromkeys(parents.get(code, ()))),
            names=tuple(names.get(code, ())[1:]),
            properties=(("sufficientlyDefined", row["definitionStatusId"] != _PRIMITIVE),),
            is_active=row["active"] == "1",
        )
        for code, row in concepts.items()
    )
    return CodeTable(URL, made, {"name": "SNOMED CT", "version": version})


def _of(files: Sequence[SourceFile], kind: str, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    for file in files:
        if kind in file.name:
            for row in rows(file, ("id", "effectiveTime", "active", *columns), separator="\t"):
                yield dict(row)


def _names(files: Sequence[SourceFile]) -> dict[str, list[str]]:
    """Return the active names of each concept, the one to show first."""
    preferred = _preferred(files)
    ranked: dict[str, list[tuple[int, str]]] = {}
    for row in _of(files, DESCRIPTIONS, ("conceptId", "typeId", "term")):
        if row["active"] == "1":
            is_full = row["typeId"] == _FULL_NAME
            rank = len(_LANGUAGES) + 1 if is_full else preferred.get(row["id"], len(_LANGUAGES))
            ranked.setdefault(row["conceptId"], []).append((rank, row["term"]))
    return {
        code: [term for _, term in sorted(found, key=lambda each: each[0])]
        for code, found in ranked.items()
    }


def _preferred(files: Sequence[SourceFile]) -> dict[str, int]:
    """Return the descriptions that are preferred, with the place of their language set."""
    ranks: dict[str, int] = {}
    places = {language: place for place, language in enumerate(_LANGUAGES)}
    for row in _of(files, LANGUAGE, ("refsetId", "referencedComponentId", "acceptabilityId")):
        place = places.get(row["refsetId"])
        if place is None or row["active"] != "1" or row["acceptabilityId"] != _PREFERRED:
            continue
        described = row["referencedComponentId"]
        ranks[described] = min(place, ranks.get(described, place))
    return ranks
