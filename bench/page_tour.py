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
    {"/favicon.ico", "/static/{name}.css", "/static/{name}.js", "/worker.js"}
    | {"/manifest.webmanifest", "/people/{person_id}/mine.json", "/people/{person_id}/mine.pdf"}
    | {"/people/{person_id}/emergency.pdf", "/people/{person_id}/pack.pdf"}
)
"""Routes that answer with a file and no page."""
GIVEN: Final = {
    "/scan/{code}": "/scan/somebody",
    "/launch": "/launch?token=none",
    "/sign-in/{code}": "/sign-in/somebody",
    "/appearance/{appearance}": "/appearance/dark?back=%2Fdesign",
    "/language/{language}": "/language/cy?back=%2Fdesign",
}
"""Addresses that no page leads to. The last two answer with a way back."""
OVERVIEW: Final = "/people/{person_id}/overview"
ALL_TRENDS: Final = f"{OVERVIEW}?trends=all"
"""Every result as a chart: the same route, and another page."""
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
    opened: set[str] = field(default_factory=set)

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

    Of the staff who may open a page about a person the first alone, and whoever it is about: of
    several, the first who is led there.
    """
    stops: dict[tuple[str, str], Stop] = {}
    for _ in range(ROUNDS):
        for page in routes():
            for reader in _for(page, readers):
                path = _address(page, reader)
                if path is None or path in reader.opened:
                    continue
                answer = await client.get(path, headers=reader.headers)
                reader.opened.add(path)
                reader.links |= set(map(html.unescape, _LINK.findall(answer.text)))
                stops.setdefault((page.path, reader.name), Stop(page.path, path, reader))
    for stop in list(stops.values()):
        if stop.route == OVERVIEW:
            path = f"{stop.path}?trends=all"
            stops[ALL_TRENDS, stop.reader.name] = Stop(ALL_TRENDS, path, stop.reader)
    return [stops[key] for key in sorted(stops, key=order)]


def order(key: tuple[str, str]) -> tuple[int, str, str]:
    """Return the place of a page and its reader: as the table of routes has it."""
    route = key[0].partition("?")[0]
    return [page.path for page in routes()].index(route), *key


def _for(page: Page, readers: Iterable[Reader]) -> list[Reader]:
    if page.policy is Policy.OPEN:
        return [reader for reader in readers if reader.role is None]
    if page.policy is Policy.MATCHES:  # as the locality of a bench has it
        return [reader for reader in readers if reader.role is Role.IT_LEAD]
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


async def share(client: httpx.AsyncClient, readers: Iterable[Reader]) -> None:
    """Make each person a link to their record, so that there is a page of one."""
    for reader in readers:
        if reader.role is Role.PATIENT:
            path = f"/people/{reader.person_id}/links"
            token = token_in((await client.get(path, headers=reader.headers)).text)
            said = {"token": token, "label": "Dr Smith in Lyon", "lifetime": "day"}
            await client.post(path, data=said, headers=reader.headers)


def token_in(text: str) -> str:
    """Return the token of the form on a page."""
    found = _TOKEN.search(text)
    assert found is not None
    return found[1]
