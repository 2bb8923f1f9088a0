"""What an entry of the register of legal permits has to name, and what objections come to."""

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from consent import strategies
from throughcare.admission.registering import file_of, numbers_in
from throughcare.consent.asked import SECONDARY
from throughcare.consent.objections import DISSENT, WITHDRAWN, objected
from throughcare.consent.register import check
from throughcare.consent.register import entry as entry_of
from throughcare.kernel import BadInputError
from throughcare.model.permit import Basis, Entry, Items

GOOD = Entry(
    "",
    Basis.SUPPORT,
    "NHS Act 2006, section 251; 26/CAG/0001",
    "the Caldicott Guardian",
    Items(("role:researcher&UNI",), ("HRESCH",), ("condition",), ("STD",)),
    date(2026, 11, 24),
    date(2027, 3, 31),
)


@pytest.mark.parametrize(
    ("changes", "items", "words"),
    [
        ({}, {"recipients": ()}, "recipients"),
        ({}, {"recipients": (" ",)}, "recipients"),
        ({}, {"recipients": ("RXX", " ")}, "recipients"),
        ({}, {"recipients": ("role:coroner",)}, "No role"),
        ({}, {"purposes": ()}, "purposes"),
        ({}, {"purposes": ("TREAT",)}, "supports no care"),
        ({}, {"purposes": ("MONEY",)}, "No purpose"),
        ({}, {"categories": ("everything",)}, "No category"),
        ({}, {"labels": ("GRA",)}, "closed by law"),
        ({}, {"labels": ("MADE-UP",)}, "No label"),
        ({}, {"persons": ()}, "persons"),
        ({"approver": "Officer "}, {}, "approves"),
        ({"approver": ""}, {}, "approver"),
        ({"provision": " "}, {}, "provision"),
        ({"ends": date(2020, 1, 1)}, {}, "last day"),
    ],
)
def test_an_entry_names_all_that_it_has_to(
    changes: dict[str, Any], items: dict[str, Any], words: str
) -> None:
    entry = replace(GOOD, **changes)
    named = {name: getattr(GOOD.items, name) for name in GOOD.items.__struct_fields__}
    with pytest.raises(BadInputError, match=words):
        check(replace(entry, items=Items(**named | items)), "officer", strategies.profile())


def test_a_row_without_an_end_is_an_entry_that_was_not_ended() -> None:
    items = msgspec.json.encode(GOOD.items).decode()
    row = [
        "a",
        GOOD.basis.value,
        "p",
        "q",
        items,
        "2026-11-24",
        "2027-03-31",
        "t",
        "by",
        None,
        None,
    ]
    found = entry_of(row)
    assert (found.id, found.items, found.starts, found.ends) == (
        "a",
        GOOD.items,
        GOOD.starts,
        GOOD.ends,
    )
    assert (found.added, found.added_by, found.ended, found.ended_by) == ("t", "by", "", "")


def test_an_entry_that_names_all_passes_and_a_statute_may_be_for_care() -> None:
    check(GOOD, "officer", strategies.profile())
    court = replace(GOOD, basis=Basis.STATUTE, items=Items(("RXX",), ("TREAT",)))
    check(court, "officer", strategies.profile())
    every = replace(GOOD, items=Items(("RXX",), tuple(sorted(SECONDARY))), ends=GOOD.starts)
    check(every, "officer", strategies.profile())


def said(code: str, day: str, custodian: str = "B86001", **more: Any) -> tuple[str, dict[str, Any]]:  # noqa: ANN401 - JSON
    coding = {"system": "http://snomed.info/sct", "code": code}
    dated = {"effectiveDateTime": day} if day else {}
    return custodian, {"code": {"coding": [coding]}, **dated, **more}


ERROR = {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], set()),
        ([said(DISSENT, "2026-01-05")], {"B86001"}),
        ([said(DISSENT, "2026-01-05"), said(WITHDRAWN, "2026-02-01")], set()),
        ([said(WITHDRAWN, "2026-02-01"), said(DISSENT, "2026-01-05")], set()),
        ([said(WITHDRAWN, "2026-01-05"), said(DISSENT, "2026-02-01")], {"B86001"}),
        ([said(DISSENT, "2026-01-05"), said(WITHDRAWN, "2026-01-05")], {"B86001"}),
        ([said(DISSENT, "2026"), said(WITHDRAWN, "2026-03-01")], {"B86001"}),
        ([said(DISSENT, "2026-03-01"), said(WITHDRAWN, "2026")], {"B86001"}),
        ([said(DISSENT, ""), said(WITHDRAWN, "2026-02-01")], {"B86001"}),
        ([said(DISSENT, "2026-01-05"), said(WITHDRAWN, "")], {"B86001"}),
        ([said(DISSENT, "2026-01-05"), said(WITHDRAWN, "2026-02-01", "RXX")], {"B86001"}),
        ([said(DISSENT, "2026-01-05", **ERROR)], set()),
        ([said(DISSENT, "2026-01-05", status="entered-in-error")], set()),
        ([said("195967001", "2026-01-05")], set()),
    ],
)
def test_the_newest_word_of_each_practice_stands(
    entries: list[tuple[str, dict[str, Any]]], expected: set[str]
) -> None:
    assert objected(entries) == expected


def test_a_file_of_numbers_goes_out_and_comes_back() -> None:
    numbers = ["9990000018", "9990000026"]
    assert file_of(numbers) == b"9990000018,\n9990000026,\n"
    assert numbers_in(b"9990000018,\n9990000026,\n9990000018,\n") == numbers
    assert numbers_in(b"") == []


@pytest.mark.parametrize(
    "file", [b"9990000018\n", b"9990000019,\n", b"a,\n", b"\xff,\n", b"9990000018,1\n", b",\n"]
)
def test_a_file_of_anything_else_is_refused_without_showing_it(file: bytes) -> None:
    with pytest.raises(BadInputError) as raised:
        numbers_in(file)
    assert "999" not in raised.value.message
