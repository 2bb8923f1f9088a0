"""Finds an address of every route of the pages, as its readers come to it: by following links."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx
from starlette.routing import compile_path

from throughcare.model.request import Role
from throughcare.web.call import Page
from throughcare.web.pages import PAGES
from throughcare.web.policy import Policy

STREAMS: Final = frozenset({"/arrivals/events"})
"""What never ends: an open board is made anew by the same code as `/arrivals`."""
FILES: Final = frozenset(
    {"/favicon.ico", "/static/{name}.css", "/static/{name}.js"}
    | {"/people/{person_id}/mine.json", "/people/{person_id}/pack.pdf"}
)
"""Routes that answer with a file and no page."""
GIVEN: Final = {"/scan/{code}": "/scan/somebody", "/launch": "/launch?token=none"}
"""Addresses that no page leads to."""
ROUNDS: Final = 3
"""How often the links of what was found are followed."""
_LINK: Final = re.compile(r'(?:href|src)="([^"]+)"')
_TOKEN: Final = re.compile(r'name="token" value="([^"]+)"')


@dataclass(slots=True)
class Reader:
    """Somebody who is signed in, or nobody."""

    role: Role | None
    cookie: str = ""
    person_id: str = ""
    """Whose record they are about to read."""
    links: set[str] = field(default_factory=set)

    @property
    def headers(self) -> dict[str, str]:
        """What their browser sends."""
        return {"cookie": f"throughcare={self.cookie}"} if self.cookie else {}

    @property
    def name(self) -> str:
        """Their role, for the table."""
        return self.role.value if self.role else "nobody"


@dataclass(frozen=True, slots=True)
class Stop:
    """A page to open, and by whom."""

    route: str
    path: str
    reader: Reader


def routes() -> list[Page]:
    """Return every route that answers a GET with a page or a file, and ends."""
    return [page for page in PAGES if page.method == "GET" and page.path not in STREAMS]


async def tour(client: httpx.AsyncClient, readers: Sequence[Reader]) -> list[Stop]:
    """Return an address of each route for each reader that it is for, where one is found.

    Of the staff who may open a page about a person the first alone, and whoever it is about.
    """
    stops: dict[tuple[str, str], Stop] = {}
    for _ in range(ROUNDS):
        for page in routes():
            for reader in _for(page, readers):
                key = page.path, reader.name
                path = None if key in stops else _address(page, reader)
                if path is not None:
                    answer = await client.get(path, headers=reader.headers)
                    reader.links |= set(map(html.unescape, _LINK.findall(answer.text)))
                    stops[key] = Stop(page.path, path, reader)
    return [stops[key] for key in sorted(stops, key=_order)]


def _order(key: tuple[str, str]) -> tuple[int, str]:
    return [page.path for page in routes()].index(key[0]), key[1]


def _for(page: Page, readers: Iterable[Reader]) -> list[Reader]:
    if page.policy is Policy.OPEN:
        return [reader for reader in readers if reader.role is None]
    roles: set[Role] = set()
    found = []
    for reader in readers:
        is_own = reader.role in (Role.PATIENT, Role.PROXY)
        kind = Role.PATIENT if is_own else Role.NURSE
        if reader.role in page.policy.value and (is_own or kind not in roles):
            roles.add(kind)
            found.append(reader)
    return found


def _address(page: Page, reader: Reader) -> str | None:
    if page.path in GIVEN:
        return GIVEN[page.path]
    path = page.path.replace("{person_id}", reader.person_id)
    if "{" not in path:
        return path
    pattern, *_ = compile_path(path)
    known = (link for link in sorted(reader.links) if pattern.fullmatch(link.partition("?")[0]))
    return next(known, None)


def token_in(text: str) -> str:
    """Return the token of the form on a page."""
    found = _TOKEN.search(text)
    assert found is not None
    return found[1]
