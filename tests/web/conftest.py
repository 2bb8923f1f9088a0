"""Clients of the pages over a node in memory."""

from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette

from web.memory import MemoryNode, session_of
from web.sites import site_of

Client = httpx.AsyncClient


@pytest.fixture
def node() -> MemoryNode:
    return MemoryNode()


@pytest.fixture
def site(node: MemoryNode) -> Starlette:
    return site_of(node)


@pytest.fixture
def client_of(site: Starlette, node: MemoryNode) -> Callable[[str], Client]:
    """Return a function that makes the client of a signed-in user; "" is nobody."""

    def make(user: str) -> Client:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://node.test")
        if user:
            node.sessions[f"cookie-{user}"] = session_of(user)
            client.cookies.set("throughcare", f"cookie-{user}")
        return client

    return make
