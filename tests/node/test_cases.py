"""The scenarios of consent.md on nodes: over the doors on both engines, and over HTTP."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from consent import cases, loading
from consent.cases import Case
from consent.loading import Loaded, key
from node.conftest import start, stop
from store.engines import drop, dsns
from throughcare.app.folder import Folder, create
from throughcare.app.node import Node, opened
from throughcare.kernel import DeniedError, NotFoundError
from throughcare.model.request import Request

ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
TOLD = {"alert": "alert", "notify": "notice"}


def of_locality(name: str) -> list[Case]:
    return [case for case in cases.CASES if case["locality"] == name]


async def folder_of(root: Path, locality: str, engine: str) -> Folder:
    """Make a node of this locality whose record lies in `engine`."""
    folder = create(root / "node")
    text = folder.locality.read_text("utf-8")
    for change, value in cases.LOCALITIES[locality].items():
        old, new = cases.strategies.REPLACEMENTS[change]
        assert old in text
        text = text.replace(old, new.format(value))
    folder.locality.write_text(text + loading.named_home(), "utf-8")
    if engine != "sqlite":
        folder.keep_dsns(await dsns(engine, root))
    return folder


async def seen_through_doors(node: Node, request: Request, loaded: Loaded) -> dict[str, bytes]:
    """Return the bodies that a request is shown, by the names that the cases call them."""
    shown = {}
    for name, reference in loaded.names.items():
        type_, _, id_ = reference.partition("/")
        try:
            found = await node.disclosure.read(request, type_, id_)
        except NotFoundError:
            continue
        except DeniedError:
            break
        shown[name] = found.body
    return shown


def faults(case: Case, shown: dict[str, bytes]) -> list[str]:
    """Return in what the entries shown differ from what the case says."""
    number = case["number"]
    found = [f"{number}: {name} is hidden" for name in case.get("see", ()) if name not in shown]
    found += [f"{number}: {name} is shown" for name in case.get("not", ()) if name in shown]
    for name in case.get("masked", ()):
        if name in shown and b"Encounter/" in shown[name]:
            found.append(f"{number}: {name} is not masked")
    return found


async def told(node: Node, person: int) -> Counter[str]:
    return Counter(notice.kind for notice in await node.oversight.notices_about(person))


async def run_through_doors(root: Path, locality: str, engine: str) -> list[str]:
    folder = await folder_of(root, locality, engine)
    wrong = []
    async with opened(folder) as node:
        chosen = of_locality(locality)
        people = await loading.load(node, chosen, cases.DAY)
        for case in chosen:
            loaded = people[key(case)]
            before = await told(node, loaded.person)
            request = cases.request_of(case, loaded.person)
            wrong += faults(case, await seen_through_doors(node, request, loaded))
            after = await told(node, loaded.person)
            due = {TOLD[duty] for duty in case.get("duties", ()) if duty in TOLD}
            wrong += [f"{case['number']}: no {kind}" for kind in due if after[kind] <= before[kind]]
    return wrong


@pytest.mark.parametrize("locality", cases.LOCALITIES)
@pytest.mark.parametrize("engine", ENGINES)
def test_each_scenario_holds_through_the_doors(tmp_path: Path, engine: str, locality: str) -> None:
    async def run() -> list[str]:
        try:
            return await run_through_doors(tmp_path, locality, engine)
        finally:
            await drop(engine, tmp_path)

    assert asyncio.run(run()) == []


@contextmanager
def serving(folder: Folder) -> Iterator[str]:
    process, base = start(folder.root)
    try:
        yield base
    finally:
        stop(process)


async def load_and_issue(root: Path, chosen: list[Case], locality: str) -> Any:  # noqa: ANN401 - three things
    """Load a node, and make a token for each case; return folder, people and tokens."""
    folder = await folder_of(root, locality, "sqlite")
    async with opened(folder) as node:
        people = await loading.load(node, chosen, node.clock.now().date())
        tokens = {}
        for case in chosen:
            request = cases.request_of(case, people[key(case)].person)
            tokens[case["number"]] = node.issue(request, hours=1)
    return folder, people, tokens


def seen_over_http(base: str, token: str, loaded: Loaded) -> dict[str, bytes]:
    """Return the bodies that a token is shown, all asked for in one batch."""
    entries = [{"request": {"method": "GET", "url": name}} for name in loaded.names.values()]
    batch = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    headers = {"authorization": f"Bearer {token}"}
    answer = httpx.post(f"{base}/fhir", json=batch, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    parts = answer.json()["entry"]
    return {
        name: json.dumps(part["resource"]).encode()
        for name, part in zip(loaded.names, parts, strict=True)
        if part["response"]["status"].startswith("200")
    }


@pytest.mark.server
@pytest.mark.parametrize("locality", cases.LOCALITIES)
def test_each_scenario_holds_over_http(tmp_path: Path, locality: str) -> None:
    """Those of a day of their own are left out: a served node has the day that it is."""
    chosen = [case for case in of_locality(locality) if "at" not in case]
    folder, people, tokens = asyncio.run(load_and_issue(tmp_path, chosen, locality))
    wrong = []
    with serving(folder) as base:
        for case in chosen:
            shown = seen_over_http(base, tokens[case["number"]], people[key(case)])
            wrong += faults(case, shown)
    assert wrong == []
