"""The hospital's letters: plain text, a file each, as they leave a ward."""

from collections.abc import Mapping

from throughcare.demo.health import Health
from throughcare.demo.hospital import hospital_number
from throughcare.demo.people import Person

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_SAID = {
    "edith": "Edith is frightened by loud voices and wanders at night. Please speak slowly. Her "
    "daughter Margaret holds lasting power of attorney for health and welfare.",
    "george": "He takes warfarin; INR to be checked within a week of discharge.",
    "callum": "He was admitted after a road accident. Mood to be followed up by his GP.",
    "nasreen": "Seen with a Bengali interpreter. Blood pressure controlled; medicines unchanged.",
}


def _letter(person: Person, health: Health) -> bytes:
    born = f"{person.born:%d} {_MONTHS[person.born.month - 1]} {person.born:%Y}"
    nhs = person.nhs_number
    numbers = f"NHS {nhs[:3]} {nhs[3:6]} {nhs[6:]}   Hospital no {hospital_number(person)}"
    diagnoses = ", ".join(condition.text for condition in health.conditions) or "none recorded"
    return "\n".join(
        (
            "Discharge summary",
            f"Re: {person.name}   DOB {born}   {numbers}",
            f"{person.home.line}, {person.home.postcode}",
            f"Diagnoses: {diagnoses}",
            _SAID.get(person.key, "Discharged home. Please see your GP in two weeks."),
            "",
        )
    ).encode()


def write(people: list[Person], health: Mapping[int, Health]) -> dict[str, bytes]:
    """Return each letter under its file name."""
    return {
        f"letters/letter{n:02d}.txt": _letter(person, health[person.number])
        for n, person in enumerate(people)
    }
