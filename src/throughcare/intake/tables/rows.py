"""Rows of a CSV to submissions, as a mapping says: one row, one submission."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from throughcare.intake import systems, times
from throughcare.intake.decode import text_of
from throughcare.intake.fields import gender, present
from throughcare.intake.tables import convert
from throughcare.intake.tables.mapping import PLACEHOLDER, Entry, Mapping
from throughcare.intake.tables.table import BadRow, Row, column_key, first_line, header_of, rows
from throughcare.model.submission import (
    Item,
    Method,
    Place,
    Rejection,
    Remark,
    SourcePatient,
    Submission,
)

Json = dict[str, Any]

MEDIA_TYPE: Final = "text/csv; charset=utf-8; header=present"
_SEXES: Final = {"male": "male", "female": "female", "other": "other", "unknown": "unknown"}
_PLURAL: Final = (
    "{} rows have values in columns that the mapping does not cover ({}): kept as source."
)


class _Nothing:
    """A placeholder that came to nothing: what holds it is left out."""


_NOTHING: Final = _Nothing()


@dataclass(slots=True)
class _Reading:
    """One row on its way to a submission."""

    mapping: Mapping
    row: Row
    place: Place
    source: str
    at: times.Moment | None = None
    patient: str = ""
    encounter: str = ""
    remarks: list[Remark] = field(default_factory=list)

    def cell(self, column: str) -> str:
        return self.row.cells.get(column, "") if column else ""

    def remark(self, column: str, text: str) -> None:
        place = Place(self.place.file, f"{self.place.at}, column {column}")
        self.remarks.append(Remark(place, text))


def read(
    file: str, data: bytes, mapping: Mapping, source: str
) -> Iterator[Submission | Rejection | Remark]:
    """Read all rows of a file, and end with a remark on the columns that are not covered."""
    text = text_of(data)
    known = set(header_of(first_line(text), mapping.columns))
    spare: Counter[str] = Counter()
    count = 0
    for row in rows(text, mapping.columns):
        if isinstance(row, BadRow):
            remedy = "Correct the row in the sending system, or quote cells that hold delimiters."
            yield Rejection(Place(file, f"line {row.line}"), row.rule, remedy)
            continue
        uncovered = [name for name, cell in row.cells.items() if cell and name not in mapping.used]
        spare.update(uncovered)
        count += bool(uncovered)
        yield _submission(_Reading(mapping, row, Place(file, f"line {row.line}"), source))
    for missing in sorted(mapping.used - known):
        yield Remark(Place(file), f"The file has no column {missing!r}, which the mapping reads.")
    if spare:
        yield Remark(Place(file), _PLURAL.format(count, ", ".join(sorted(spare))))


def _submission(reading: _Reading) -> Submission | Rejection:
    mapping, row = reading.mapping, reading.row
    own = reading.cell(mapping.person.id)
    number = reading.cell(mapping.person.nhs_number)
    name = _name(reading)
    if not name and not own and not systems.nhs_number(number):
        rule = "The row has no name and no usable number, so that nobody can be found by it."
        return Rejection(reading.place, rule, "Fill the name or the NHS number.")
    reading.at = _event_time(reading)
    content = systems.digest("\x1f".join(row.cells.values()).encode("utf-8", "replace"))
    parts = [reading.cell(column) for column in mapping.key]
    key = "/".join(parts) if parts and all(parts) else content
    local_id = _local_id(reading, own, number, content)
    reading.patient = systems.key(reading.source, local_id)
    at = reading.at.at if reading.at else None
    place = reading.place
    patient = Item(reading.patient, _patient(reading, name), None, Method.FOLD, at=at, place=place)
    items = [patient, *_entries(reading, key)]
    return Submission(
        source=reading.source,
        custodian=mapping.custodian or reading.source,
        key=key,
        digest=content,
        place=reading.place,
        items=tuple(items),
        patients=(SourcePatient(reading.patient, local_id),),
        remarks=tuple(reading.remarks),
        original=row.text,
        media_type=MEDIA_TYPE,
        at=at,
    )


def _local_id(reading: _Reading, own: str, number: str, content: str) -> str:
    if own:
        return f"{reading.mapping.person.prefix}{own}"
    reading.remark(reading.mapping.person.id, "The source's own number is missing.")
    valid = systems.nhs_number(number)
    return f"NHS:{valid}" if valid else f"ROW:{content[:16]}"


def _event_time(reading: _Reading) -> times.Moment | None:
    column, form = reading.mapping.at, reading.mapping.at_format
    text = reading.cell(column)
    expected = convert.parsed(text, form)
    found = expected or convert.usual_time(text)
    if found is None:
        reading.remark(column, f"No date in the form {form}; the row is kept without its time.")
        return None
    has_time = "%H" in form if expected else ":" in text
    return times.moment(found) if has_time else times.day(found.date())


def _name(reading: _Reading) -> Json:
    person = reading.mapping.person
    if person.name_style == "fields":
        given, family = reading.cell(person.given).split(), reading.cell(person.family)
        return present(family=" ".join(family.split()), given=given)
    return convert.full_name(reading.cell(person.name), person.name_style)


def _patient(reading: _Reading, name: Json) -> Json:
    person = reading.mapping.person
    identifiers = []
    own = reading.cell(person.id)
    if own:
        system = systems.key("identifier", reading.source)
        identifiers.append({"system": system, "value": own})
    number = reading.cell(person.nhs_number)
    if number:
        identifiers.append(systems.nhs_identifier(number))
        if "system" not in identifiers[-1]:
            reading.remark(
                person.nhs_number, "Check digit wrong: kept as text, not used to find the person."
            )
    return {"resourceType": "Patient"} | present(
        identifier=identifiers,
        name=[name] if name else [],
        gender=_gender(reading),
        birthDate=_birth_date(reading),
        deceasedDateTime=_death(reading),
        address=_address(reading),
        telecom=_phone(reading),
        generalPractitioner=_practice(reading),
    )


def _gender(reading: _Reading) -> str:
    column = reading.mapping.person.sex
    text = reading.cell(column)
    found = _SEXES.get(text.casefold()) or gender(text)
    if text and not found:
        reading.remark(column, "An unknown word for sex; left out.")
    return found


def _birth_date(reading: _Reading) -> str:
    person = reading.mapping.person
    text, age = reading.cell(person.born), reading.cell(person.age)
    if not text:
        return ""
    event = date.fromisoformat(reading.at.day) if reading.at else None
    if event is None and convert.has_short_year(person.born_format):
        reading.remark(
            person.born, "The century of the year can't be told without the event's date."
        )
        return ""
    found = convert.born(text, person.born_format, event, age) or convert.usual_day(text)
    if found is None:
        reading.remark(person.born, f"No date in the form {person.born_format}; left out.")
        return ""
    if event and found > event:
        reading.remark(person.born, "The event is before the date of birth; kept as it is.")
    elif event and not convert.agrees(found, event, age):
        reading.remark(person.age, "The age does not fit the date of birth; the date is used.")
    return found.isoformat()


def _death(reading: _Reading) -> str:
    column = reading.mapping.person.died
    text = reading.cell(column)
    found = convert.day(text) if text else None
    if text and not found:
        reading.remark(column, "No date of death in it; left out.")
    return found or ""


def _address(reading: _Reading) -> list[Json]:
    person = reading.mapping.person
    line = reading.cell(person.address)
    found = present(line=[line] if line else [], postalCode=reading.cell(person.postcode).upper())
    return [found] if found else []


def _phone(reading: _Reading) -> list[Json]:
    number = reading.cell(reading.mapping.person.phone)
    return [{"system": "phone", "value": number}] if number else []


def _practice(reading: _Reading) -> list[Json]:
    person = reading.mapping.person
    code, name = reading.cell(person.practice_code), reading.cell(person.practice_name)
    return [systems.organisation(code, name)] if code or name else []


def _entries(reading: _Reading, key: str) -> list[Item]:
    items: list[Item] = []
    cells = reading.row.cells
    made = False
    for entry in reading.mapping.entries:
        applies = all(test.holds(cells) for test in entry.when_all) and (
            not entry.when_any or any(test.holds(cells) for test in entry.when_any)
        )
        if not applies or (entry.otherwise and made):
            continue
        item = _item(reading, entry, key)
        if item is not None:
            items.append(item)
            made = made or entry.per == "row"
    return items


def _item(reading: _Reading, entry: Entry, key: str) -> Item | None:
    if entry.per == "person":
        full_url, method = systems.under(reading.patient, entry.key), Method.FOLD
    else:
        full_url, method = systems.key(reading.source, "row", key, entry.key), Method.POST
    resource = _filled(entry.resource, reading)
    if not isinstance(resource, dict):
        return None
    if resource.get("resourceType") == "Encounter":
        reading.encounter = full_url
    at = reading.at.at if reading.at else None
    return Item(full_url, resource, None, method, at=at, place=reading.place)


def _filled(template: object, reading: _Reading) -> object:
    """Return a template with its placeholders replaced; what came to nothing is left out."""
    if isinstance(template, str):
        return _text(template, reading)
    if isinstance(template, list):
        parts = [_filled(part, reading) for part in template]
        return [part for part in parts if part is not _NOTHING] or _NOTHING
    if isinstance(template, dict):
        found = {name: _filled(part, reading) for name, part in template.items()}
        if "$needs" in found and found["$needs"] is _NOTHING:
            return _NOTHING
        kept = {
            name: part for name, part in found.items() if part is not _NOTHING and name != "$needs"
        }
        return kept or _NOTHING
    return template


def _text(template: str, reading: _Reading) -> object:
    whole = PLACEHOLDER.fullmatch(template)
    if whole:
        return _value(whole[1], whole[2] or "text", reading)
    values = {
        found[0]: _value(found[1], found[2] or "text", reading)
        for found in PLACEHOLDER.finditer(template)
    }
    if any(value is _NOTHING for value in values.values()):
        return _NOTHING
    for placeholder, value in values.items():
        template = template.replace(placeholder, str(value))
    return template


def _value(name: str, converter: str, reading: _Reading) -> object:
    own = {
        "$at": reading.at.fhir if reading.at else "",
        "$patient": reading.patient,
        "$encounter": reading.encounter,
    }
    if name in own:
        return own[name] or _NOTHING
    text = reading.cell(column_key(name))
    if not text:
        return _NOTHING
    kind, _, argument = converter.partition(" ")
    found = convert.CONVERTERS[kind](text, argument)
    return _NOTHING if found is None else found
