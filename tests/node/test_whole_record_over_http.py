"""$everything and $lastn of a served node, beside what naive readers of the same record find."""

from collections import defaultdict
from typing import Any

import httpx
import pytest

from node.conftest import EDITH, Served
from node.test_consent_over_http import (
    PERSON,
    five_conditions,
    gp_practice,
    no_to_mental_health,
    nurse,
)
from node.test_fhir_over_http import pages, patient_id
from throughcare.fhir import spec

pytestmark = pytest.mark.server

__all__ = ["gp_practice", "nurse"]

IDENTIFIER = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000433"}


def found(bundle: dict[str, Any], mode: str = "match") -> list[dict[str, Any]]:
    return [e["resource"] for e in bundle.get("entry", ()) if e["search"]["mode"] == mode]


def names(resources: list[dict[str, Any]]) -> list[str]:
    return [f"{each['resourceType']}/{each['id']}" for each in resources]


@pytest.fixture(scope="module")
def edith(gp: httpx.Client) -> str:
    return patient_id(gp, EDITH)


@pytest.fixture(scope="module")
def conditions_of_ida(gp_practice: httpx.Client) -> dict[str, str]:
    """Return the ids of five conditions of a person of this file, of which one is hidden."""
    person = PERSON | {"identifier": [IDENTIFIER], "birthDate": "1963-07-08"}
    return five_conditions(gp_practice, person)


@pytest.fixture(scope="module")
def record(gp: httpx.Client, edith: str) -> list[dict[str, Any]]:
    """Return Edith's record, type by type, as searches find it."""
    kinds = [*sorted(spec.compartment("Patient")), "Patient"]
    listed = [pages(gp, f"Patient/{edith}/{kind}?_count=100") for kind in kinds]
    return [each for kind in listed for each in kind]


def test_everything_is_the_whole_person_and_what_it_leans_on(
    gp: httpx.Client, edith: str, record: list[dict[str, Any]]
) -> None:
    bundle = gp.get(f"Patient/{edith}/$everything").json()
    assert len({each["id"] for each in record if each["resourceType"] == "Patient"}) > 1
    assert set(names(record)) <= set(names(found(bundle)))
    assert bundle["total"] == len(found(bundle)) == len(set(names(found(bundle))))
    by_name = {f"{each['resourceType']}/{each['id']}": each for each in found(bundle)}
    assert all(by_name[name] == each for name, each in zip(names(record), record, strict=True))
    for each in found(bundle, "include"):
        assert gp.get(f"{each['resourceType']}/{each['id']}").status_code == 200
        assert each["id"] in str(found(bundle)) + str(found(bundle, "include"))


def test_pages_are_the_whole_in_its_order_whatever_is_written_meanwhile(
    gp: httpx.Client, edith: str
) -> None:
    whole = names(found(gp.get(f"Patient/{edith}/$everything").json()))
    url, met, turns = f"Patient/{edith}/$everything?_count=7", [], 0
    while url:
        bundle = gp.get(url).json()
        assert len(found(bundle)) <= 7
        assert bundle["total"] >= len(whole)
        met += names(found(bundle))
        url = next((each["url"] for each in bundle["link"] if each["relation"] == "next"), "")
        turns += 1
        if turns == 2:
            note = {
                "resourceType": "Observation",
                "status": "final",
                "code": {"text": "written between two pages"},
                "subject": {"reference": f"Patient/{edith}"},
            }
            assert gp.post("Observation", json=note).status_code == 201
    assert turns > 2
    assert len(met) == len(set(met))
    assert [name for name in met if name in set(whole)] == whole


def test_a_page_link_of_one_person_opens_nobody_elses_record(
    gp: httpx.Client, edith: str, conditions_of_ida: dict[str, str]
) -> None:
    bundle = gp.get(f"Patient/{edith}/$everything?_count=2").json()
    place = next(e["url"] for e in bundle["link"] if e["relation"] == "next").partition("_after=")
    other = gp.get(f"{conditions_of_ida['patient']}/$everything?_count=2&_after={place[2]}")
    assert other.status_code == 400


def test_types_times_and_dates_narrow_everything_as_naive_filters_do(
    gp: httpx.Client, edith: str
) -> None:
    whole = found(gp.get(f"Patient/{edith}/$everything").json())
    typed = found(gp.get(f"Patient/{edith}/$everything?_type=Condition,Flag").json())
    assert names(typed) == [n for n in names(whole) if n.partition("/")[0] in {"Condition", "Flag"}]
    moments = sorted(each["meta"]["lastUpdated"] for each in whole)
    middle = moments[len(moments) // 2]
    since = found(gp.get(f"Patient/{edith}/$everything", params={"_since": middle}).json())
    updated = [
        n for n, e in zip(names(whole), whole, strict=True) if e["meta"]["lastUpdated"] > middle
    ]
    assert set(names(since)) >= set(updated)
    exact = [each for each in since if each["meta"]["lastUpdated"] < middle]
    assert not exact
    dated = {"start": "2026-01-01", "end": "2026-03"}
    within = set(names(found(gp.get(f"Patient/{edith}/$everything", params=dated).json())))
    for each, name in zip(whole, names(whole), strict=True):
        day = each.get("effectiveDateTime")
        if each["resourceType"] == "Observation" and day and len(day) >= 10:
            assert (name in within) == ("2026-01-01" <= day[:10] <= "2026-03-31"), day
        if each["resourceType"] == "Patient":
            assert name in within


def test_a_parameters_body_asks_as_the_address_does(gp: httpx.Client, edith: str) -> None:
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "_type", "valueCode": "Condition"},
            {"name": "_count", "valueInteger": 3},
        ],
    }
    posted = gp.post(f"Patient/{edith}/$everything", json=body).json()
    got = gp.get(f"Patient/{edith}/$everything?_type=Condition&_count=3").json()
    assert names(found(posted)) == names(found(got))
    assert len(found(posted)) == 3


@pytest.mark.parametrize(
    "asked",
    [
        "start=yesterday",
        "_since=2026-01-01",
        "_type=Nonsense",
        "_count=many",
        "name=x",
        "_after=x&_count=1",
    ],
)
def test_what_cannot_narrow_everything_is_refused_not_passed_over(
    gp: httpx.Client, edith: str, asked: str
) -> None:
    reply = gp.get(f"Patient/{edith}/$everything?{asked}")
    assert reply.status_code == 400
    assert reply.json()["resourceType"] == "OperationOutcome"


def test_a_denied_entry_is_in_no_page_and_in_no_total(
    nurse: httpx.Client, conditions_of_ida: dict[str, str]
) -> None:
    hidden = conditions_of_ida["35489007"]
    whole = nurse.get(f"{conditions_of_ida['patient']}/$everything")
    assert hidden not in whole.text
    seen = [i for c, i in conditions_of_ida.items() if c.isdigit() and i != hidden]
    typed = nurse.get(f"{conditions_of_ida['patient']}/$everything?_type=Condition&_count=1").json()
    url = f"{conditions_of_ida['patient']}/$everything?_type=Condition&_count=1"
    ids = [each["id"] for each in pages(nurse, url)]
    assert hidden not in ids
    assert set(seen) <= set(ids)  # other tests may have added to her record
    assert typed["total"] == len(ids) == len(set(ids))


def test_a_hidden_patient_has_no_record_to_ask_for(served: Served, edith: str) -> None:
    with served.client("nurse", "TREAT", "--org", "RXX", "--relationship", "no") as stranger:
        hidden = stranger.get(f"Patient/{edith}/$everything")
        unknown = stranger.get(f"Patient/{'0' * 32}/$everything")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.content == unknown.content


def codes(observation: dict[str, Any]) -> list[str]:
    code = observation["code"]
    return [f"{c.get('system')}|{c['code']}" for c in code.get("coding", ()) if "code" in c] or [
        code.get("text", "").lower()
    ]


@pytest.mark.parametrize("most", [1, 3])
def test_the_last_n_of_each_code_are_the_newest_of_it(
    gp: httpx.Client, edith: str, most: int
) -> None:
    category = "vital-signs"
    everyone = pages(gp, f"Observation?patient={edith}&category={category}&_count=200")
    last = found(
        gp.get(f"Observation/$lastn?patient={edith}&category={category}&max={most}").json()
    )
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in everyone:
        groups[codes(each)[0]].append(each)
    assert len(groups) > 1
    for code, group in groups.items():
        shown = [each for each in last if code in codes(each)]
        days = sorted((each["effectiveDateTime"] for each in group), reverse=True)
        assert [each["effectiveDateTime"] for each in shown] == days[:most]


def test_the_last_is_the_last_that_may_be_seen(
    gp_practice: httpx.Client, nurse: httpx.Client
) -> None:
    """A newer, hidden value gives way to the visible one before it."""
    person = {k: v for k, v in PERSON.items() if k != "identifier"} | {"birthDate": "1931-02-03"}
    patient = f"Patient/{gp_practice.post('Patient', json=person).json()['id']}"
    made = []
    for day in ("2026-01-01", "2026-02-01"):
        value = {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]},
            "subject": {"reference": patient},
            "effectiveDateTime": day,
            "valueInteger": 12,
        }
        made.append(gp_practice.post("Observation", json=value).json()["id"])
    asked = f"Observation/$lastn?patient={patient}&code=http://loinc.org|44261-6"
    assert [each["id"] for each in found(nurse.get(asked).json())] == [made[1]]
    february = {"start": "2026-02-01", "end": "2026-02-28"}
    no = no_to_mental_health(patient)
    no["provision"]["provision"] = [{"type": "deny", "dataPeriod": february}]
    assert gp_practice.post("Consent", json=no).status_code == 201
    assert [each["id"] for each in found(nurse.get(asked).json())] == [made[0]]


@pytest.mark.parametrize(
    "asked",
    ["category=vital-signs", "patient=1", "patient=1&code=x&nonsense=1", "patient=1&code=x&max=0"],
)
def test_lastn_without_a_person_or_a_kind_is_refused(gp: httpx.Client, asked: str) -> None:
    assert gp.get(f"Observation/$lastn?{asked}").status_code == 400


def test_an_operation_that_is_none_is_not_found(gp: httpx.Client, edith: str) -> None:
    assert gp.get(f"Patient/{edith}/$nonsense").status_code == 404
    assert gp.get("$everything").status_code == 404
    refused = gp.delete(f"Patient/{edith}/$everything")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, POST"
