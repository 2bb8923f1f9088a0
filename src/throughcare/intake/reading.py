"""The one entrance: bytes of a file to submissions, rejections and remarks."""

from collections.abc import Iterator, Sequence

from throughcare.intake import agents, consents, fhir_json, letters
from throughcare.intake.decode import expand
from throughcare.intake.hl7 import adt
from throughcare.intake.recognition import Format, NotAFeed, NotSupported, Recognised, recognise
from throughcare.intake.tables import rows
from throughcare.intake.tables.mapping import Mapping, parse
from throughcare.kernel import BadInputError
from throughcare.model.submission import Place, Rejection, Remark, Submission


def read(
    name: str, data: bytes, *, source: str | None = None, mappings: Sequence[Mapping] = ()
) -> Iterator[Submission | Rejection | Remark]:
    """Read a file of any supported format, gzip or not.

    `name` is for places and messages; `source` overrides the name that the format or mapping gives;
    `mappings` are column mappings of the user's own. Each fault is a Rejection that costs only its
    own message, bundle, line or row; no bytes whatever raise. What is no feed yields one Remark.
    """
    try:
        content = expand(data)
    except BadInputError as error:
        yield Rejection(Place(name), error.message, "Fetch the file again.")
        return
    found = recognise(name, content, mappings)
    if isinstance(found, NotAFeed):
        yield Remark(Place(name), found.why)
    elif isinstance(found, NotSupported):
        rule = f"{found.name} is not supported yet: {found.why}."
        yield Rejection(Place(name), rule, "Send FHIR R4 JSON, HL7 v2 or CSV.")
    else:
        yield from _read(name, content, found, source or found.source)


def mappings(texts: Sequence[str]) -> tuple[Mapping, ...]:
    """Return the column mappings that TOML texts hold (docs/intake/csv-mappings.md).

    Raises BadInputError, naming mapping and key, for one that can't be understood.
    """
    return tuple(parse(text, f"mapping {number}") for number, text in enumerate(texts, start=1))


def _read(
    name: str, data: bytes, found: Recognised, source: str
) -> Iterator[Submission | Rejection | Remark]:
    if found.mapping is not None:
        yield from rows.read(name, data, found.mapping, source)
    else:
        readers = {
            Format.FHIR: fhir_json.read_document,
            Format.NDJSON: fhir_json.read_lines,
            Format.HL7V2: adt.read,
            Format.CONSENTS: consents.read,
            Format.AGENTS: agents.read,
            Format.LETTER: letters.read,
        }
        yield from readers[found.format](name, data, source)
