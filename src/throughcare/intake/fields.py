"""Small pieces of FHIR that every reader builds in the same way."""

from typing import Any, Final

Json = dict[str, Any]

_GENDERS: Final = {
    "1": "male",
    "M": "male",
    "2": "female",
    "F": "female",
    "0": "unknown",
    "9": "unknown",
    "U": "unknown",
    "O": "other",
    "A": "other",
    "N": "other",
    "X": "other",
}


def present(**members: object) -> Json:
    """Return the members that hold anything: absent stays absent."""
    return {name: value for name, value in members.items() if value not in ("", None, [], {})}


def gender(code: str) -> str:
    """Return the FHIR administrative gender of PID-8 (M/F/U/O, or the NHS codes 1/2/0/9)."""
    return _GENDERS.get(code.upper(), "")
