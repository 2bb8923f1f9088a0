"""A whole node on PostgreSQL says what the same node on SQLite says."""

import asyncio
import csv
import io
import json
import stat
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from locality_commands import throughcare
from node.conftest import EDITH, GEORGE, PEOPLE
from store.cluster import PASSWORD, cluster, database_of
from store.engines import drop, dsn, dsns, on_postgres

pytestmark = [pytest.mark.server, *on_postgres]


@pytest.fixture(scope="module", params=["postgres", "two"])
def postgres_node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Return the folder of a node with demo people, its record in one database or in two."""
    node = tmp_path_factory.mktemp("postgres") / "node"
    engine: str = request.param
    stores = [word for one in asyncio.run(dsns(engine, node)) for word in ("--store", one)]
    made = throughcare("init", node, *stores)
    assert made.returncode == 0, made.stderr
    filled = throughcare("demo", "--node", node, "--people", PEOPLE, "--no-serve")
    assert filled.returncode == 0, filled.stderr
    yield node
    asyncio.run(drop(engine, node))


@pytest.fixture(scope="module")
def sqlite_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the same node on SQLite, which no other test has written to."""
    node = tmp_path_factory.mktemp("sqlite") / "node"
    filled = throughcare("demo", "--node", node, "--people", PEOPLE, "--no-serve")
    assert filled.returncode == 0, filled.stderr
    return node


def emergency(node: Path, number: str) -> dict[str, Any]:
    who = ("--role", "paramedic", "--org", "RX8", "--purpose", "ETREAT", "--json")
    asked = throughcare("emergency", "--node", node, "--nhs", number, *who, "--reason", "collapsed")
    assert asked.returncode == 0, asked.stderr
    found: dict[str, Any] = json.loads(asked.stdout)
    for source in found["sources"]:
        del source["last"]  # when it was loaded, which two nodes were one after the other
    return found


def test_the_node_keeps_no_record_in_its_folder(postgres_node: Path) -> None:
    assert not (postgres_node / "store.sqlite").exists()
    address = postgres_node / "store.dsn"
    assert stat.S_IMODE(address.stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [EDITH, GEORGE])
def test_a_crew_reads_the_same_from_either_engine(
    postgres_node: Path, sqlite_node: Path, number: str
) -> None:
    assert emergency(postgres_node, number) == emergency(sqlite_node, number)


def test_the_people_are_the_same_on_either_engine(postgres_node: Path, sqlite_node: Path) -> None:
    def people(node: Path) -> set[frozenset[tuple[str, str]]]:
        listed = throughcare("people", "--node", node, "--csv")
        assert listed.returncode == 0, listed.stderr
        persons = defaultdict(set)
        for row in csv.DictReader(io.StringIO(listed.stdout)):
            persons[row["person_id"]].add((row["source"], row["local_id"]))
        return set(map(frozenset, persons.values()))

    assert people(postgres_node) == people(sqlite_node)


def test_the_ledger_and_the_store_are_whole(postgres_node: Path) -> None:
    emergency(postgres_node, EDITH)
    verified = throughcare("audit", "verify", "--node", postgres_node)
    assert verified.returncode == 0, verified.stdout
    looked = throughcare("doctor", "--node", postgres_node, "--json")
    assert looked.returncode == 0, looked.stdout
    checks = {check["name"]: check["state"] for check in json.loads(looked.stdout)["checks"]}
    assert {checks[name] for name in ("store", "ledger", "search rows")} == {"ok"}


def test_a_node_does_not_change_its_store_unnoticed(postgres_node: Path, tmp_path: Path) -> None:
    other = asyncio.run(dsn(tmp_path))
    refused = throughcare("init", postgres_node, "--store", other)
    assert refused.returncode == 1
    assert "keeps its record in another store" in refused.stderr
    asyncio.run(cluster().drop(database_of(tmp_path)))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://localhost/record", "takes the address of a PostgreSQL database"),
        ("postgresql://carer:hidden@127.0.0.1:1/record", "can't be reached"),
        ("postgresql:///no_such_database", "does not let this node in"),
        ("postgresql://postgres:hidden@tcp/postgres", "does not let this node in"),
    ],
)
def test_a_wrong_address_is_said_in_plain_words_without_its_password(
    tmp_path: Path, address: str, said: str
) -> None:
    known = cluster().dsn("no_such_database")
    host = known.partition("?")[2]
    port = known.rpartition("port=")[2]
    address = address.replace("postgresql:///", "postgresql://postgres@/")
    address = address.replace("@tcp/", f"@127.0.0.1:{port}/")
    if address.endswith("no_such_database"):
        address += f"?{host}"
    refused = throughcare("init", tmp_path / "node", "--store", address)
    assert refused.returncode != 0
    assert said in refused.stderr
    assert "hidden" not in refused.stderr + refused.stdout
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "node").exists()
    assert PASSWORD not in refused.stderr
