"""A whole node in this process, without a server between."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from doors.node_parts import asks, node_in
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.model.request import Role


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as made:
        yield made


@contextlib.asynccontextmanager
async def client_of(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client with a GP's token."""
    transport = httpx.ASGITransport(gateway(node))
    headers = {"authorization": f"Bearer {node.issue(asks(Role.GP), hours=1)}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://node/fhir/", headers=headers
    ) as made:
        yield made


@pytest.fixture
async def client(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client with a GP's token."""
    async with client_of(node) as made:
        yield made
