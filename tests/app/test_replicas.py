"""A node that reads from a replica: named at its making, and withdrawals hold there too."""

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from doors.node_parts import asks, condition, consent, load, names, patient, submission
from locality_commands import throughcare
from store.cluster import no_replica
from store.pairs import Pair, started
from throughcare.app.diagnosis import diagnose
from throughcare.app.folder import Folder
from throughcare.app.node import Node, opened
from throughcare.kernel import NotFoundError
from throughcare.model.health import State

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(bool(no_replica()), reason=no_replica()),
]


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with started(tmp_path) as made:
        yield made


async def init(root: Path, *words: str) -> str:
    """Make a node; return what went wrong."""
    done = await asyncio.to_thread(throughcare, "init", root, *words)
    return done.stderr


async def replica_line(node: Node) -> tuple[State, str]:
    (line,) = [one for one in (await diagnose(node)).checks if one.name == "replica"]
    return line.state, line.found.partition(": ")[2]


async def test_a_withdrawal_holds_for_every_process_while_the_replica_lags(
    pair: Pair, tmp_path: Path
) -> None:
    root = tmp_path / "node"
    primary, replica = pair.primary.dsn("record"), pair.replica.dsn("record")
    assert await init(root, "--store", primary, "--replica", replica) == ""
    assert stat.S_IMODE(Folder(root).replica_address.stat().st_mode) == 0o600
    async with opened(Folder(root)) as one, opened(Folder(root)) as other:
        person, illness = patient("Khan", "9996188108"), condition("urn:gp:Khan")
        (made,) = await load(one, submission("gp", person, illness))
        whose, name = names(made)
        for node in (one, other):
            await pair.caught_up(node.store)
            assert await node.disclosure.read(asks(), *name.split("/"))
        await pair.tell("SELECT pg_wal_replay_pause()")
        (no,) = await load(one, submission("gp", consent(whose), key="2"))
        assert names(no)
        for node in (other, one):
            with pytest.raises(NotFoundError):
                await node.disclosure.read(asks(), *name.split("/"))
        await pair.tell("SELECT pg_wal_replay_resume()")
        for node in (other, one):
            await pair.caught_up(node.store)
            with pytest.raises(NotFoundError):
                await node.disclosure.read(asks(), *name.split("/"))
        assert await replica_line(one) == (State.OK, "follows")
        assert "in use" in await init(root, "--replica", replica)
        pair.replica.stop()
        state, said = await replica_line(other)
        assert (state, "can't be reached" in said) == (State.WARN, True)


async def test_what_is_no_replica_of_the_node_is_refused(pair: Pair, tmp_path: Path) -> None:
    root = tmp_path / "node"
    primary, replica = pair.primary.dsn("record"), pair.replica.dsn("record")
    assert "in one PostgreSQL database" in await init(tmp_path / "file", "--replica", replica)
    assert "is no replica of" in await init(root, "--store", primary, "--replica", primary)
    assert Folder(root).replicas() is None
    assert await init(root, "--replica", replica) == ""
    found = Folder(root).replicas()
    assert found is not None
    assert found.dsns == (replica,)
