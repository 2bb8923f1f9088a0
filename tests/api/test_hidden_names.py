"""Every way to write that names another entry: a hidden one is answered like one that never was."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from api.export_parts import client_of
from doors.node_parts import asks, condition, load, names, patient, submission
from throughcare.api.routes import POLICY, Interaction, route
from throughcare.app import profiles
from throughcare.app.node import Node
from throughcare.consent.profile import default_text
from throughcare.model.request import Role

CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
HIDDEN = {"meta": {"security": [{"system": CONFIDENTIALITY, "code": "R"}]}}
PATCH = {"content-type": "application/json-patch+json"}
URN = "urn:uuid:11111111-1111-4111-8111-111111111111"


@dataclass(frozen=True)
class Named:
    """What a write can name: each entry hidden, or unknown."""

    about: str
    """A Patient who may be seen."""
    condition: str
    document: str
    encounter: str


@dataclass(frozen=True)
class Write:
    """One call."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def ill(named: Named, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return condition(named.about, "195967001") | more


def observed(named: Named, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "a note"},
        "subject": {"reference": named.about},
        **more,
    }


def document(about: str, url: str) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"reference": about},
        "content": [{"attachment": {"contentType": "text/plain", "url": url}}],
    }


def binary(context: str) -> dict[str, Any]:
    return {
        "resourceType": "Binary",
        "contentType": "text/plain",
        "data": "aGk=",
        "securityContext": {"reference": context},
    }


def bundle(kind: str, method: str, url: str, resource: Any = None, **more: str) -> dict[str, Any]:  # noqa: ANN401 - JSON
    entry = {"fullUrl": URN, "request": {"method": method, "url": url, **more}}
    if resource is not None:
        entry["resource"] = resource
    return {"resourceType": "Bundle", "type": kind, "entry": [entry]}


def list_of(named: Named) -> dict[str, Any]:
    return {
        "resourceType": "List",
        "status": "current",
        "mode": "working",
        "subject": {"reference": named.about},
        "entry": [{"item": {"reference": named.condition}}],
    }


def group_of(named: Named) -> dict[str, Any]:
    return {
        "resourceType": "Group",
        "type": "person",
        "actual": True,
        "member": [{"entity": {"reference": named.about}}],
        "characteristic": [
            {
                "code": {"text": "has"},
                "valueReference": {"reference": named.condition},
                "exclude": False,
            }
        ],
    }


def provenance(named: Named) -> dict[str, Any]:
    return {
        "resourceType": "Provenance",
        "target": [{"reference": named.condition}, {"reference": named.about}],
        "recorded": "2026-11-24T12:00:00Z",
        "agent": [{"who": {"display": "somebody"}}],
    }


def id_of(name: str) -> str:
    return name.partition("/")[2]


WHOLE = {"prefer": "return=representation"}
WAYS: Mapping[str, Callable[[Named], Write]] = {
    "a Binary's bytes": lambda n: Write(
        "POST", "Binary", b"hi", {"content-type": "text/plain", "x-security-context": n.document}
    ),
    "a Binary": lambda n: Write("POST", "Binary", binary(n.document)),
    "a Binary at an id": lambda n: Write(
        "PUT", "Binary/mine", binary(n.encounter) | {"id": "mine"}
    ),
    "a Binary of a condition": lambda n: Write("POST", "Binary", binary(n.condition)),
    "a Binary in a transaction": lambda n: Write(
        "POST", "", bundle("transaction", "POST", "Binary", binary(n.document))
    ),
    "a Binary in a batch": lambda n: Write(
        "POST", "", bundle("batch", "POST", "Binary", binary(n.document))
    ),
    "a reference": lambda n: Write(
        "POST", "Observation", observed(n, encounter={"reference": n.encounter}), WHOLE
    ),
    "several references": lambda n: Write(
        "POST",
        "Observation",
        observed(n, focus=[{"reference": n.condition}, {"reference": n.document}]),
        WHOLE,
    ),
    "a reference in a contained resource": lambda n: Write(
        "POST",
        "Observation",
        observed(
            n,
            contained=[{"resourceType": "List", "id": "l", **list_of(n)}],
            focus=[{"reference": "#l"}],
        ),
    ),
    "an address of bytes": lambda n: Write(
        "POST", "DocumentReference", document(n.about, f"Binary/{id_of(n.document)}"), WHOLE
    ),
    "a List": lambda n: Write("POST", "List", list_of(n), WHOLE),
    "a Group": lambda n: Write("POST", "Group", group_of(n), WHOLE),
    "a Provenance": lambda n: Write("POST", "Provenance", provenance(n), WHOLE),
    "a conditional reference": lambda n: Write(
        "POST",
        "",
        bundle(
            "transaction",
            "POST",
            "Observation",
            observed(n, focus=[{"reference": f"Condition?_id={id_of(n.condition)}"}]),
        ),
    ),
    "a conditional reference by what it links to": lambda n: Write(
        "POST",
        "",
        bundle(
            "transaction",
            "POST",
            "Observation",
            observed(n, encounter={"reference": f"Encounter?diagnosis={n.condition}"}),
        ),
    ),
    "a conditional create": lambda n: Write(
        "POST", "Condition", ill(n), {"if-none-exist": f"_id={id_of(n.condition)}", **WHOLE}
    ),
    "a conditional create in a transaction": lambda n: Write(
        "POST",
        "",
        bundle(
            "transaction",
            "POST",
            "Condition",
            ill(n),
            ifNoneExist=f"_id={id_of(n.condition)}",
        ),
    ),
    "a conditional update": lambda n: Write(
        "PUT", f"Condition?_id={id_of(n.condition)}", ill(n), WHOLE
    ),
    "a conditional update at an id": lambda n: Write(
        "PUT", f"Condition?_id={id_of(n.condition)}", ill(n, id=id_of(n.condition))
    ),
    "a conditional patch": lambda n: Write(
        "PATCH",
        f"Condition?_id={id_of(n.condition)}",
        [{"op": "add", "path": "/recordedDate", "value": "2026-01-01"}],
        PATCH,
    ),
    "a conditional delete": lambda n: Write("DELETE", f"Condition?_id={id_of(n.condition)}"),
    "an update": lambda n: Write("PUT", n.condition, ill(n, id=id_of(n.condition)), WHOLE),
    "an update of a version": lambda n: Write(
        "PUT", n.condition, ill(n, id=id_of(n.condition)), {"if-match": 'W/"1"'}
    ),
    "an update of what is new": lambda n: Write(
        "PUT", n.condition, ill(n, id=id_of(n.condition)), {"if-none-match": "*"}
    ),
    "an update in a transaction": lambda n: Write(
        "POST",
        "",
        bundle("transaction", "PUT", n.condition, ill(n, id=id_of(n.condition))),
    ),
    "an update in a batch": lambda n: Write(
        "POST", "", bundle("batch", "PUT", n.condition, ill(n, id=id_of(n.condition)))
    ),
    "a patch": lambda n: Write(
        "PATCH", n.condition, [{"op": "test", "path": "/code", "value": 1}], PATCH
    ),
    "a delete": lambda n: Write("DELETE", n.condition),
    "a delete of a version": lambda n: Write("DELETE", n.condition, None, {"if-match": 'W/"1"'}),
    "a delete in a transaction": lambda n: Write(
        "POST", "", bundle("transaction", "DELETE", n.condition)
    ),
    "a read in a batch": lambda n: Write("POST", "", bundle("batch", "GET", n.condition)),
    "a body to validate": lambda n: Write("POST", "List/$validate", list_of(n)),
    "an entry to validate": lambda n: Write("POST", f"{n.condition}/$validate", ill(n)),
    "a merge": lambda n: Write(
        "POST",
        "Patient/$merge",
        {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "source-patient", "valueReference": {"reference": n.about}},
                {
                    "name": "target-patient",
                    "valueReference": {"reference": f"Patient/{id_of(n.condition)}"},
                },
            ],
        },
    ),
    "a description to match": lambda n: Write("POST", "Patient/$match", ill(n)),
}


def sent(write: Write) -> dict[str, Any]:
    if write.body is None:
        return {}
    return {"content": write.body if isinstance(write.body, bytes) else json.dumps(write.body)}


def gist(answer: httpx.Response, named: Named) -> tuple[int, dict[str, str], str]:
    """Return an answer without the names that were sent, new ids and times."""
    text = answer.text
    for name in (named.condition, named.document, named.encounter):
        text = text.replace(id_of(name), "ID")
    told = {name: answer.headers.get(name, "") for name in ("etag", "warning", "content-type")}
    text = re.sub(r'"lastUpdated":"[^"]*"|"lastModified":"[^"]*"|"id":"[0-9a-f]{32}"', "", text)
    return answer.status_code, told, re.sub(r"[0-9a-f]{32}", "NEW", text)


async def loaded(node: Node, *, chosen: bool = False) -> Named:
    """Load somebody with three hidden entries; with `chosen`, their source gave them ids."""
    encounter = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "urn:gp:Khan"},
        **HIDDEN,
    }
    secret = condition("urn:gp:Khan", "86406008") | HIDDEN
    letter = document("urn:gp:Khan", "https://elsewhere.example/letter") | HIDDEN
    entries = [secret, letter, encounter]
    if chosen:
        entries = [{**each, "id": f"secret-{number}"} for number, each in enumerate(entries)]
    (outcome,) = await load(node, submission("gp", patient("Khan", "9990000018"), *entries))
    return Named(*names(outcome))


async def told(client: httpx.AsyncClient, way: str, named: Named) -> tuple[int, Any, str]:
    write = WAYS[way](named)
    headers = {"content-type": "application/fhir+json", **write.headers}
    answer = await client.request(write.method, write.path, headers=headers, **sent(write))
    assert answer.status_code not in {401, 500}, (way, answer.text)
    return gist(answer, named)


async def differing(node: Node, hidden: Named, never: Callable[[int], str]) -> list[Any]:
    """Ask each way to write of what is hidden and of what never was; return what differs."""
    kinds = [name.partition("/")[0] for name in (hidden.condition, hidden.document)]
    differ = []
    async with client_of(node, asks(Role.NURSE)) as nurse:
        for name in (hidden.condition, hidden.document, hidden.encounter):
            assert (await nurse.get(name)).status_code == 404
        for number, way in enumerate(WAYS):
            names_ = [f"{kind}/{never(number)}" for kind in (*kinds, "Encounter")]
            unknown = Named(hidden.about, *names_)
            both = [await told(nurse, way, each) for each in (unknown, hidden)]
            if both[0] != both[1]:
                differ.append((way, both))
    return differ


async def test_a_hidden_name_is_answered_like_one_that_never_was(node: Node) -> None:
    assert await differing(node, await loaded(node), "{:032x}".format) == []


async def test_so_is_one_that_a_source_chose_where_clients_choose_ids_of_their_own(
    node: Node,
) -> None:
    hidden = await loaded(node, chosen=True)
    told_apart = await differing(node, hidden, "never-{}".format)
    assert told_apart
    assert all("update" in way for way, _ in told_apart)
    await profiles.use(node, f"{default_text()}\n[writes]\nown_ids = true\n", "")
    assert await differing(node, hidden, "not-{}".format) == []


async def test_a_client_that_chooses_ids_of_its_own_puts_again_what_it_put(node: Node) -> None:
    await profiles.use(node, f"{default_text()}\n[writes]\nown_ids = true\n", "")
    about = (await loaded(node)).about
    async with client_of(node, asks(Role.NURSE)) as nurse:
        for status in (201, 200):
            put = await nurse.put(
                "Condition/RXX-1", json=condition(about, "195967001") | {"id": "RXX-1"}
            )
            assert put.status_code == status, put.text
        for other in ("RYY-1", "1"):
            put = await nurse.put(f"Condition/{other}", json=condition(about) | {"id": other})
            assert put.status_code == 412


def test_every_interaction_that_writes_is_tried() -> None:
    tried = set()
    for way in WAYS.values():
        write = way(Named("Patient/p", "Condition/c", "DocumentReference/d", "Encounter/e"))
        tried.add(route(write.method, write.path.partition("?")[0]).interaction)
        for entry in write.body["entry"] if write.path == "" else ():
            asked = entry["request"]
            tried.add(route(asked["method"], asked["url"].partition("?")[0]).interaction)
    writes = {kind for kind, policy in POLICY.items() if policy.startswith("admission")}
    untried = {Interaction.UNMERGE, Interaction.TAKE_SNAPSHOT}
    assert writes - tried == untried  # as a merge; by an NHS number, which names nothing here
