"""Demographics of a row of a table, whatever its columns are called."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from throughcare.identity.compare.demographics import Demographics, assembled, nhs_number
from throughcare.identity.compare.names import Name, fold, name_of
from throughcare.identity.compare.places import contact, place
from throughcare.kernel import BadInputError

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "record": ("record_id", "rec_id", "unique_id", "id"),
    "source": ("source", "source_dataset"),
    "number": ("nhs_number", "nhs"),
    "status": ("nhs_number_status", "nhs_number_verification_status"),
    "given": ("given_name", "first_name", "forename", "given_names", "forenames"),
    "middle": ("middle_names", "middle_name"),
    "family": ("family_name", "surname", "last_name"),
    "former": ("previous_family_name", "maiden_name"),
    "born": ("birth_date", "date_of_birth", "dob"),
    "sex": ("sex", "gender"),
    "house": ("street_number", "house_number"),
    "address": ("address_line", "address", "address_1", "street"),
    "postcode": ("postcode", "post_code", "postal_code", "zip"),
    "town": ("suburb", "city", "town"),
    "phone": ("phone", "phone_number", "telephone", "mobile"),
    "email": ("email", "e_mail"),
    "other": ("soc_sec_id", "national_id"),
}
"""What a column is called, by what it holds; the first that a table has counts."""

_SEXES: Final = {"m": "male", "male": "male", "1": "male", "f": "female", "female": "female"} | {
    "2": "female"
}
_VERIFIED: Final = frozenset({"", "01", "1"})
_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:T.*)?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


@dataclass(frozen=True, slots=True)
class Sourced:
    """A source record: what it is called, and what it says about its person."""

    source: str
    """"" where nobody says; records without a source are never taken to be of one source."""
    local_id: str
    demographics: Demographics


class Columns:
    """Where a table holds what."""

    def __init__(self, header: Sequence[str]) -> None:
        """Find the columns. Raises BadInputError where no record id or no name is among them."""
        at = {_plain(title): place for place, title in reversed(list(enumerate(header)))}
        self._at = {
            what: next((at[name] for name in names if name in at), None)
            for what, names in NAMES.items()
        }
        if self._at["record"] is None or self._at["family"] is None:
            message = (
                "The table needs a column record_id and a column family_name; it has "
                f"{', '.join(header) or 'none'}."
            )
            raise BadInputError(message)

    def read(self, row: Sequence[str]) -> Sourced:
        """Return the record of a row; what can't be used is missing."""
        return self.sourced({what: self._value(row, at) for what, at in self._at.items()})

    def at(self, what: str) -> int | None:
        """Return the place of the column that holds `what`, a key of `NAMES`; None if none does."""
        return self._at[what]

    def sourced(self, value: Mapping[str, str]) -> Sourced:
        """Return the record of stripped values by what they hold, for every key of `NAMES`."""
        known = assembled(
            number=(nhs_number(value["number"]), is_verified(value["status"])),
            names=_names(value),
            born=born(value["born"]),
            sex=sex(value["sex"]),
            postcodes=(place(self.place_text(value["postcode"], value["town"])),),
            addresses=(address(value["house"], value["address"]),),
            phones=(contact(value["phone"]), contact(value["email"])),
            identifiers=(fold_code(value["other"]),),
        )
        return Sourced(value["source"], value["record"], known)

    def place_text(self, postcode: str, town: str) -> str:
        """Return the postcode, or the town in a table that has no column for postcodes."""
        return fold(town) if self._at["postcode"] is None else postcode

    def _value(self, row: Sequence[str], at: int | None) -> str:
        return "" if at is None or at >= len(row) else row[at].strip()


def _plain(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", title.strip("\ufeff ").casefold())


def fold_code(text: str) -> str:
    """Return letters and digits in capitals."""
    return "".join(filter(str.isalnum, text.upper()))


def given_text(given: str, middle: str) -> str:
    """Return first and middle names as one text; middle names alone are nobody's."""
    return f"{given} {middle}" if given else ""


def _names(value: Mapping[str, str]) -> Iterable[Name]:
    given = given_text(value["given"], value["middle"])
    return [
        name_of(given, family)
        for family in dict.fromkeys((value["family"], value["former"]))
        if family or (given and family == value["family"])
    ]


def is_verified(status: str) -> bool:
    """Tell if the source of an NHS number vouches for it, or says nothing."""
    return status in _VERIFIED


def sex(text: str) -> str:
    """Return ``male``, ``female`` or ""."""
    return _SEXES.get(text.casefold(), "")


def born(text: str) -> date | None:
    """Return a date of birth written with the year or the day first, else None."""
    found = _YEAR_FIRST.fullmatch(text)
    parts = found.groups() if found else None
    if parts is None and (found := _DAY_FIRST.fullmatch(text)):
        parts = found.groups()[::-1]
    if parts is None:
        return None
    try:
        return date(*map(int, parts))
    except ValueError:  # 30 February: the record stands, the date says nothing
        return None


def address(house: str, line: str) -> str:
    """Return the first line of an address, folded."""
    return " ".join(fold(word) or word for word in f"{house} {line}".split())
