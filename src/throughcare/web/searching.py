"""Finding a person: the form, what it means, and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from starlette.responses import Response

from throughcare.fhir.nhs import is_nhs_number
from throughcare.model.person import PersonQuery
from throughcare.web.call import Call
from throughcare.web.days import born_on
from throughcare.web.ports import Remainder

NOBODY = "Nobody found."
NOBODY_OF_MANY = "Nobody found among those who were compared."
_AGAIN = {
    "number": "Check the number, or search by name and date of birth.",
    "place": "Search again without the postcode.",
    "name": "Check the spelling and the date of birth, or search by NHS number.",
}
"""What to do next, by what was asked: it follows from the form alone, whoever is there."""
_NHS_DIGITS = 10
_SEXES = frozenset({"", "male", "female", "other"})


@dataclass(frozen=True, slots=True)
class Search:
    """A search form as it was filled in: a query, or what is wrong with each field."""

    query: PersonQuery | None
    errors: Mapping[str, str]


class Heading(NamedTuple):
    """What stands above who was found."""

    text: str
    advice: str
    """Who was left out, and what would find them; or what to do where nobody was found."""


def read_search(form: Mapping[str, str], today: date) -> Search:
    """Read the form: an NHS number, or family name, first name and date of birth."""
    number = "".join(form.get("nhs_number", "").split()).replace("-", "")
    if number:
        if len(number) != _NHS_DIGITS or not number.isascii() or not number.isdecimal():
            return Search(None, {"nhs_number": "Enter an NHS number of 10 digits"})
        if not is_nhs_number(number):
            text = "This is not an NHS number: one of its digits is wrong. Check each"
            return Search(None, {"nhs_number": text})
        return Search(PersonQuery(nhs_number=number), {})
    errors: dict[str, str] = {}
    family, given = form.get("family", "").strip(), form.get("given", "").strip()
    if not family and not given and not form.get("year", "").strip():
        return Search(None, {"nhs_number": "Enter an NHS number, or a name and date of birth"})
    if not family:
        errors["family"] = "Enter the family name"
    if not given:
        errors["given"] = "Enter the first name"
    born = born_on(form.get("day", ""), form.get("month", ""), form.get("year", ""), today)
    if isinstance(born, str):
        errors["born"] = born
    sex = form.get("sex", "")
    if sex not in _SEXES:
        errors["sex"] = "Choose one of the answers"
    if errors or isinstance(born, str):
        return Search(None, errors)
    postcode = form.get("postcode", "").strip()
    query = PersonQuery(family=family, given=given, born=born, postcode=postcode, sex=sex)
    return Search(query, {})


def again(query: PersonQuery) -> str:
    """Return what to do where nobody was found."""
    return _AGAIN["number" if query.nhs_number else "place" if query.postcode else "name"]


async def search_form(call: Call) -> Response:
    """Show the empty form, and what the reader is to be told of what they read."""
    told = await call.node.told(call.session)
    return call.render("people", "Find a person", form={}, errors={}, found=None, told=told)


async def search(call: Call) -> Response:
    """Show who was found. The answer stands on a POST: names never come into an address."""
    read = read_search(call.form, call.site.clock.now().date())
    if read.query is None:
        title = "Error: Find a person"
        return call.render(
            "people", title, 422, form=call.form, errors=read.errors, found=None, told=()
        )
    found, left = await call.node.find_people(call.session, read.query)
    said = heading(len(found), left, read.query)
    return call.render(
        "people",
        "People found" if found else "Nobody found",
        form=call.form,
        errors={},
        found=found,
        told=(),
        heading=said.text,
        advice=said.advice,
    )


def heading(shown: int, left: Remainder, query: PersonQuery) -> Heading:
    """Return what stands above who was found."""
    if not shown:
        text = NOBODY if left.is_whole else NOBODY_OF_MANY
    elif shown < left.total:
        text = f"{shown} of {left.total} people found"
    else:
        text = f"{shown} {'person' if shown == 1 else 'people'} found"
    said = "" if shown else again(query)
    if query.nhs_number and (not left.is_whole or shown < left.total):
        said = "Too many people have this NHS number to be shown. Search by name and date of birth."
    elif not left.is_whole:
        said = (
            "Too many people share this name and date of birth, and not all of them were compared. "
            f"Add {_narrower(query)}."
        )
    elif shown < left.total:
        said = f"These are the likeliest. If the person is not among them, add {_narrower(query)}."
    return Heading(text, said)


def _narrower(query: PersonQuery) -> str:
    """Return what a search lacks that would find fewer."""
    lacking = (("a postcode", query.postcode), ("the sex", query.sex))
    words = [word for word, given in lacking if not given]
    return f"{', '.join(words)} or the NHS number" if words else "the NHS number"
