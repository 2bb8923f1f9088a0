"""What a search can ask, over HTTP on demo people."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from node.conftest import EDITH, Served

pytestmark = pytest.mark.server

NUMBER = "https://fhir.nhs.uk/Id/nhs-number"


def found(reply: httpx.Response) -> list[dict[str, Any]]:
    """Return the matches of a page."""
    assert reply.status_code == 200, reply.text
    entries = reply.json().get("entry", [])
    return [e["resource"] for e in entries if e["search"]["mode"] == "match"]


def said(reply: httpx.Response) -> list[str]:
    """Return what a page says beside its entries."""
    assert reply.status_code == 200, reply.text
    entries = reply.json().get("entry", [])
    outcomes = [e["resource"] for e in entries if e["search"]["mode"] == "outcome"]
    return [issue["diagnostics"] for outcome in outcomes for issue in outcome["issue"]]


def pages(client: httpx.Client, url: str) -> Iterator[dict[str, Any]]:
    """Yield the matches of all pages."""
    while url:
        reply = client.get(url)
        yield from found(reply)
        links = {link["relation"]: link["url"] for link in reply.json()["link"]}
        url = links.get("next", "")


@pytest.fixture(scope="module")
def edith(gp: httpx.Client) -> str:
    return str(found(gp.get("Patient", params={"identifier": f"{NUMBER}|{EDITH}"}))[0]["id"])


def test_a_filter_finds_what_the_same_parameters_find(gp: httpx.Client) -> None:
    plain = gp.get("Patient", params={"family": "Thwaite", "birthdate": "lt1950"})
    filtered = gp.get(
        "Patient",
        params={"_filter": 'family sw "thwaite" and birthdate lt 1950 and not (gender eq other)'},
    )
    assert [p["id"] for p in found(plain)] == [p["id"] for p in found(filtered)] != []
    refused = gp.get("Patient", params={"_filter": "family xx y"})
    assert refused.status_code == 400
    assert "character" in refused.json()["issue"][0]["diagnostics"]


def test_several_types_are_searched_at_once(gp: httpx.Client) -> None:
    reply = gp.get("", params={"_type": "Patient,Condition", "_sort": "-_id", "_count": "7"})
    types = {resource["resourceType"] for resource in pages(gp, str(reply.url))}
    assert types == {"Patient", "Condition"}
    ids = [resource["id"] for resource in pages(gp, str(reply.url))]
    assert ids == sorted(ids, reverse=True)
    assert reply.json()["total"] == len(ids)
    form = gp.post("_search", data={"_type": "Patient,Condition", "_summary": "count"})
    assert form.json()["total"] == len(ids)


def test_a_compartment_is_one_record_by_type_or_whole(gp: httpx.Client, edith: str) -> None:
    whole = list(pages(gp, f"Patient/{edith}/*?_count=50"))
    conditions = found(gp.get(f"Patient/{edith}/Condition", params={"_count": "1000"}))
    assert {c["id"] for c in conditions} == {
        r["id"] for r in whole if r["resourceType"] == "Condition"
    }
    posted = gp.post(f"Patient/{edith}/Condition/_search?_count=1000", data={"_sort": "_id"})
    assert [c["id"] for c in found(posted)] == sorted(c["id"] for c in conditions)
    assert gp.get(f"Patient/{edith}/Dragon").status_code == 404


def test_an_order_by_any_parameter_is_stable_over_pages(gp: httpx.Client) -> None:
    query = "Condition?_sort=code,-subject,recorded-date&_count=7"
    rows = [resource["id"] for resource in pages(gp, query)]
    assert rows == [resource["id"] for resource in pages(gp, query.replace("=7", "=200"))]
    assert len(set(rows)) == len(rows) > 20
    codes = [
        r["code"]["coding"][0]["code"] for r in pages(gp, query) if "coding" in r.get("code", {})
    ]
    assert len(codes) > 20


def test_what_a_search_does_not_know_is_said_beside_its_answer(gp: httpx.Client) -> None:
    lenient = gp.get("Patient", params={"colour": "red", "_": "171", "_count": "1"})
    assert [text.split(" ")[0] for text in said(lenient)][1:] == ["colour"]  # after consent's own
    assert "colour" not in lenient.json()["link"][0]["url"]
    strict = {"prefer": "handling=strict"}
    assert gp.get("Patient", params={"colour": "red"}, headers=strict).status_code == 400
    assert gp.get("Patient", params={"_": "1", "_count": "1"}, headers=strict).status_code == 200
    assert gp.get("Patient", params={"_content": "x"}, headers=strict).status_code == 400


def test_a_page_link_is_good_for_whoever_asked(gp: httpx.Client, served: Served) -> None:
    links = gp.get("Patient", params={"_count": "2"}).json()["link"]
    following = next(link["url"] for link in links if link["relation"] == "next")
    assert found(gp.get(following))
    with served.client("nurse", "TREAT", "--org", "RXX") as nurse:
        refused = nurse.get(following)
    assert refused.status_code == 400
    assert "does not belong" in refused.json()["issue"][0]["diagnostics"]


def test_a_plan_is_shown_without_what_was_asked_for(gp: httpx.Client, edith: str) -> None:
    params = {"patient": edith, "code:text": "dementia", "_explain": "true"}
    plan = " ".join(said(gp.get("Condition", params=params)))
    assert "the records of the persons named" in plan
    assert "TextIs code" in plan
    assert edith not in plan


def test_a_chain_of_includes_goes_on_from_what_was_included(gp: httpx.Client) -> None:
    query = {
        "patient.identifier": f"{NUMBER}|{EDITH}",
        "_include": "Condition:subject",
        "_revinclude:iterate": "AllergyIntolerance:patient",
    }
    entries = gp.get("Condition", params=query).json()["entry"]
    modes = {e["resource"]["resourceType"]: e["search"]["mode"] for e in entries}
    assert modes.pop("OperationOutcome") == "outcome"
    assert modes == {"Condition": "match", "Patient": "include", "AllergyIntolerance": "include"}
