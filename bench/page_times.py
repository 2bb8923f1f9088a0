"""Measures every page of the route table on the server: all of it, and its template.

Run: ``python bench/page_times.py [BUNDLES [LOCALITY]]``. BUNDLES is a folder of Synthea Bundles,
LOCALITY one with the feeds of a locality (a checkout of this project's authors has both). Each
route is opened by those whom it is for, at an address that their own pages lead to; a route that
nobody is led to is named. Four people: one of the demo; of the locality the one with most
entries; of Synthea the one with nearest to 500 resources; and one of the locality who was given
5,000 entries of Synthea's longest records. Time from the request to the last byte in the
node, the ledger's line included: CPU, and what passed (other programs make that longer). What is
swept after the last byte is not in it.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import emergency
import httpx
from jinja2 import Template
from large_person import LOADER, enlarge
from page_tour import FILES, Reader, Stop, order, routes, share, tour
from table import show, title

from throughcare.actors.directory import User
from throughcare.app import folder
from throughcare.app.asking import person_id_with
from throughcare.app.gateway import Gateway, gateway
from throughcare.app.loading import Found, Loader
from throughcare.app.node import Node, opened
from throughcare.app.pages import PagesOf
from throughcare.app.posts import PostsOf
from throughcare.app.serving import Swept, spare_the_lasting
from throughcare.model.request import Permission, Role
from throughcare.store.protocol import Transaction

PEOPLE = "60"
EDITH = "9996188108"
LARGE = 5_000
TIMES, SLOW_TIMES, SLOW_SECONDS = 25, 5, 0.5
"""How often a page is opened; one that takes longer than half a second less often."""
TEMPLATE_MS, SERVER_MS, SUMMARY_MS, KILOBYTES = 2.0, 150.0, 5.0, 12.0
"""What the design allows: a template and the emergency summary of 500 resources at the median, a
page at the 95th percentile, and what a page weighs as it is sent."""
STAFF = {
    Role.PARAMEDIC: "RX8",
    Role.NURSE: "RXX",
    Role.GP: "B86001",
    Role.SOCIAL_WORKER: "E08000035",
    Role.CARE_ASSISTANT: "VN1A2",
    Role.IT_LEAD: "RXX",
    Role.PRIVACY_OFFICER: "RXX",
}
SUMMARY = "/people/{person_id}/emergency"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one page costs, in milliseconds."""

    template: float
    middle: float
    late: float
    passed: float
    """What passed at the 95th percentile, other programs included."""
    bytes: int


Costs = dict[tuple[str, str], Cost]
"""By route and reader."""


class Watch:
    """Sums the CPU time that templates take."""

    def __init__(self) -> None:
        """Stand between the pages and their templates."""
        self.spent = 0.0
        self._render: Callable[..., str] = Template.render
        Template.render = self._watched  # type: ignore[method-assign, assignment]

    @property
    def _watched(self) -> Callable[..., str]:
        def render(template: Template, *given: Any, **named: Any) -> str:  # noqa: ANN401
            begun = time.process_time()
            try:
                return self._render(template, *given, **named)
            finally:
                self.spent += time.process_time() - begun

        return render


WATCH = Watch()


TOOK = [0.0, 0.0]
"""Seconds of CPU, and seconds that passed, of the last answer."""


@dataclass(frozen=True, slots=True)
class Timed:
    """The node without whoever asks it: a client in this process takes a millisecond of its own."""

    node: Gateway

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI
        """Answer, and say what it took."""
        begun, clock = time.process_time(), time.perf_counter()
        await self.node(scope, receive, send)
        TOOK[:] = time.process_time() - begun, time.perf_counter() - clock


async def signed_in(node: Node, pages: PagesOf, user: User) -> str:
    """Return the cookie of a user who signed in."""
    role = user.roles[0]

    async def work(tx: Transaction) -> str:
        await node.directory.put(tx, user)
        return await node.links.make(tx, user.id, role)

    found = await PostsOf(node, pages).sign_in(await node.store.transact(work), "")
    assert found is not None
    return found.cookie


async def readers(node: Node, person_id: str) -> list[Reader]:
    """Return nobody, one of each role of the staff with the person's leave, them, and proxies."""
    pages, found = PagesOf(node), [Reader(None, "", person_id)]
    async with node.store.snapshot() as reader:
        known = await node.directory.all(reader)
        person = await node.persons.by_public_id(reader, person_id)
    for role, organisation in STAFF.items():
        user = User(f"bench-{role.value}", "Sam Reid", (role,), organisation)
        made = Reader(role, await signed_in(node, pages, user), person_id)
        session = await pages.session(made.cookie)
        assert session is not None
        if session.asks_permission:
            said = Permission.UNABLE if role is Role.PARAMEDIC else Permission.GIVEN
            await pages.permission(session, person_id, said)
        found.append(made)
    own = User(f"bench-{person_id}", "Nell Arkwright", (Role.PATIENT,), person=person)
    found.append(Reader(Role.PATIENT, await signed_in(node, pages, own), person_id))
    for user in known:
        if user.id.startswith("bench") or user.person == person:
            continue
        if user.roles[0] in (Role.PATIENT, Role.PROXY):  # who let others act, and who acts
            cookie = await signed_in(node, pages, user)
            session = await pages.session(cookie)
            assert session is not None
            found.append(Reader(user.roles[0], cookie, session.person_id or "nobody"))
    return found


async def timed(node: Node, stops: Sequence[Stop]) -> Costs:
    """Return what each page costs: opened in turns, so that a busy minute falls on all of them."""
    takes = [Takes(stop) for stop in stops]
    transport = httpx.ASGITransport(Swept(Timed(gateway(node))))
    async with httpx.AsyncClient(transport=transport, base_url="http://node.bench") as client:
        for _ in range(TIMES):
            for each in takes:
                if not each.is_enough:
                    await each.open(client)
    return {(each.stop.route, each.stop.reader.name): each.cost for each in takes}


@dataclass
class Takes:
    """What opening one page took, in milliseconds, time by time."""

    stop: Stop
    templates: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    walls: list[float] = field(default_factory=list)
    size: int = 0
    """Bytes of its body as it is sent."""

    @property
    def is_enough(self) -> bool:
        """Tell whether a slow page was opened often enough."""
        return len(self.pages) >= SLOW_TIMES and self.pages[0] > SLOW_SECONDS * 1000

    async def open(self, client: httpx.AsyncClient) -> None:
        """Open it once more. Fails if the node does."""
        headers = self.stop.reader.headers | {"accept-encoding": "gzip"}
        WATCH.spent = 0.0
        answer = await client.get(self.stop.path, headers=headers)
        took, passed = TOOK
        self.pages.append(took * 1000)
        self.walls.append(passed * 1000)
        self.templates.append(WATCH.spent * 1000)
        assert answer.status_code < 500, (self.stop.path, answer.status_code)
        self.size = answer.num_bytes_downloaded

    @property
    def cost(self) -> Cost:
        """Return it in figures."""
        return Cost(
            statistics.median(self.templates),
            statistics.median(self.pages),
            late(self.pages),
            late(self.walls),
            self.size,
        )


def late(times: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return sorted(times)[int(len(times) * 0.95)]


async def measured(root: Path, person_id: str) -> Costs:
    """Return what every page costs that somebody is led to."""
    async with opened(folder.existing(root)) as node:
        transport = httpx.ASGITransport(gateway(node))
        async with httpx.AsyncClient(transport=transport, base_url="http://node.bench") as client:
            found = await readers(node, person_id)
            await share(client, found)
            stops = await tour(client, found)
        spare_the_lasting()  # as the served node does
        return await timed(node, stops)


async def number_of(root: Path, number: str) -> str:
    """Return the opaque id of the person with an NHS number."""
    async with opened(folder.existing(root)) as node:
        return await person_id_with(node, number)


async def came(root: Path, files: Sequence[Path], source: str | None) -> str:
    """Load files, and return who has come with most entries."""

    def progress(_found: Found, _part: float) -> None:
        """Show nothing."""

    async with opened(folder.existing(root)) as node:
        before = await sizes(node)
        await Loader(node.admission, LOADER, source=source).load(files, progress)
        after = await sizes(node)
    new = {person: size for person, size in after.items() if person not in before}
    return max(new, key=lambda person: new[person])


async def sizes(node: Node) -> dict[str, int]:
    """Return how many entries each person has."""
    found: dict[str, int] = {}
    async with node.store.whole() as reader:
        for row in await node.persons.people(reader):
            person = await node.persons.by_public_id(reader, row.person_id)
            assert person is not None
            if row.person_id not in found:
                subjects = await node.persons.subjects_of(reader, person)
                found[row.person_id] = len(await node.records.unfiltered(reader, subjects))
    return found


def demo(root: Path) -> None:
    """Make a node of demo people."""
    command = [sys.executable, "-m", "throughcare", "demo", "--node", str(root)]
    subprocess.run(  # noqa: S603 - our own command
        [*command, "--people", PEOPLE, "--no-serve"], check=True, capture_output=True
    )


def everybody(root: Path, given: Sequence[Path]) -> dict[str, Costs]:
    """Return what pages cost, by whom they are about."""
    demo(root / "demo")
    person = asyncio.run(number_of(root / "demo", EDITH))
    found = {"demo": asyncio.run(measured(root / "demo", person))}
    if not given:
        return found
    bundles, node = given[0], root / "node"
    folder.create(node)
    if len(given) > 1:
        person = asyncio.run(came(node, sorted(given[1].iterdir()), None))
        found["one locality"] = asyncio.run(measured(node, person))
    others = sorted(bundles.glob("*Information*.json.gz"))
    person = asyncio.run(came(node, [*others, *emergency.chosen(bundles)], "synthea"))
    found["Synthea"] = asyncio.run(measured(node, person))
    if len(given) < 2:
        return found
    patient = large(given[1])
    asyncio.run(enlarge(node, bundles, patient, LARGE))
    (number,) = [each["value"] for each in patient["identifier"] if "nhs-number" in each["system"]]
    person = asyncio.run(number_of(node, number))
    found[f"{LARGE:,} entries"] = asyncio.run(measured(node, person))
    return found


def large(locality: Path) -> dict[str, Any]:
    """Return the Patient who is given many entries: the first of the locality's practice."""
    with (locality / "gp.ndjson").open(encoding="utf-8") as lines:
        bundle = json.loads(next(lines))
    resources = [entry["resource"] for entry in bundle["entry"]]
    (patient,) = [each for each in resources if each["resourceType"] == "Patient"]
    return {name: value for name, value in patient.items() if name not in {"id", "meta"}}


def printed(found: dict[str, Costs]) -> None:
    """Print one table of all pages, then what nobody is led to."""
    print("ms: template p50, CPU p50, CPU p95, passed p95; of each person")
    print(f"{'page':<46}{'reader':<16}" + "".join(f"{whose:>27}" for whose in found))
    for key in sorted({key for costs in found.values() for key in costs}, key=order):
        cells = [f"{cells_of(costs.get(key)):>27}" for costs in found.values()]
        print(f"{key[0].replace('/people/{person_id}', '…'):<46}{key[1]:<16}" + "".join(cells))
    opened_ = {route for costs in found.values() for route, _ in costs}
    missing = [page.path for page in routes() if page.path not in opened_]
    print(f"led to by no page here: {', '.join(missing) or 'none'}")


def cells_of(cost: Cost | None) -> str:
    """Return the figures of one page."""
    if cost is None:
        return "-"
    return f"{cost.template:.1f} {cost.middle:.1f} {cost.late:.1f} {cost.passed:.0f}"


def compare(found: dict[str, Costs]) -> None:
    """Print the slowest beside what is allowed."""
    title("pages on the server")
    for whose, costs in found.items():
        pages = {key: cost for key, cost in costs.items() if key[0] not in FILES}
        slowest = max(pages, key=lambda key: pages[key].late)
        print(f"  {whose}: slowest is {slowest[0]} of {slowest[1]}")
        template = max(pages, key=lambda key: pages[key].template)
        heaviest = max(pages, key=lambda key: pages[key].bytes)
        print(f"  slowest template {template[0]}, heaviest page {heaviest[0]}")
        show(f"template, {whose}, p50", pages[template].template, TEMPLATE_MS, "<= 1", "ms")
        show(f"page on the server, {whose}, p95", pages[slowest].late, SERVER_MS, "<= 1", "ms")
        show(f"heaviest page, {whose}", pages[heaviest].bytes / 1024, KILOBYTES, "<= 1", "kB")
    summary = found.get("Synthea", {}).get((SUMMARY, Role.PARAMEDIC.value))
    if summary is not None:
        show("emergency summary, Synthea, p50", summary.middle, SUMMARY_MS, "<= 1", "ms")


def main() -> None:
    """Measure everybody's pages."""
    with tempfile.TemporaryDirectory() as name:
        found = everybody(Path(name), [Path(each) for each in sys.argv[1:]])
    printed(found)
    compare(found)


if __name__ == "__main__":
    main()
