"""What a source record says about who its person is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from throughcare.fhir import nhs
from throughcare.identity.compare.names import Name, fold, name_of
from throughcare.identity.compare.places import phone, postcode

_VERIFIED: Final = frozenset({"", "01", "number-present-and-verified"})
_RESTRICTED: Final = frozenset({"R", "V"})
_SEXES: Final = frozenset({"male", "female"})
_FULL_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Demographics:
    """Everything that is compared, normalised. Sets are sorted tuples: order carries no meaning."""

    nhs_number: str = ""
    """Ten digits that pass modulus 11, else ""."""
    verified: bool = True
    """False if the source says that the number is not verified (status 02 to 06)."""
    names: tuple[Name, ...] = ()
    born: date | None = None
    sex: str = ""
    """``male``, ``female`` or ""."""
    postcodes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    """First lines, folded."""
    phones: tuple[str, ...] = ()
    """Telephone numbers and e-mail addresses."""
    identifiers: tuple[str, ...] = ()
    """Numbers of other registers than the NHS's that several sources may know."""
    deceased: bool = False
    restricted: bool = False
    """Patient.meta.security holds R or V: never found by postcode."""

    @property
    def number(self) -> str:
        """The NHS number where it may be relied on, else ""."""
        return self.nhs_number if self.verified else ""

    @property
    def known(self) -> int:
        """How many fields are filled."""
        fields = (self.number, self.names, self.born, self.sex, self.postcodes, self.phones)
        return sum(map(bool, fields))

    @property
    def unnamed(self) -> bool:
        """True of a newborn that has no name yet (``Baby``, ``Twin 1``)."""
        return bool(self.names) and all(name.newborn for name in self.names)

    def after(self, older: "Demographics") -> "Demographics":
        """Return this, the newest, with every name, address and phone of `older` versions added.

        A value that the newest version lacks is kept from the older one.
        """
        numbered = self if self.nhs_number else older
        return replace(
            self,
            nhs_number=numbered.nhs_number,
            verified=numbered.verified,
            names=_ordered((*self.names, *older.names)),
            born=self.born or older.born,
            sex=self.sex or older.sex,
            postcodes=_ordered((*self.postcodes, *older.postcodes)),
            addresses=_ordered((*self.addresses, *older.addresses)),
            phones=_ordered((*self.phones, *older.phones)),
            identifiers=_ordered((*self.identifiers, *older.identifiers)),
            deceased=self.deceased or older.deceased,
        )


def _ordered(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(set(values)))


def nhs_number(text: str) -> str:
    """Return the digits of a valid NHS number (modulus 11), or ""; ten equal digits are none."""
    digits = nhs.normalise(text)
    return digits if nhs.is_nhs_number(digits) and len(set(digits)) > 1 else ""


def demographics_of(patient: Mapping[str, Any]) -> Demographics:
    """Return the demographics of a FHIR R4 Patient.

    What can't be used (a date without day, a number that fails modulus 11, a placeholder) is
    missing. Names, addresses and phones of any use or period count.
    """
    number, verified = _number(patient)
    names = [_name(human) for human in patient.get("name", ())]
    born = _born(str(patient.get("birthDate", "")))
    addresses = list(patient.get("address", ()))
    codes = {postcode(str(address.get("postalCode", ""))) for address in addresses}
    lines = {_line(address) for address in addresses if address.get("line")}
    phones = {
        phone(str(contact.get("value", "")))
        for contact in patient.get("telecom", ())
        if contact.get("system", "phone") in ("phone", "sms")
    }
    found = assembled(
        number=(number, verified),
        names=names,
        born=born,
        sex=sex if (sex := str(patient.get("gender", ""))) in _SEXES else "",
        postcodes=codes,
        addresses=lines,
        phones=phones,
    )
    dead = bool(patient.get("deceasedBoolean") or patient.get("deceasedDateTime"))
    return replace(found, deceased=dead, restricted=_is_restricted(patient))


def assembled(  # noqa: PLR0913 - one argument a field
    *,
    number: tuple[str, bool],
    names: Iterable[Name],
    born: date | None,
    sex: str,
    postcodes: Iterable[str],
    addresses: Iterable[str],
    phones: Iterable[str],
    identifiers: Iterable[str] = (),
) -> Demographics:
    """Return the demographics of normalised parts: empty ones and placeholders left out.

    `number` is an NHS number, or "", and whether its source verified it.
    """
    named = _ordered(name for name in names if name.given or name.family or name.newborn)
    return Demographics(
        nhs_number=number[0],
        verified=number[1],
        names=named,
        born=None if _weak(born, named) else born,
        sex=sex,
        postcodes=_ordered(filter(None, postcodes)),
        addresses=_ordered(filter(None, addresses)),
        phones=_ordered(filter(None, phones)),
        identifiers=_ordered(filter(None, identifiers)),
    )


def _number(patient: Mapping[str, Any]) -> tuple[str, bool]:
    for identifier in patient.get("identifier", ()):
        if identifier.get("system") != nhs.NHS_NUMBER or identifier.get("use") == "old":
            continue
        number = nhs_number(str(identifier.get("value", "")))
        if number:
            return number, _status(identifier) in _VERIFIED
    return "", True


def _status(identifier: Mapping[str, Any]) -> str:
    for extension in identifier.get("extension", ()):
        if extension.get("url") == nhs.VERIFICATION_EXTENSION:
            codings = extension.get("valueCodeableConcept", {}).get("coding", ())
            return next((str(coding.get("code", "")) for coding in codings), "")
    return ""


def _name(human: Mapping[str, Any]) -> Name:
    given = " ".join(str(word) for word in human.get("given", ()))
    family = str(human.get("family", ""))
    if not given and not family:
        *first, last = str(human.get("text", "")).split() or [""]
        given, family = " ".join(first), last
    return name_of(given, family)


def _born(text: str) -> date | None:
    if not _FULL_DATE.fullmatch(text):
        return None
    year, month, day = (int(part) for part in text.split("-"))
    try:
        return date(year, month, day)
    except ValueError:  # 30 February: the record stands, the date says nothing
        return None


def _weak(born: date | None, names: Iterable[Name]) -> bool:
    """Tell if it is 1 January beside no more than an initial: both say that little was known."""
    if born is None or (born.month, born.day) != (1, 1):
        return False
    return not any(len(name.given) > 1 and name.family for name in names)


def _line(address: Mapping[str, Any]) -> str:
    words = str(address["line"][0]).split()
    return " ".join(fold(word) or word for word in words)


def _is_restricted(patient: Mapping[str, Any]) -> bool:
    labels = patient.get("meta", {}).get("security", ())
    return any(str(label.get("code", "")).upper() in _RESTRICTED for label in labels)
