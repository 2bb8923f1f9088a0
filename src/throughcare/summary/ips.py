"""The International Patient Summary: a document Bundle of what a reader may see.

Section codes are those of the IPS guide (HL7, uv/ips); a required section without entries says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from throughcare.fhir import narrative
from throughcare.model.submission import Json
from throughcare.summary import concepts
from throughcare.summary.conditions import is_stated
from throughcare.summary.dates import short
from throughcare.summary.emergency import EmergencySummary
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item, Section, State
from throughcare.summary.reconcile import fold, same_things

LOINC: Final = "http://loinc.org"
READ: Final = frozenset(
    {
        *("AllergyIntolerance", "CarePlan", "Condition", "Consent", "Device", "DeviceUseStatement"),
        *("DocumentReference", "Flag", "Immunization", "Medication", "MedicationDispense"),
        *("MedicationRequest", "MedicationStatement", "Observation", "Patient", "Procedure"),
    }
)
"""Every type that stands in a section, or that what stands there points to."""
LEANT_ON: Final = frozenset({"Device", "Medication", "Observation", "Patient"})
"""Types that come along where an entry of a section points to them."""
_NOT_DONE: Final = frozenset({"not-done", "entered-in-error", "cancelled", "registered"})
_EMPTY: Final[Mapping[State, tuple[str, str, str]]] = {
    State.NOT_RECORDED: ("notasked", "Not Asked", "Not recorded: no source says anything of it."),
    State.UNAVAILABLE: ("unavailable", "Unavailable", "A source did not answer."),
    State.MAY_BE_INCOMPLETE: (
        "withheld",
        "Information Withheld",
        "None is shown here. That does not mean that there is none.",
    ),
    State.WITHHELD: (
        "withheld",
        "Information Withheld",
        "Not shown to this reader. That does not mean that there is any.",
    ),
}
"""Code and display of list-empty-reason, and the words, by what is known of a section."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a document is made with, besides the record."""

    patient: str
    """``Patient/id`` that was asked for."""
    base: str
    """Address of the node, which full urls begin with."""
    document: str
    composition: str
    device: str
    """Uuids, as ``urn:uuid:``."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A section before it is written."""

    code: str
    title: str
    entries: Sequence[SummaryEntry]
    lines: Sequence[str]
    state: State = State.LISTED
    note: str = ""
    required: bool = False


def document(
    summary: EmergencySummary,
    entries: Sequence[SummaryEntry],
    limited: frozenset[str],
    frame: Frame,
) -> tuple[dict[str, Json], list[SummaryEntry]]:
    """Return the document without the entries of the record, and these, to stand behind it.

    `entries` are what a reader may see, the Patient of `frame` among them; `limited` names sections
    of `summary` that the reader's filter could shorten, whether or not it does. The document holds
    Composition and Device; each entry belongs after them under ``base/Type/id``.
    """
    found = [part for part in _parts(summary, entries, limited) if part.entries or part.required]
    listed = {entry.reference for part in found for entry in part.entries}
    chosen = _closed(entries, listed, frame.patient)
    sections = [_section(part, frame) for part in found]
    bundle = {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": frame.document},
        "timestamp": frame.at.isoformat(timespec="seconds"),
        "entry": [
            {"fullUrl": frame.composition, "resource": _composition(sections, frame)},
            {"fullUrl": frame.device, "resource": _device(frame)},
        ],
    }
    return bundle, chosen


def _parts(
    summary: EmergencySummary, entries: Sequence[SummaryEntry], limited: frozenset[str]
) -> list[Part]:
    of: dict[str, list[SummaryEntry]] = {}
    for entry in concepts.newest_first(entries):
        if not concepts.wrong(entry.resource):
            of.setdefault(entry.type, []).append(entry)
    by_name = {entry.reference: entry for entry in entries}

    def told(code: str, title: str, name: str) -> Part:
        """Return a part made of a section of the summary."""
        section: Section = getattr(summary, name)
        items = [item for item in section.items if item.printed]
        shown = dict.fromkeys(seen.reference for item in items for seen in item.sources)
        stand = [by_name[each] for each in shown if each in by_name]
        state = section.state
        if not stand and state is State.NOT_RECORDED and name in limited:
            state = State.WITHHELD
        return Part(code, title, stand, [*map(_line, items)], state, section.title, required=True)

    past = [each for each in of.get("Condition", ()) if _is_past(each)]
    medicines = told("10160-0", "Medication summary", "medicines")
    problems = told("11450-4", "Problem list", "conditions")
    vitals, plans, alerts = (
        told("8716-3", "Vital signs", "measurements"),
        told("42348-3", "Advance directives", "plans"),
        told("104605-1", "Alerts", "alerts"),
    )
    return [
        medicines,
        _allergies(summary.allergies, of.get("AllergyIntolerance", ())),
        problems,
        _list("11369-6", "Immunizations", of.get("Immunization", ())),
        _list("47519-4", "History of procedures", of.get("Procedure", ())),
        _list("46264-8", "Medical devices", of.get("DeviceUseStatement", ())),
        _list("30954-2", "Results", _results(of.get("Observation", ()))),
        _optional(vitals, frozenset({"Observation"})),
        _list("11348-0", "History of past illness", past),
        _optional(plans, frozenset({"Consent", "DocumentReference", "CarePlan"})),
        _optional(alerts, frozenset({"Flag"})),
    ]


def _allergies(section: Section, statements: Sequence[SummaryEntry]) -> Part:
    """Return the allergies: what is known, and who says that there is none."""
    lines = [_line(item) for item in section.items]
    lines += [section.note] if section.note else []
    title, note = "Allergies and intolerances", section.title
    return Part("48765-2", title, statements, lines, section.state, note, required=True)


def _optional(part: Part, types: frozenset[str]) -> Part:
    """Return a part with entries of `types` alone, that stands only if there are any."""
    stand = [entry for entry in part.entries if entry.type in types]
    return Part(part.code, part.title, stand, part.lines)


def _list(code: str, title: str, entries: Iterable[SummaryEntry]) -> Part:
    """Return a part of entries that are done, each with its name and date."""
    stand = [each for each in entries if _status(each) not in _NOT_DONE]
    return Part(code, title, stand, [_named(each) for each in stand])


def _results(observations: Iterable[SummaryEntry]) -> list[SummaryEntry]:
    """Return the newest result of each test of a laboratory."""
    tests = [
        each
        for each in observations
        if _status(each) not in _NOT_DONE
        and any(
            "laboratory" in concepts.codes(category)
            for category in concepts.listed(each.resource, "category")
        )
    ]
    return [group[0] for group in same_things(tests, _kinds)]


def _kinds(observation: SummaryEntry) -> list[object]:
    code = concepts.first(observation.resource, "code")
    return [*concepts.codings(code)] or [fold(text) for text in concepts.wordings(code)]


def _is_past(entry: SummaryEntry) -> bool:
    return is_stated(entry) and concepts.over(entry.resource)


def _status(entry: SummaryEntry) -> str:
    return concepts.status_of(entry.resource, "status")


def _closed(entries: Sequence[SummaryEntry], listed: set[str], patient: str) -> list[SummaryEntry]:
    """Return the entries that are `listed`, the patient first, and what they lean on."""
    by_name = {entry.reference: entry for entry in entries}
    met = {patient: None} | dict.fromkeys(
        entry.reference for entry in entries if entry.reference in listed
    )
    waiting = list(met)
    while waiting:
        entry = by_name.get(waiting.pop())
        for link in _links(entry.resource) if entry else ():
            if link not in met and link in by_name and link.partition("/")[0] in LEANT_ON:
                met[link] = None
                waiting.append(link)
    return [by_name[name] for name in met if name in by_name]


def _links(value: Json) -> Iterable[str]:
    """Yield every literal reference inside `value`, without version."""
    if isinstance(value, Mapping):
        reference = value.get("reference")
        if isinstance(reference, str):
            yield reference.split("/_history/")[0]
        for member in value.values():
            yield from _links(member)
    elif isinstance(value, list):
        for member in value:
            yield from _links(member)


def _composition(sections: list[dict[str, Json]], frame: Frame) -> dict[str, Json]:
    return {
        "resourceType": "Composition",
        "status": "final",
        "type": _concept("60591-5", "Patient summary Document"),
        "subject": {"reference": f"{frame.base}/{frame.patient}"},
        "date": frame.at.isoformat(timespec="seconds"),
        "author": [{"reference": frame.device}],
        "title": "International Patient Summary",
        "section": sections,
    }


def _device(frame: Frame) -> dict[str, Json]:
    return {
        "resourceType": "Device",
        "deviceName": [{"name": "Throughcare", "type": "manufacturer-name"}],
        "type": {"text": "Software that puts this summary together"},
        "url": frame.base,
    }


def _section(part: Part, frame: Frame) -> dict[str, Json]:
    section: dict[str, Json] = {
        "title": part.title,
        "code": _concept(part.code, part.title),
    }
    if part.entries:
        lines = [*([part.note] if part.note else []), *(part.lines or ["Listed below."])]
        section["text"] = narrative.listed(lines)
        section["entry"] = [
            {"reference": f"{frame.base}/{each.reference}"} for each in part.entries
        ]
        return section
    code, display, words = _EMPTY[part.state]
    section["text"] = narrative.listed([*([part.note] if part.note else []), words])
    coding = {
        "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason",
        "code": code,
        "display": display,
    }
    section["emptyReason"] = {"coding": [coding], "text": words}
    return section


def _concept(code: str, text: str) -> dict[str, Json]:
    return {"coding": [{"system": LOINC, "code": code}], "text": text}


def _line(item: Item) -> str:
    """Return an item in words, with who says so."""
    said = (f"{seen.label} {seen.on}".strip() for seen in item.sources)
    sources = ", ".join(dict.fromkeys(said))
    parts = [item.text, *item.detail, item.disagreement, f"({sources})" if sources else ""]
    return " ".join(part for part in parts if part)


def _named(entry: SummaryEntry) -> str:
    """Return what an entry is about, its value and its date."""
    resource = entry.resource
    names = ("code", "vaccineCode", "device", "type")
    found = (concepts.first(resource, name) for name in names)
    what = next(
        (text for each in found if (text := concepts.wording(each) or concepts.display(each))), ""
    )
    when = short(concepts.when_of(resource))
    return " ".join(
        part for part in (what or "Not worded", concepts.value_text(resource), when) if part
    )
