"""A hostile client of a served node: forged tokens, hostile bytes, odd addresses. Never a 5xx."""

import base64
import gzip
import json
from typing import Any

import httpx
import pytest

from locality_commands import throughcare
from node.conftest import EDITH, Served

pytestmark = pytest.mark.server

NHS = "https://fhir.nhs.uk/Id/nhs-number"


def part(value: dict[str, Any] | bytes) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(token: str) -> dict[str, str]:
    """Return tokens made of a good one, by what is wrong with each."""
    head, body, signature = token.split(".")
    padding = "=" * (-len(body) % 4)
    claims = json.loads(base64.urlsafe_b64decode(body + padding))
    return {
        "no algorithm": f"{part({'alg': 'none'})}.{body}.",
        "another algorithm": f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{body}.{signature}",
        "a better role": f"{head}.{part(claims | {'role': 'privacy-officer'})}.{signature}",
        "another person": f"{head}.{part(claims | {'person': 1})}.{signature}",
        "no end": f"{head}.{part(claims | {'exp': 253402300799})}.{signature}",
        "no signature": f"{head}.{body}.",
        "a short signature": f"{head}.{body}.{signature[:-4]}",
        "four parts": f"{token}.{signature}",
        "too long": "a" * 20_000,
        "not ascii": "tök.en.x",
        "nothing": "",
    }


def test_a_forged_token_opens_nothing(gp: httpx.Client) -> None:
    token = gp.headers["authorization"].removeprefix("Bearer ")
    for what, bad in forged(token).items():
        headers = {"authorization": f"Bearer {bad}".strip().encode("latin-1")}
        reply = httpx.get(f"{gp.base_url}Patient", headers=headers)
        assert reply.status_code == 401, what
        assert reply.json()["resourceType"] == "OperationOutcome", what


def test_a_token_of_another_node_opens_nothing(
    gp: httpx.Client, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "node"
    throughcare("init", other)
    made = throughcare("token", "--node", other, "--role", "gp", "--purpose", "TREAT")
    headers = {"authorization": f"Bearer {made.stdout.strip()}"}
    assert httpx.get(f"{gp.base_url}Patient", headers=headers).status_code == 401


def test_a_role_that_may_not_ask_is_refused_alike_for_what_is_and_what_is_not(
    served: Served, gp: httpx.Client
) -> None:
    found = gp.get("Patient", params={"identifier": f"{NHS}|{EDITH}"}).json()
    known = found["entry"][0]["resource"]["id"]
    with served.client("it-lead", "TREAT") as lead:
        replies = [lead.get(f"Patient/{id_}") for id_ in (known, "0" * 32)]
    assert {reply.status_code for reply in replies} == {403}
    assert replies[0].content == replies[1].content


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"Patient"',
        b"\xef\xbb\xbf{",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"resourceType":"Patient","birthDate":"\\ud800"}',
        b'{"resourceType":"Patient","name":[{"family":"\xc3\x28"}]}',
        b'{"resourceType":"Patient","resourceType":"Patient"}',
        b'{"resourceType":"Patient","multipleBirthInteger":1e999999999}',
        b'{"resourceType":"Patient","multipleBirthInteger":' + b"9" * 10_000 + b"}",
        b'{"resourceType":"Patient"}{"resourceType":"Patient"}',
        b'{"resourceType":["Patient"]}',
        b'{"resourceType":"Patient","id":7}',
        b'{"resourceType":"Patient","name":{"family":"x"}}',
        b'{"resourceType":"Patient","name":[null]}',
        b'{"resourceType":"Patient","active":NaN}',
        gzip.compress(b"0" * 1_000_000, mtime=0),
    ],
    ids=range(19),
)
def test_hostile_bytes_are_refused_in_words(gp: httpx.Client, body: bytes) -> None:
    for url in ("Patient", ""):
        reply = gp.post(url, content=body)
        assert reply.status_code in {400, 422}, reply.text[:300]
        assert reply.json()["issue"][0]["diagnostics"]


def test_a_duplicate_key_is_named_with_its_place(gp: httpx.Client) -> None:
    reply = gp.post("Patient", content=b'{"resourceType":"Patient","id":"a","id":"b"}')
    assert reply.status_code == 400
    assert "id" in reply.text


def test_a_body_over_the_limit_is_refused_before_it_is_read(gp: httpx.Client) -> None:
    reply = gp.post("Patient", content=b" " * (64 * 1024 * 1024 + 1))
    assert reply.status_code == 413
    assert reply.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "url",
    [
        "Patient?_count=-1",
        "Patient?_count=999999999999",
        "Patient?_count=x",
        "Patient?_sort=nothing",
        "Patient?nothing=1",
        "Patient?name:nothing=1",
        "Patient?_has:x=1",
        "Patient?_has:Condition:patient:nothing=1",
        "Patient?_include=Patient:nothing",
        "Patient?_page=x",
        "Patient?_cursor=%00%ff",
        "Patient?birthdate=gt",
        "Patient?identifier=|||",
        "Patient?name=%00",
        "Patient?name=%ed%a0%80",
        "Patient?name=%25%5f%27%22%3b--",
        "Patient?" + "&".join(f"name={i}" for i in range(500)),
        "Patient?name=" + "a" * 30_000,
        "Patient?_id=" + ",".join("a" for _ in range(5_000)),
        "Observation?value-quantity=1e999",
        "Observation?value-quantity=gt5.4||kg||",
        "Observation?date=9999-99",
        "Condition?patient.name.family=x",
        "Condition?patient:Nothing.family=x",
        "Patient/a/_history/99999999999999999999",
        "Patient/a/_history/0",
        "Patient/a/b/c/d",
        "Patient/%2e%2e/%2e%2e/etc",
        "Patient/a%00b",
        "Patient/a/$everything?_type=Nothing",
        "Patient/a/$everything?start=x",
        "$nothing",
        "metadata?mode=nothing",
    ],
)
def test_an_odd_address_never_breaks_the_node(gp: httpx.Client, url: str) -> None:
    reply = gp.get(url)
    assert reply.status_code < 500, reply.text
    assert reply.status_code == 200 or reply.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "PUT", "DELETE", "TRACE", "NONSENSE"])
def test_an_odd_method_never_breaks_the_node(gp: httpx.Client, method: str) -> None:
    assert gp.request(method, "Patient").status_code in {400, 405, 501}


def test_a_head_is_its_get_without_the_body(gp: httpx.Client) -> None:
    asked = [gp.request(method, "Patient?family=Thwaite") for method in ("GET", "HEAD")]
    assert asked[1].content == b""
    assert asked[0].headers["content-length"] == asked[1].headers["content-length"]


def test_a_node_behind_a_proxy_of_its_own_machine_believes_it_that_the_browser_came_by_https(
    served: Served,
) -> None:
    address = f"{served.base}/connect"
    plain = httpx.get(address)
    assert "Secure" not in plain.headers["set-cookie"]
    proxied = httpx.get(address, headers={"x-forwarded-proto": "https"})
    assert proxied.headers["set-cookie"].startswith("__Host-throughcare-form=")
    assert "; Secure" in proxied.headers["set-cookie"]
