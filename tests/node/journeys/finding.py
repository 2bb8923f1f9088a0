"""How somebody comes to a record: what several journeys begin with."""

import re

from node.journeys.visitor import Visitor

UNABLE = re.compile("be asked")
"""What a crew answers for who can't say whether they may look."""


def search(visitor: Visitor, number: str) -> None:
    """Look somebody up by their NHS number."""
    visitor.go("/people")
    visitor.fill(nhs_number=number)
    visitor.press("Search")


def at_the_summary_of(crew: Visitor, number: str) -> Visitor:
    """Have a crew come to the summary of somebody who, they say, can't be asked."""
    search(crew, number)
    crew.press(UNABLE)
    return crew


def summary_of(crew: Visitor, person: Visitor) -> str:
    """Have a crew open the summary of somebody who is signed in; return its address."""
    path = f"/people/{own_id(person)}/emergency"
    crew.go(path)
    asked = crew.page.get_by_role("button", name=UNABLE)
    if asked.count():
        crew.tap(asked.first)
    return path


def own_id(person: Visitor) -> str:
    """Return the opaque id of somebody who is signed in as themselves."""
    return id_in(person.go("/me").url)


def id_in(address: str) -> str:
    """Return the opaque id of whom a page is about. Fails for a page about nobody."""
    found = re.search("/people/([^/]+)/", address)
    assert found is not None, address
    return found[1]
