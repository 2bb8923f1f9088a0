"""Which legal permits speak of a request, and what they open."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs

from consent import strategies
from throughcare.consent.uses import is_cleared, opening, speaking_of, supported, uses
from throughcare.model.directive import PersonContext
from throughcare.model.entry import Category, EntryClass
from throughcare.model.permit import Basis, LegalPermit
from throughcare.model.request import Actor, Purpose, Request, Role

DAY = date(2026, 11, 24)
PERMIT = LegalPermit(
    id="one",
    basis=Basis.SUPPORT,
    provision="an Act",
    approver="the Caldicott Guardian",
    recipients=frozenset({"UNI"}),
    purposes=frozenset({"HRESCH"}),
    starts=DAY,
    ends=DAY + timedelta(2),
)
STATUTE = replace(PERMIT, id="two", basis=Basis.STATUTE)
ASKED = Request(
    actor=Actor("somebody", Role.RESEARCHER, "UNI"),
    purpose=Purpose.HRESCH,
    at=datetime(2026, 11, 24, 9, tzinfo=UTC),
)
PROFILE = strategies.profile()


@pytest.mark.parametrize(("days", "speaks"), [(-1, False), (0, True), (2, True), (3, False)])
def test_a_permit_speaks_on_its_first_and_its_last_day(days: int, *, speaks: bool) -> None:
    request = structs.replace(ASKED, at=ASKED.at + timedelta(days))
    assert speaking_of(request, [PERMIT]) == ([PERMIT] if speaks else [])


def test_only_support_depends_on_who_has_opted_out() -> None:
    assert supported(ASKED, [STATUTE, PERMIT])
    assert not supported(ASKED, [STATUTE])
    assert not supported(ASKED, [])


def test_who_is_clear_is_so_to_the_last_day_of_the_answer() -> None:
    for until, clear in ((None, False), (DAY - timedelta(1), False), (DAY, True)):
        context = PersonContext(7, cleared_until=until, permits=(PERMIT, STATUTE))
        assert is_cleared(context, DAY) is clear
        assert uses(ASKED, context).supports == ((PERMIT,) if clear else ())
        assert uses(ASKED, context).statutes == (STATUTE,)


def test_a_permit_about_some_people_speaks_of_no_others() -> None:
    some = replace(STATUTE, persons=frozenset({7}))
    assert uses(ASKED, PersonContext(7, permits=(some,))).statutes == (some,)
    assert uses(ASKED, PersonContext(8, permits=(some,))).statutes == ()


@pytest.mark.parametrize(
    ("labels", "named", "category", "restricted", "opens"),
    [
        ((), (), Category.CONTACT, False, True),
        ((), (), Category.CONTACT, True, False),
        ((), ("LOCATION",), Category.CONTACT, True, True),
        ((), (), Category.CONDITION, True, True),
        ((), ("STD",), Category.CONDITION, False, False),
        (("STD",), (), Category.CONDITION, False, False),
        (("STD",), ("STD",), Category.CONDITION, False, True),
        (("STD",), ("STD", "PSY"), Category.CONDITION, False, True),
        (("STD", "SRC"), ("STD",), Category.CONDITION, False, False),
        (("STD",), ("STD",), Category.CONTACT, True, False),
        (("R", "STD"), ("STD",), Category.CONDITION, False, True),
        (("R",), ("STD",), Category.CONDITION, False, False),
    ],
)
def test_what_a_label_closes_is_opened_by_that_label_alone(
    labels: tuple[str, ...],
    named: tuple[str, ...],
    category: Category,
    *,
    restricted: bool,
    opens: bool,
) -> None:
    cls = EntryClass("Condition", category, frozenset(labels), "RXX")
    permit = replace(STATUTE, labels=frozenset(named))
    found = opening([permit], cls, PROFILE, restricted=restricted)
    assert found == (("permit:two",) if opens else ())
