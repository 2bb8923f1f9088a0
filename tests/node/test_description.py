"""The published OpenAPI description, and what comes of calling a node by it."""

import contextlib
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.core.transport import Response

from node.conftest import Served
from throughcare.api.routes import PATHS

pytestmark = pytest.mark.server

EXAMPLES = 4
"""Calls of each operation and seed that are as described, and as many that are not."""


@pytest.fixture(scope="module")
def description(served: Served) -> dict[str, Any]:
    reply = httpx.get(f"{served.base}/fhir/openapi.json")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    found: dict[str, Any] = reply.json()
    return found


def test_every_path_and_method_that_is_routed_is_described_and_no_other(
    description: dict[str, Any],
) -> None:
    assert description["openapi"].startswith("3.1.")
    described = {
        (path.strip("/"), method.upper())
        for path, methods in description["paths"].items()
        for method in methods
        if method != "parameters"
    }
    assert described == {(path, method) for path, methods in PATHS.items() for method in methods}


def test_every_name_that_the_description_points_to_is_in_it(description: dict[str, Any]) -> None:
    ids = []
    for path, methods in description["paths"].items():
        named = {each["name"] for each in methods.get("parameters", ())}
        assert named == set(re.findall(r"\{(\w+)\}", path))
        ids += [each["operationId"] for name, each in methods.items() if name != "parameters"]
    assert len(ids) == len(set(ids))
    for pointer in re.findall(r"#/([\w/-]+)", str(description)):
        found: Any = description
        for step in pointer.split("/"):
            found = found[step]


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2])
def test_no_call_that_the_description_allows_or_forbids_is_a_fault_of_the_node(
    served: Served, description: dict[str, Any], number: int
) -> None:
    schema = schemathesis.openapi.from_dict(description)
    token = served.token("gp", "TREAT", "--org", "B86001")
    session = requests.Session()
    faults: set[str] = set()
    statuses: set[int] = set()

    def call(case: schemathesis.Case) -> None:
        reply: Response = case.call(
            base_url=f"{served.base}/fhir",
            session=session,
            headers={"authorization": f"Bearer {token}"},
            timeout=20,
        )
        statuses.add(reply.status_code)
        if reply.status_code >= 500:
            faults.add(f"{reply.status_code}: {case.as_curl_command()}")

    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == sum(map(len, PATHS.values()))
    for operation in operations:
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            with contextlib.suppress(Unsatisfiable):  # nothing can be wrong where nothing is sent
                called(call, operation.as_strategy(generation_mode=mode), number)
    assert not faults, "\n".join(sorted(faults))
    assert {200, 400, 404} <= statuses


def called(
    call: Callable[[schemathesis.Case], None],
    cases: st.SearchStrategy[schemathesis.Case],
    number: int,
) -> None:
    """Make calls, the same ones each time."""

    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def calls(case: schemathesis.Case) -> None:
        call(case)

    calls()
