"""Measures the way of a small supplier: from adding the source to the first message accepted.

Run: ``python bench/connecting.py``. The design allows five minutes in all. What a machine can say
of them is its own part, for which a twentieth is allowed: each step of the journey
(`tests/node/journeys/test_connect.py` counts its taps) is made over the whole application on a new
node, and timed, rehearsals in their processes included. The rest is for people: to read, to type
two names and a key, and to choose a file.
"""

import asyncio
import re
import resource
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import httpx
from table import show, title

from throughcare.actors.directory import User
from throughcare.app.folder import create
from throughcare.app.gateway import gateway
from throughcare.app.node import Node, opened
from throughcare.model.request import Role
from throughcare.store.protocol import Transaction
from throughcare.web.examples import EXAMPLES

ROUNDS = 7
ALLOWED = 300.0
"""Seconds of the design's five minutes."""
STEPS = ("add the source", "give the key", "try a file", "hand it over")
_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_KEY = re.compile(r'id="key">([^<]+)<')
_CARRIED = re.compile(r'name="carried" value="([^"]+)"')


def found(pattern: re.Pattern[str], answer: httpx.Response) -> str:
    """Return what a page holds. A page without it means that the way is broken."""
    match = pattern.search(answer.text)
    assert match is not None, answer.text[:2000]
    return match[1]


def cpu() -> float:
    """Return the CPU seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


async def signed_in(node: Node, client: httpx.AsyncClient) -> None:
    """Sign the IT lead in."""

    async def work(tx: Transaction) -> str:
        await node.directory.put(tx, User("lead", "Ian Firth", (Role.IT_LEAD,)))
        return await node.links.make(tx, "lead", Role.IT_LEAD)

    path = f"/sign-in/{await node.store.transact(work)}"
    token = found(_TOKEN, await client.get(path))
    await client.post(path, data={"token": token})


async def journey(lead: httpx.AsyncClient, supplier: httpx.AsyncClient, number: int) -> list[float]:
    """Go the way once; return the seconds of each step, its page included."""
    moments = [time.perf_counter()]
    page = await lead.get("/node/sources")
    added = {"name": f"pharmacy-{number}", "organisation": "FXX01"}
    sheet = await lead.post("/node/sources", data={"token": found(_TOKEN, page), **added})
    moments.append(time.perf_counter())
    token = found(_TOKEN, await supplier.get("/connect"))
    await supplier.post("/connect/key", data={"token": token, "key": found(_KEY, sheet)})
    moments.append(time.perf_counter())
    file = {"file": ("own.json", EXAMPLES[0].text.replace("Rose", f"Rose {number}").encode())}
    tried = await supplier.post("/connect", data={"token": token}, files=file)
    moments.append(time.perf_counter())
    carried = {"token": token, "do": "hand", "carried": found(_CARRIED, tried)}
    done = await supplier.post("/connect", data=carried, files={"file": ("", b"")})
    moments.append(time.perf_counter())
    assert "First accepted on" in done.text
    await supplier.post("/connect/leave", data={"token": token})
    return [after - before for before, after in pairwise(moments)]


async def measured(root: Path) -> None:
    """Print what the steps cost."""
    async with opened(create(root / "node")) as node:
        transport = httpx.ASGITransport(gateway(node))  # type: ignore[arg-type]  # plain dicts
        options = {"base_url": "http://node.test", "follow_redirects": True, "timeout": 60}
        async with (
            httpx.AsyncClient(transport=transport, **options) as lead,  # type: ignore[arg-type]
            httpx.AsyncClient(transport=transport, **options) as supplier,  # type: ignore[arg-type]
        ):
            await signed_in(node, lead)
            begun = cpu()
            rounds = [await journey(lead, supplier, number) for number in range(ROUNDS)]
            used = (cpu() - begun) / ROUNDS
    for step, times in zip(STEPS, zip(*rounds, strict=True), strict=True):
        show(f"passed: {step}", statistics.median(times) * 1e3, ALLOWED * 1e3, unit="ms")
    whole = statistics.median(sum(each) for each in rounds)
    show("passed: the whole way, 5 taps and 3 fields", whole * 1e3, ALLOWED * 1e3, "<= 0.05", "ms")
    show("CPU of the whole way", used * 1e3, ALLOWED * 1e3, unit="ms")


if __name__ == "__main__":
    title("to the first message accepted, beside five minutes")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measured(Path(folder)))
