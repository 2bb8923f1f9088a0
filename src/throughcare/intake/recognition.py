"""What a file is, told from its content; its name only breaks ties."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from throughcare.intake import agents, consents, letters
from throughcare.intake.decode import expand_head, text_of
from throughcare.intake.tables.mapping import Mapping, built_in
from throughcare.intake.tables.table import first_line, header_of


class Format(StrEnum):
    """The formats that `throughcare.intake.read` takes."""

    FHIR = "FHIR R4 JSON"
    NDJSON = "FHIR R4 NDJSON"
    HL7V2 = "HL7 v2"
    TABLE = "CSV"
    CONSENTS = "consent CSV"
    AGENTS = "register of who acts, CSV"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A feed, and how it will be read."""

    format: Format
    source: str
    """Name of the source that its records will be from."""
    why: str
    """What in the content said so, in a sentence."""
    mapping: Mapping | None = None
    """The column mapping of a CSV."""
    is_feed: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class NotSupported:
    """A clinical format that is known by name and not read yet: the load reports it as rejected."""

    name: str
    why: str
    is_feed: ClassVar[bool] = True
    """A feed it is: `throughcare.intake.read` says in a Rejection that it is not taken."""


@dataclass(frozen=True, slots=True)
class NotAFeed:
    """Nothing to load, and why it looks so."""

    why: str
    is_feed: ClassVar[bool] = False


DEFAULT_SOURCES: Final = {
    Format.FHIR: "gp",
    Format.NDJSON: "gp",
    Format.HL7V2: "hospital",
    Format.CONSENTS: "consents",
    Format.AGENTS: "acting",
    Format.LETTER: "letters",
}
_IMAGES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"PK\x03\x04", b"SQLite format")
_HL7_START: Final = re.compile(r"\A[\s\x0b\ufeff]*(?:MSH|FHS|BHS)[^\w\s]")
_HL7_LATER: Final = re.compile(r"(?:^|[\r\n\x0b])(?:MSH|FHS|BHS)[^\w\s]")
_HL7_NAMES: Final = (".hl7", ".er7", ".txt")
_XML_ROOT: Final = re.compile(r"<(?![?!])(?:\w+:)?(\w+)([^>]*)>")
_STU3: Final = re.compile(r"/STU3/|CareConnect-|/3\.0/StructureDefinition")
_EDIFACT: Final = re.compile(r"\A\s*(?:UNA.{6}|UN[BH]\+)")
_OPENEHR: Final = re.compile(r'"archetype_(?:node_id|details)"\s*:')
_TYPE: Final = re.compile(r'"resourceType"\s*:\s*"(\w+)"')


def recognise(
    name: str, head: bytes, mappings: Sequence[Mapping] = ()
) -> Recognised | NotSupported | NotAFeed:
    """Tell what the file `name` is from `head`: its first bytes (64 kB are plenty) or all of it.

    `mappings` are column mappings of the user's own; they come before the built-in ones. Never
    raises: what can't be explained is `NotAFeed` and says why.
    """
    content = expand_head(head)
    if not content.strip():
        return NotAFeed("not a feed: the file is empty or can't be decompressed")
    if content.startswith(_IMAGES):
        return NotAFeed("not a feed: an image, archive or other binary file")
    text = text_of(content, whole=False).lstrip("\ufeff")
    if _is_hl7(name, text):
        return _found(Format.HL7V2, "it has an HL7 v2 message header (MSH)")
    start = text.lstrip()[:1]
    if start in "{[":
        return _json(name, text.lstrip())
    if start == "<":
        return _xml(text)
    return _edifact(text) or _table(text, mappings) or _letter(name, text)


def _found(form: Format, why: str, mapping: Mapping | None = None) -> Recognised:
    source = mapping.source if mapping else DEFAULT_SOURCES[form]
    return Recognised(form, source, why, mapping)


def _is_hl7(name: str, text: str) -> bool:
    if _HL7_START.match(text):
        return True
    return name.lower().removesuffix(".gz").endswith(_HL7_NAMES) and bool(
        _HL7_LATER.search(text[:4096])
    )


def _json(name: str, text: str) -> Recognised | NotSupported | NotAFeed:
    found = _TYPE.search(text)
    if not found and _OPENEHR.search(text[:8192]):
        return NotSupported("openEHR", "it has an archetype of openEHR")
    if not found:
        return NotAFeed("not a feed: JSON without a FHIR resourceType")
    if _STU3.search(text[:8192]):
        return NotSupported("FHIR STU3", "its profiles are of FHIR STU3")
    if text.startswith("["):
        return NotAFeed("not a feed: a JSON array; send a Bundle or NDJSON")
    first, newline, rest = text.partition("\n")
    one_a_line = first.rstrip().endswith("}") and bool(newline) and rest.lstrip().startswith("{")
    if one_a_line or ".ndjson" in name.lower():
        return _found(Format.NDJSON, f"each line is a FHIR resource, the first a {found[1]}")
    return _found(Format.FHIR, f"it is a FHIR {found[1]}")


def _xml(text: str) -> NotSupported | NotAFeed:
    root = _XML_ROOT.search(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
    if root is None:
        return NotAFeed("not a feed: XML without a root element")
    if root[1] == "ClinicalDocument" or "urn:hl7-org:v3" in text:
        return NotSupported("CDA or HL7 v3", "it is XML of urn:hl7-org:v3")
    if "http://hl7.org/fhir" in text:
        return NotSupported("FHIR XML", f"it is a FHIR {root[1]} in XML")
    return NotAFeed(f"not a feed: XML with the root {root[1]}, which is no clinical format")


def _edifact(text: str) -> NotSupported | None:
    if not _EDIFACT.match(text):
        return None
    return NotSupported("EDIFACT", "it starts as an EDIFACT interchange (UNA, UNB or UNH)")


def _table(text: str, mappings: Sequence[Mapping]) -> Recognised | NotAFeed | None:
    line = first_line(text)
    if consents.is_header(header_of(line, consents.COLUMNS)):
        return _found(Format.CONSENTS, "its columns are those of a list of consents")
    if agents.is_header(header_of(line, agents.COLUMNS)):
        return _found(Format.AGENTS, "its columns are those of a register of who acts for whom")
    for mapping in (*mappings, *built_in()):
        if mapping.fits(header_of(line, mapping.columns)):
            return _found(Format.TABLE, f"its columns are those of mapping {mapping.name}", mapping)
    cells = max((line.split(delimiter) for delimiter in ",;|\t"), key=len)
    if len(cells) > 2 and all(len(cell) < 80 for cell in cells):  # noqa: PLR2004 - looks like a table
        return NotAFeed(
            "not a feed: no mapping has these columns ("
            + ", ".join(cell.strip().strip('"') for cell in cells[:6])
            + "); a mapping says what they mean (docs/intake/csv-mappings.md), and whoever runs "
            "the node gives it: with the source, or with --mapping"
        )
    return None


def _letter(name: str, text: str) -> Recognised | NotAFeed:
    if letters.is_letter(text):
        return _found(Format.LETTER, "its head names a person with a date of birth or number")
    suffix = name.rpartition(".")[2] if "." in name else "no suffix"
    return NotAFeed(f"not a feed: text that is neither letter, message nor table ({suffix})")
