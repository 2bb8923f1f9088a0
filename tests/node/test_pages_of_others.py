"""Pages about somebody else: to whoever reads for themselves, or acts for nobody, as about nobody.

The id of a person is on every code that leads staff to them, so that it is no secret.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from doors.node_parts import asks, condition, load, names, node_in, patient, person_of, submission
from node.withheld.browsing import TOKEN, signed_in
from throughcare.app.node import Node
from throughcare.kernel import NotFoundError
from throughcare.model.request import Purpose, Request, Role
from throughcare.web.pages import PAGES

NOBODY = "0" * 32
"""An id of the form of a person's, that nobody has."""
PATHS = [page.path for page in PAGES if "{person_id}" in page.path and page.method == "GET"]
FORMS = [page.path for page in PAGES if "{person_id}" in page.path and page.method == "POST"]
FIELDS = {
    "said": "It was not me",
    "label": "A friend",
    "lifetime": "day",
    "account": "harold",
    "see-medicines": "yes",
    "kind": "weight",
    "value": "70",
    "weight": "70",
    "to": "stop",
    "what": "end",
    "consent": "unknown",
    "answer": "agrees",
    "reason": "was asked to",
    "claim": "was asked to",
    "code": "cannot-be-asked",
    "note": "drink:200",
}
"""What all forms together ask for."""
NAMES = {"choice": "everybody", "type": "Condition", "entry_id": "x", "account": "x"}
NAMES |= {"consent": "x", "look": "x"}


@dataclass(frozen=True)
class Two:
    """A node with two people."""

    node: Node
    reader: Request
    """The request of the one about themselves."""
    own: str
    other: str
    """Id of the other."""


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with node_in(tmp_path) as node:
        people = []
        for source, family in (("gp", "Khan"), ("rx", "Abbott")):
            given = submission(source, patient(family), condition(f"urn:{source}:{family}"))
            (outcome,) = await load(node, given)
            people.append(await person_of(node, names(outcome)[0]))
        async with node.store.snapshot() as view:
            ids = [await node.persons.public_id(view, person) for person in people]
        reader = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=people[0])
        yield Two(node, reader, *ids)


def filled(path: str, person: str) -> str:
    return path.format(person_id=person, **NAMES)


def told(reply: httpx.Response, person: str) -> tuple[int, str, bytes]:
    """Return what an answer says, without the id that was asked for."""
    said = TOKEN.sub(b"", reply.content).replace(person.encode(), b"PERSON")
    return reply.status_code, reply.headers.get("location", "").replace(person, "PERSON"), said


@pytest.mark.parametrize("role", [Role.PATIENT, Role.PROXY])
async def test_a_page_about_somebody_else_is_that_about_nobody(two: Two, role: Role) -> None:
    reader = two.reader
    if role is Role.PROXY:
        reader = asks(Role.PROXY, Purpose.FAMRQT, organisation="")
    browser, _ = await signed_in(two.node, reader)
    async with browser:
        for path in PATHS:
            theirs, nobodys = [
                told(await browser.get(filled(path, person) + "?to=stop"), person)
                for person in (two.other, NOBODY)
            ]
            assert theirs == nobodys, path
            assert theirs[0] in {403, 404}, path
            assert b"ABBOTT" not in theirs[2], path


async def test_a_form_about_somebody_else_is_refused_as_about_nobody(two: Two) -> None:
    browser, _ = await signed_in(two.node, two.reader)
    async with browser:
        page = await browser.get(f"people/{two.own}/add")
        (token,) = set(re.findall(r'name="token" value="([^"]*)"', page.text))
        for path in FORMS:
            theirs, nobodys = [
                told(
                    await browser.post(
                        filled(path, person),
                        data=FIELDS | {"token": token},
                        headers={"origin": "http://node"},
                    ),
                    person,
                )
                for person in (two.other, NOBODY)
            ]
            assert theirs == nobodys, path
            assert theirs[0] >= 400, path
            assert b"ABBOTT" not in theirs[2], path


async def test_who_tries_is_in_the_ledger_of_whom_they_tried(two: Two) -> None:
    with pytest.raises(NotFoundError):
        await two.node.people.emergency(two.reader, two.other)
    officer = asks(Role.PRIVACY_OFFICER, Purpose.HOPERAT, organisation="")
    found = await two.node.oversight.looks(officer, two.other)
    tried = [line for line in found.lines if line.user == two.reader.actor.user]
    assert [(line.action, line.outcome) for line in tried] == [("refused", "deny")]
