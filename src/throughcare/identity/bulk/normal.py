"""What is compared, as columns of numbers: equal things have equal numbers, 0 is missing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from throughcare.identity.adapting import mark
from throughcare.identity.bulk.coding import Coded, Codes, Interned, Table, paired
from throughcare.identity.bulk.naming import Family, Frame, Given
from throughcare.identity.bulk.numbers import nhs_numbers
from throughcare.identity.compare import Demographics, Name, Weights, rows
from throughcare.identity.compare.places import contact, district, numbers_in, place, sector

_SEXES: Final = ("", "male", "female")
_NEVER: Final = date.min
_READ: Final = (
    "is_asked", "form", "given", "middle", "newborn", "nhs", "is_verified", "born", "sex", "place",
    "line", "contact", "identifier",
)  # fmt: skip
"""Columns that demographics are put together from."""
_ABROAD: Final = "~"
"""Begins a place that is no postcode of the United Kingdom."""


@dataclass(slots=True)
class Normal:
    """What the statements run on, and the texts behind its numbers."""

    table: Table
    frames: dict[str, Frame]
    """Tables by name. ``named`` has a row for each name of a record; `is_first` marks the one."""
    given: Given
    family: Family
    lines: Sequence[str]
    """First lines of addresses by number."""
    places: Sequence[str]
    known: Codes
    """How many fields each record fills."""

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """The NHS number that each record may be relied on for, else 0."""
        return np.asarray(self.frames["named"]["number"][: self.table.count], np.int64)

    def demographics(self, at: int) -> Demographics:
        """Return the demographics of a record, put together from what is known of its values.

        It is what `Columns.read` returns but for the text of the name.
        """
        named = self.frames["named"]
        row = {name: named[name].item(at) for name in _READ}
        if row["is_asked"]:
            return self.table.sourced(at).demographics
        family, parts = self.family.forms[row["form"]]
        given, middles = self.given.names[row["given"]], self.given.middles[row["middle"]]
        is_named = given or family or row["newborn"]
        name = Name(given, middles, family, parts, row["newborn"])
        return Demographics(
            nhs_number=f"{row['nhs']:010d}" if row["nhs"] else "",
            verified=row["is_verified"],
            names=(name,) if is_named else (),
            born=date.fromordinal(row["born"]) if row["born"] else None,
            sex=_SEXES[row["sex"]],
            postcodes=_filled(self.places[row["place"]]),
            addresses=_filled(self.lines[row["line"]]),
            phones=_filled(row["contact"]),
            identifiers=_filled(row["identifier"]),
        )


def _filled(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def normal(table: Table, weights: Weights) -> Normal:
    """Return the columns of `table`; each different value is normalised once."""
    coded, texts = table.coded, Interned("")
    given = Given(paired(coded["given"], coded["middle"], rows.given_text), texts, weights)
    family = Family(coded["family"], coded["former"], texts, weights)
    record: Frame = {"id": np.arange(table.count, dtype=np.int32)}
    record |= given.columns() | family.columns() | _numbers(coded) | _birth(coded["born"])
    lines, places = Interned(""), Interned("")
    record |= _places(table, places) | _lines(coded, lines) | _contacts(coded)
    sexes = coded["sex"].each(lambda text: _SEXES.index(rows.sex(text)))
    record["sex"] = np.array(sexes, np.int8)[coded["sex"].codes]
    record["mark"] = np.array(coded["record"].each(mark), np.int64)[coded["record"].codes]
    _leave_out_weak(record, family)
    record["is_asked"] = record["is_asked"] | family.several
    record["number"] = np.where(record["is_verified"], record["nhs"], 0)
    return Normal(
        table,
        frames={
            "named": _with_former(record, family),
            "stands_for": given.stands_for,
            "holds": given.holds,
            "initials": given.initials,
            "part": family.parts,
        },
        given=given,
        family=family,
        lines=lines.things(),
        places=places.things(),
        known=_known(record),
    )


def _with_former(record: Frame, family: Family) -> Frame:
    """Return the rows once more for those who have a second family name, with that."""
    again = np.flatnonzero(family.several)
    if not len(again):
        return record | {"is_first": np.ones(len(record["id"]), bool)}
    second = record | family.columns(former=True)
    both = {name: np.concatenate([record[name], column[again]]) for name, column in second.items()}
    both["is_first"] = np.arange(len(both["id"])) < len(record["id"])
    return both


def _numbers(coded: Mapping[str, Coded]) -> Frame:
    numbers, status = coded["number"], coded["status"]
    digits = nhs_numbers(numbers.values)
    verified = np.array(status.each(rows.is_verified), bool)
    return {"nhs": digits[numbers.codes], "is_verified": verified[status.codes]}


def _birth(coded: Coded) -> Frame:
    dates = [each or _NEVER for each in coded.each(rows.born)]
    columns = {
        "born": [each.toordinal() if each is not _NEVER else 0 for each in dates],
        "year": [each.year for each in dates],
        "month": [each.month for each in dates],
        "day": [each.day for each in dates],
    }
    return {name: np.array(each, np.int32)[coded.codes] for name, each in columns.items()}


def _leave_out_weak(record: Frame, family: Family) -> None:
    """Take 1 January beside no more than an initial for missing, as `assembled` does."""
    second = family.columns(former=True)["family"]
    named = (record["family"] != 0) | (family.several & (second != 0))
    weak = (record["month"] == 1) & (record["day"] == 1) & ~(record["is_whole"] & named)
    record["born"] = np.where(weak, 0, record["born"]).astype(np.int32)


def _places(table: Table, different: Interned[str]) -> Frame:
    coded = paired(table.coded["postcode"], table.coded["town"], table.columns.place_text)
    codes = coded.each(place)
    columns = {
        "place": different.column(codes),
        "sector": different.column(sector(code) for code in codes),
        "district": different.column(district(code) for code in codes),
    }
    abroad = np.array([code if code.startswith(_ABROAD) else "" for code in codes], object)
    found: Frame = {name: each[coded.codes] for name, each in columns.items()}
    return found | {"abroad": abroad[coded.codes]}


def _lines(coded: Mapping[str, Coded], lines: Interned[str]) -> Frame:
    column = paired(coded["house"], coded["address"], rows.address)
    numbers = [numbers_in(text) for text in column.values]
    sets = Interned[frozenset[str]](frozenset())
    counts = np.array([len(each) for each in numbers], np.int32)
    return {
        "line": lines.column(column.values)[column.codes],
        "houses": sets.column(numbers)[column.codes],
        "house_count": counts[column.codes],
    }


def _contacts(coded: Mapping[str, Coded]) -> Frame:
    """Return contacts and other identifiers as texts, and whose comparison is not for SQL."""
    phone, mail = (_texts(coded[name], contact) for name in ("phone", "email"))
    other = _texts(coded["other"], rows.fold_code)
    one = np.where(phone.texts == "", mail.texts, phone.texts)
    second = np.where((phone.texts == "") | (one == mail.texts), "", mail.texts)
    odd = ~(phone.is_ascii & mail.is_ascii & other.is_ascii)
    return {
        "contact": one,
        "is_mail": np.where(phone.texts == "", mail.is_mail, phone.is_mail),
        "second_contact": second,
        "identifier": other.texts,
        "is_asked": odd | (second != ""),
    }


@dataclass(slots=True)
class _Texts:
    texts: npt.NDArray[np.object_]
    is_ascii: npt.NDArray[np.bool_]
    is_mail: npt.NDArray[np.bool_]


def _texts(coded: Coded, read: Callable[[str], str]) -> _Texts:
    values = coded.each(read)
    ascii_ones = np.array([value.isascii() for value in values], bool)
    mails = np.array(["@" in value for value in values], bool)
    return _Texts(
        np.array(values, object)[coded.codes], ascii_ones[coded.codes], mails[coded.codes]
    )


def _known(record: Frame) -> Codes:
    """Return how many fields are filled, as `Demographics.known` does."""
    named = (record["given"] != 0) | (record["form"] != 0) | record["newborn"]
    filled = (
        record["number"] != 0,
        named,
        record["born"] != 0,
        record["sex"] != 0,
        record["place"] != 0,
        record["contact"] != "",
    )
    return np.asarray(sum(each.astype(np.int32) for each in filled), np.int32)
