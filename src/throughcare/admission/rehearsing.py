"""A rehearsal: what a file would come to, worked out from its bytes alone.

INVARIANT: nothing here is handed a store or a node. What it says can depend on nothing but what was
sent, and on rules of the locality that are about nobody: whoever tries files learns of nobody.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from throughcare.admission import handing, validity
from throughcare.consent.strictness import Faulty, Strictness
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import nhs, positions
from throughcare.fhir.profiles import Compiler
from throughcare.intake import NotAFeed, Recognised, mappings, read, recognise
from throughcare.intake.decode import encoding_of
from throughcare.kernel import BadInputError
from throughcare.model.rehearsal import Finding, Mapped, Rehearsal, Rules
from throughcare.model.source import Source
from throughcare.model.submission import Item, Rejection, Remark, Submission

REFUSED, ODD = True, False
"""Of a finding: whether it keeps what it is about from being stored."""
MOST: Final = 20
"""Messages, bundles, rows or documents that are shown; the others are counted."""
MOST_FINDINGS: Final = 100
_MEND: Final = "Correct it at its source and send it again."
_BYTE: Final = re.compile(r"byte (\d+)")
_ENTRY: Final = re.compile(r"entry\[(\d+)\]")
_BINARY: Final = (
    (b"PK\x03\x04", "It is a zip archive.", "Unpack it, and drop one of the files in it."),
    (
        b"%PDF",
        "It is a PDF: a document, of which nothing can be read as data.",
        "Send it over the API as a DocumentReference with the file in content.attachment.data.",
    ),
)


def rehearse(
    name: str, data: bytes, rules: Rules | None = None, profiles: Compiler | None = None
) -> Rehearsal:
    """Return what the file `name` would come to by `rules`, whose profiles `profiles` knows.

    Never raises, whatever its bytes are.
    """
    rules = rules or Rules()
    own_mappings = mappings(rules.mappings)
    for start, rule, remedy in _BINARY:
        if data.startswith(start):
            return Rehearsal("", rule, (), (Finding(REFUSED, "byte 0", rule, remedy),))
    text, form = _as_json(data)
    if isinstance(text, Finding):
        return Rehearsal("FHIR R4 XML", "it is FHIR in XML", (), (text,))
    found = recognise(name, text, own_mappings)
    if isinstance(found, NotAFeed):
        said = found.why.removeprefix("not a feed: ")
        rule = said[:1].upper() + said[1:]
        remedy = "Send FHIR R4 as JSON or XML, HL7 v2 ADT, or a CSV that a mapping describes."
        return Rehearsal("", rule, (), (Finding(REFUSED, "line 1", f"{rule}.", remedy),))
    mapped: list[Mapped] = []
    findings = [*_of_encoding(data)]
    more = 0
    sent = b"" if form else text  # lines of JSON that XML was made into are nobody's
    for unit in read(name, text, source=rules.source or None, mappings=own_mappings):
        if isinstance(unit, Submission):
            if len(mapped) < MOST:
                one, faults = _submission(unit, sent, rules, profiles)
                mapped.append(one)
                findings += faults
            else:
                more += 1
        else:
            findings.append(_finding(unit, text))
    known = form or (found.format.value if isinstance(found, Recognised) else found.name)
    return Rehearsal(known, found.why, tuple(mapped), tuple(findings[:MOST_FINDINGS]), more)


def _as_json(data: bytes) -> tuple[bytes | Finding, str]:
    """Return FHIR in XML as JSON, and all else as it is, with the form if it was XML."""
    form = "FHIR R4 XML" if handing.is_fhir_xml(data) else ""
    try:
        return handing.as_json(data), form
    except BadInputError as error:
        return Finding(REFUSED, error.place or "line 1", error.message, _MEND), form


def _of_encoding(data: bytes) -> Iterator[Finding]:
    """Say where a text stops being UTF-8, if it does."""
    if data[:2] in (b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff") or encoding_of(data) == "utf-8":
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line, column = positions.line_and_column(before, len(before))
        rule = "This is no UTF-8: it is read as Windows-1252, and letters may come out wrong."
        remedy = "Have the system write UTF-8, and compare names with accents."
        yield Finding(ODD, f"line {line}, column {column}", rule, remedy)


def _finding(unit: Rejection | Remark, text: bytes) -> Finding:
    place = _in_lines(unit.place.at, text) or "the whole file"
    if isinstance(unit, Remark):
        return Finding(ODD, place, unit.text, "Nothing has to be done if it is meant so.")
    return Finding(REFUSED, place, unit.rule, unit.remedy)


def _in_lines(at: str, text: bytes) -> str:
    """Return a place by line and column where it is one by byte."""

    def said(found: re.Match[str]) -> str:
        before = text[: int(found[1])].decode("utf-8", "replace")
        line, column = positions.line_and_column(before, len(before))
        return f"line {line}, column {column}"

    return _BYTE.sub(said, at)


def _submission(
    unit: Submission, text: bytes, rules: Rules, profiles: Compiler | None
) -> tuple[Mapped, list[Finding]]:
    findings = [_finding(remark, text) for remark in unit.remarks]
    if rules.source:
        own = handing.own(unit, Source(rules.source, rules.organisation))
        if isinstance(own, Rejection):
            findings.append(_finding(own, text))
    for item in unit.items:
        findings += _faults(item, unit, text, rules, profiles)
    accepted = not any(each.refused for each in findings)
    kinds = Counter(str(item.resource.get("resourceType")) for item in unit.items)
    return (
        Mapped(
            unit.place.at or "the whole file",
            "\n".join(_indented(item.resource) for item in unit.items),
            ", ".join(f"{count} {kind}" for kind, count in kinds.items()),
            _whose(unit),
            accepted,
        ),
        findings,
    )


def _faults(
    item: Item, unit: Submission, text: bytes, rules: Rules, profiles: Compiler | None
) -> Iterator[Finding]:
    """Hold a resource against FHIR R4, and against the profiles of the rules."""
    strictness = Strictness(Faulty(rules.faults), rules.profiles)
    for issue, refused in validity.issues(item, strictness, profiles):
        place = _place(item, unit, text, issue.expression)
        yield Finding(refused, place, f"{issue.text} ({issue.expression})", _MEND)


def _place(item: Item, unit: Submission, text: bytes, expression: str) -> str:
    """Return where a fault is: by line and column where the resource was received as JSON."""
    start = text.find(item.raw) if item.raw else -1
    if start < 0 or item.raw is None:
        return (item.place or unit.place).at or expression
    raw = item.raw.decode("utf-8", "replace")
    before = text[:start].decode("utf-8", "replace")
    whole = before + raw
    line, column = positions.line_and_column(whole, len(before) + positions.offset(raw, expression))
    return f"line {line}, column {column}"


def _indented(resource: Mapping[str, Any]) -> str:
    return json.dumps(
        json.loads(fhir_bytes.dump(resource)), indent=2, ensure_ascii=False, sort_keys=False
    )


def _whose(unit: Submission) -> str:
    """Say whose it would be, as far as what was sent decides that: nobody is looked up."""
    patients = [each.resource for each in unit.items if each.resource["resourceType"] == "Patient"]
    if not patients:
        return "It names no person. It would wait, or be refused, until one is sent with it."
    patient = patients[0]
    numbers = [
        nhs.normalise(str(each.get("value", "")))
        for each in patient.get("identifier") or ()
        if each.get("system") == nhs.NHS_NUMBER
    ]
    if numbers and nhs.check_digit(numbers[0][:9]) != numbers[0][9:]:
        return (
            "Its NHS number fails the check digit, so it links nobody. A new person, or a question "
            "for a reviewer where name, birth date and address are like somebody's."
        )
    if numbers and patient.get("birthDate") and patient.get("name"):
        return (
            "It would link to a known person with this NHS number whose name and birth date agree; "
            "else it is a new person. Whether there is one is not looked up here."
        )
    lacking = [
        word
        for word, there in (
            ("an NHS number", numbers),
            ("a name", patient.get("name")),
            ("a birth date", patient.get("birthDate")),
        )
        if not there
    ]
    return (
        f"It has not {' and not '.join(lacking)}. A new person, unless all else agrees with "
        "somebody; what is doubtful is a question for a reviewer."
    )
