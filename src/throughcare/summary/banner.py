"""The patient banner: who this is, by the rules of the NHS Common User Interface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from throughcare.model.submission import Json
from throughcare.summary import concepts, dates
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.words import gender_name, nhs_number, source_name

NHS_NUMBER: Final = "https://fhir.nhs.uk/Id/nhs-number"
_TRUST: Final = ("gp", "hospital", "social", "carehome", "ambulance")
_USES: Final = ("official", "usual", "", "temp", "nickname", "anonymous", "maiden", "old")
NOT_RECORDED: Final = "Not recorded"


@dataclass(frozen=True, slots=True)
class Banner:
    """What identifies the person at the top of every page about them. Never truncated."""

    name: str
    """``FAMILY, Given (Title)``."""
    preferred: str
    """What they like to be called, where a source records it; else ""."""
    born: str
    """``18-Apr-1941``, or "Not recorded"."""
    born_in_full: str
    """``18 April 1941``, the form for the person themselves."""
    age: str
    """``85y``: the age today, or at death; "" if unknown."""
    gender: str
    nhs_number: str
    """3-3-4 with spaces that never break, or "Not recorded"."""
    address: str
    """One line, the postcode kept together; "" where none may be shown."""
    phone: str
    died: str
    """Date of death, ``date not recorded``, or "" for the living."""
    differences: tuple[str, ...] = ()
    """Sentences: where sources differ on name or date of birth."""


def display_name(name: Mapping[str, Json]) -> str:
    """Write a HumanName as ``FAMILY, Given (Title)``; a name without parts is its text.

    >>> display_name({"family": "Khan", "given": ["Amina", "Bibi"], "prefix": ["Mrs"]})
    'KHAN, Amina (Mrs)'
    """
    family = str(name.get("family", "")).strip().upper()
    given = str((concepts.listed(name, "given") or [""])[0]).strip()
    title = str((concepts.listed(name, "prefix") or [""])[0]).strip()
    shown = ", ".join(part for part in (family, given) if part) or str(name.get("text", "")).strip()
    if not shown:
        return "Name not recorded"
    return f"{shown} ({title})" if title else shown


def banner(patients: Sequence[SummaryEntry], today: date) -> Banner:
    """Return the banner of a person from their source records; GP first, then hospital, council ...

    Each field comes from the first source that has it. No patients at all is a banner that says so.
    """
    ranked = [entry.resource for entry in _ranked(patients)]
    name = next((best for each in ranked if (best := best_name(each))), {})
    born = next((when for each in ranked if (when := dates.parse(each.get("birthDate")))), None)
    died, ended = _death(ranked)
    until = ended.earliest if ended else today
    age = dates.age(born.earliest, until) if born and not (died and not ended) else ""
    gender = next((str(each["gender"]) for each in ranked if each.get("gender")), "")
    return Banner(
        name=display_name(name),
        preferred=next((called for each in ranked if (called := _preferred(each))), ""),
        born=dates.short(born) or NOT_RECORDED,
        born_in_full=dates.long(born) or NOT_RECORDED,
        age=age,
        gender=gender_name(gender),
        nhs_number=next((number for each in ranked if (number := nhs_of(each))), NOT_RECORDED),
        address=next((place for each in ranked if (place := _address(each))), ""),
        phone=next((phone for each in ranked if (phone := _phone(each))), ""),
        died=died,
        differences=_differences(_ranked(patients)),
    )


def _ranked(patients: Sequence[SummaryEntry]) -> list[SummaryEntry]:
    def rank(entry: SummaryEntry) -> tuple[int, str]:
        known = _TRUST.index(entry.source) if entry.source in _TRUST else len(_TRUST)
        return known, entry.reference

    newest = sorted(patients, key=lambda entry: entry.updated, reverse=True)
    return sorted(newest, key=rank)


def best_name(patient: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the HumanName to show: official before usual before others; {} if there is none."""
    names = concepts.listed(patient, "name")
    order = {use: place for place, use in enumerate(_USES)}
    ranked = sorted(names, key=lambda name: order.get(name.get("use", ""), len(order)))
    return ranked[0] if ranked else {}


def nhs_of(patient: Mapping[str, Json]) -> str:
    """Return the NHS number 3-3-4, or ""."""
    for identifier in concepts.listed(patient, "identifier"):
        if identifier.get("system") == NHS_NUMBER and identifier.get("value"):
            return nhs_number(str(identifier["value"]))
    return ""


def _preferred(patient: Mapping[str, Json]) -> str:
    for name in concepts.listed(patient, "name"):
        if name.get("use") == "nickname":
            return str((concepts.listed(name, "given") or [name.get("text", "")])[0])
    return ""


def _death(ranked: list[Mapping[str, Json]]) -> tuple[str, dates.When | None]:
    for each in ranked:
        if when := dates.parse(each.get("deceasedDateTime")):
            return dates.short(when), when
    if any(each.get("deceasedBoolean") is True or "deceasedDateTime" in each for each in ranked):
        return "date not recorded", None
    return "", None


def _address(patient: Mapping[str, Json]) -> str:
    for address in concepts.listed(patient, "address"):
        if address.get("use") == "old":
            continue
        postcode = str(address.get("postalCode", "")).replace(" ", "\u00a0")
        parts = [*concepts.listed(address, "line"), address.get("city"), postcode]
        if text := ", ".join(str(part) for part in parts if part) or address.get("text", ""):
            return str(text)
    return ""


def _phone(patient: Mapping[str, Json]) -> str:
    for contact in concepts.listed(patient, "telecom"):
        if contact.get("system") == "phone" and contact.get("value"):
            return str(contact["value"])
    return ""


def _differences(ranked: list[SummaryEntry]) -> tuple[str, ...]:
    """Say where a lower-ranked source gives another date of birth or family name than the first."""
    sentences: list[str] = []
    for member, words in (("birthDate", "date of birth"), ("gender", "gender")):
        known = [(entry, entry.resource[member]) for entry in ranked if entry.resource.get(member)]
        for entry, value in known[1:]:
            if value != known[0][1] and "unknown" not in (value, known[0][1]):
                shown = dates.short(dates.parse(value)) if member == "birthDate" else value
                sentences.append(f"The {source_name(entry.source)} has {words} {shown}.")
    return tuple(dict.fromkeys(sentences))
