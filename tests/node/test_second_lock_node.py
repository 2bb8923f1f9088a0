"""The second lock changes no answer: a node says the same with it as without."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.conftest import Served, start, stop
from node.test_non_interference import DEPRESSION, QUERIES, answers, feed, load, of_callum
from store.engines import drop, dsns, on_postgres
from throughcare.app import folder

pytestmark = [pytest.mark.server, *on_postgres]

HISTORIES = ("_history?_count=7", "Condition/_history?_count=7", "Patient/_history")
ONE = ("Condition", "Patient", "Consent")
"""Types of which an entry is read by itself, with its history and a version."""


@pytest.fixture(params=["postgres", "two"])
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a node whose record is in one database, or in two."""
    made = tmp_path / "node"
    folder.create(made).keep_dsns(asyncio.run(dsns(request.param, tmp_path)))
    asyncio.run(load(made, feed(with_restricted=True)))
    yield made
    asyncio.run(drop(request.param, tmp_path))


def said(node: Path) -> dict[str, list[bytes]]:
    """Return all that a nurse and a GP are answered."""
    process, base = start(node)
    found: dict[str, list[bytes]] = {}
    try:
        for role, purpose, organisation in (("nurse", "TREAT", "RXX"), ("gp", "TREAT", "M99001")):
            with Served(node, base).client(role, purpose, "--org", organisation) as client:
                asked = [*QUERIES, *HISTORIES, f"Condition?code={DEPRESSION}"]
                for type_ in ONE:
                    entries = client.get(f"{type_}?_count=1").json().get("entry", [])
                    ids = [entry["resource"].get("id") for entry in entries]
                    for name in (f"{type_}/{id_}" for id_ in ids if id_):
                        asked += [name, f"{name}/_history", f"{name}/_history/1"]
                found |= {f"{role} {url}": list(answers(client, url)) for url in asked}
                found |= {f"{role} {url}": pages for url, pages in of_callum(client)}
    finally:
        stop(process)
    return found


def test_a_node_answers_the_same_with_the_second_lock_as_without(node: Path) -> None:
    plain = said(node)
    with (node / "locality.toml").open("a", encoding="utf-8") as rules:
        rules.write("\n[store]\nsecond_lock = true\n")
    locked = said(node)
    assert plain.keys() == locked.keys()
    assert len(plain) > 2 * len(QUERIES)
    for asked, pages in plain.items():
        assert locked[asked] == pages, asked
