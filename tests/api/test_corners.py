"""What a visible resource says of hidden ones on the paths that are easily forgotten."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from doors.node_parts import ACT, asks, condition, load, patient, person_of, submission
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.fhir import validate
from throughcare.fhir.references import ABSENT
from throughcare.kernel import NotFoundError
from throughcare.model.request import Purpose, Role

ME = {"reference": "Patient/p"}
SECRET = "told at the clinic"
GONE = {"reference": "Condition/gone", "display": SECRET}
SEEN = {"reference": "Condition/seen"}
ALSO = {"reference": "Condition/also"}
TOLD = {
    "status": "generated",
    "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{SECRET}</div>',
}
PLAIN = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">A plan</div>'}
R = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
AGENT = {"who": {"display": "somebody"}}
MASKED = {"extension": [{"url": ABSENT, "valueCode": "masked"}]}


def of(kind: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    return {"resourceType": kind, "id": kind.lower(), **members}


def composition(*sections: dict[str, Any]) -> dict[str, Any]:
    return of(
        "Composition",
        status="final",
        type={"text": "letter"},
        subject=ME,
        date="2026-01-02",
        author=[{"display": "somebody"}],
        title="A letter",
        text=TOLD,
        section=list(sections),
    )


SPEAKING = [
    of(
        "List",
        status="current",
        mode="working",
        subject=ME,
        text=TOLD,
        entry=[{"item": GONE}, {"item": SEEN}],
    ),
    of("List", status="current", mode="working", subject=ME, text=TOLD, entry=[{"item": GONE}]),
    composition(
        {"title": "Problems", "text": TOLD, "entry": [GONE, SEEN]},
        {"title": "Other", "text": TOLD, "entry": [GONE]},
        {"title": "Plans", "text": PLAIN},
    ),
    of(
        "CarePlan",
        status="active",
        intent="plan",
        subject=ME,
        text=TOLD,
        addresses=[GONE],
        activity=[{"outcomeReference": [GONE], "detail": {"status": "completed"}}],
    ),
    of(
        "Encounter",
        **{"class": {"code": "AMB"}},
        status="finished",
        subject=ME,
        text=TOLD,
        diagnosis=[{"condition": GONE, "rank": 1}, {"condition": SEEN, "rank": 2}],
        reasonReference=[GONE],
    ),
    of("Provenance", target=[GONE, SEEN], recorded="2026-01-02T10:00:00Z", agent=[AGENT]),
]
"""Resources that speak of a hidden entry."""
LOOK = of(
    "AuditEvent",
    type={"system": "http://a.example", "code": "rest"},
    recorded="2026-01-02T10:00:00Z",
    agent=[{"requestor": True, "who": {"display": "somebody"}}],
    source={"observer": {"display": "here"}},
    entity=[{"what": ME}, {"what": GONE, "name": "an entry"}, {"what": SEEN}],
)


@pytest.fixture
async def doctor(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that may not see Condition/gone."""
    entries = [
        condition("Patient/p", code) | {"id": id_}
        for id_, code in (("gone", "15628003"), ("seen", "195967001"), ("also", "38341003"))
    ]
    (made,) = await load(node, submission("rxx", patient("Khan", id="p"), *entries))
    assert made.rejection is None, made.rejection
    token = node.issue(asks(Role.GP, organisation="RXX"), hours=1)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(gateway(node)),
        base_url="http://node/fhir/",
        headers={"authorization": f"Bearer {token}"},
    ) as client:
        assert (await client.get("Condition/gone")).status_code == httpx.codes.NOT_FOUND
        yield client


async def stored(node: Node, resource: dict[str, Any], key: str = "2") -> str:
    """Load a resource as the feed that the doctor's organisation is, and return its url."""
    (made,) = await load(node, submission("rxx", patient("Khan", id="p"), resource, key=key))
    assert made.rejection is None, made.rejection
    return f"{resource['resourceType']}/{resource['id']}"


@pytest.mark.parametrize("speaking", SPEAKING, ids=lambda each: each["resourceType"])
async def test_nothing_is_said_of_a_hidden_entry_and_what_is_shown_is_valid(
    node: Node, doctor: httpx.AsyncClient, speaking: dict[str, Any]
) -> None:
    url = await stored(node, speaking)
    kind = speaking["resourceType"]
    for path in (url, f"{url}/_history/1", f"{url}/_history", f"{kind}?_id={speaking['id']}"):
        answer = await doctor.get(path)
        assert answer.status_code == httpx.codes.OK, answer.text
        assert "gone" not in answer.text
        assert SECRET not in answer.text
    shown = (await doctor.get(url)).json()
    assert [issue for issue in validate(shown) if issue.severity != "warning"] == []
    assert "masked" in json.dumps(shown) or SEEN["reference"] in json.dumps(shown)


async def test_a_section_and_a_list_that_are_emptied_keep_one_masked_link(
    node: Node, doctor: httpx.AsyncClient
) -> None:
    """R4 forbids an emptyReason beside an entry, and a search by `entry` counts what is masked."""
    listed = (await doctor.get(await stored(node, SPEAKING[1]))).json()
    assert listed["entry"] == [{"item": MASKED}]
    letter = (await doctor.get(await stored(node, SPEAKING[2], key="3"))).json()
    problems, other, plans = letter["section"]
    assert (problems["entry"], other["entry"]) == ([SEEN], [MASKED])
    texts = [each["text"]["div"] for each in (problems, other, letter)]
    assert ["<li>Problems</li>" in texts[0], "<li>Other</li>" in texts[1]] == [True, True]
    assert all(f"<li>{title}</li>" in texts[2] for title in ("Problems", "Other", "Plans"))
    assert not any(SECRET in text for text in texts)
    assert plans["text"] == PLAIN


async def test_an_audit_event_is_the_persons_own_and_names_nothing_hidden_from_them(
    node: Node, doctor: httpx.AsyncClient
) -> None:
    kept = {"security": [{"system": ACT, "code": "NOPAT"}]}
    await stored(node, condition("Patient/p", "22253000") | {"id": "gone", "meta": kept})
    url = await stored(node, LOOK, key="3")
    alone = LOOK | {"id": "alone", "entity": LOOK["entity"][:2]}
    other = await stored(node, alone, key="4")
    assert (await doctor.get(url)).status_code == httpx.codes.NOT_FOUND
    me = asks(Role.PATIENT, Purpose.PATRQT, person=await person_of(node, "Patient/p"))
    shown = await node.disclosure.read(me, *url.split("/"))
    assert b"gone" not in shown.body
    assert SECRET.encode() not in shown.body
    assert b"Condition/seen" in shown.body
    with pytest.raises(NotFoundError):
        await node.disclosure.read(me, *other.split("/"))


@pytest.mark.parametrize("is_late", [False, True])
async def test_provenance_of_a_hidden_entry_alone_is_hidden_with_it(
    node: Node,
    doctor: httpx.AsyncClient,
    is_late: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Whether its label was there before, or comes later and is the source's own."""
    target = {"reference": "Condition/late"} if is_late else GONE
    alone = of("Provenance", target=[target], recorded="2026-01-02T10:00:00Z", agent=[AGENT])
    if is_late:
        late = {**condition("Patient/p"), "id": "late", "code": {"text": "a"}}
        await stored(node, late, key="late")
    url = await stored(node, alone)
    if is_late:
        assert (await doctor.get(url)).status_code == httpx.codes.OK
        await stored(node, late | {"meta": {"security": [R]}}, key="later")
    assert (await doctor.get(url)).status_code == httpx.codes.NOT_FOUND
    found = (await doctor.get("Provenance?_id=provenance&_summary=count")).json()
    assert found["total"] == 0


async def test_a_version_is_hidden_by_its_own_labels_and_all_are_by_those_of_the_newest(
    node: Node, doctor: httpx.AsyncClient
) -> None:
    before, after = (condition("Patient/p", code) | {"id": "c"} for code in ("8098009", "38341003"))
    await stored(node, before)
    url = await stored(node, after, key="3")
    assert (await doctor.get(f"{url}/_history/1")).status_code == httpx.codes.NOT_FOUND
    history = (await doctor.get(f"{url}/_history")).json()
    assert [each["resource"]["meta"]["versionId"] for each in history["entry"]] == ["2"]
    assert "8098009" not in json.dumps(history)
    await stored(node, before, key="4")
    for tail in ("", "/_history", "/_history/2", "/_history/1"):
        assert (await doctor.get(f"{url}{tail}")).status_code == httpx.codes.NOT_FOUND


ROWS = {"op": "remove", "path": "/entry/0"}
FHIRPATH = {
    "resourceType": "Parameters",
    "parameter": [
        {
            "name": "operation",
            "part": [
                {"name": "type", "valueCode": "delete"},
                {"name": "path", "valueString": "List.title"},
            ],
        }
    ],
}


async def test_a_copy_with_parts_left_out_is_taken_back_by_no_way(
    node: Node, doctor: httpx.AsyncClient
) -> None:
    named = {"identifier": [{"system": "urn:a", "value": "1"}], "title": "a"}
    url = await stored(node, SPEAKING[0] | named)
    shown = (await doctor.get(url)).json()
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"resource": shown, "request": {"method": "PUT", "url": url}}],
    }
    tries = {
        "update": await doctor.put(url, json=shown),
        "conditional update": await doctor.put("List?identifier=urn:a|1", json=shown),
        "JSON patch": await doctor.patch(
            url, json=[ROWS], headers={"content-type": "application/json-patch+json"}
        ),
        "merge patch": await doctor.patch(
            url,
            content=json.dumps({"entry": shown["entry"]}),
            headers={"content-type": "application/merge-patch+json"},
        ),
        "FHIRPath patch": await doctor.patch(url, json=FHIRPATH),
        "conditional patch": await doctor.patch(
            "List?identifier=urn:a|1",
            json=[ROWS],
            headers={"content-type": "application/json-patch+json"},
        ),
        "transaction": await doctor.post("", json=bundle | {"type": "transaction"}),
    }
    for way, answer in tries.items():
        assert answer.status_code == httpx.codes.PRECONDITION_FAILED, (way, answer.text)
        assert "left out" in answer.text, way
    batch = (await doctor.post("", json=bundle | {"type": "batch"})).json()
    assert batch["entry"][0]["response"]["status"].startswith("412")
    async with node.store.whole() as reader:
        kept = await node.records.current(reader, "List", "list")
    assert kept is not None
    assert kept.version == 1
    assert b"Condition/gone" in kept.body


async def test_a_page_link_asks_what_was_answered_and_no_unknown_parameter(
    doctor: httpx.AsyncClient,
) -> None:
    asked = "Condition?_count=1&colour=red&code=&_elements=code&colour:exact=blue"
    found = (await doctor.get(asked)).json()
    links = {each["relation"]: each["url"] for each in found["link"]}
    assert "colour" not in links["self"] + links["next"]
    assert "code=&" not in links["next"]
    assert "SUBSETTED" in (await doctor.get(links["next"])).text  # of the same elements
