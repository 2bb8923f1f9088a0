"""Clients that people use today drive a served node, unchanged."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from fhirpy import AsyncFHIRClient, SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound

from node.conftest import Served

pytestmark = pytest.mark.server

SYSTEM = "urn:example:client"
WEIGHT = {
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "valueQuantity": {"value": 71.5, "unit": "kg"},
}


@pytest.fixture(scope="module")
def token(served: Served) -> str:
    return served.token("gp", "TREAT", "--org", "B86001")


@pytest.fixture
def session(token: str) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.headers["Authorization"] = f"Bearer {token}"
        yield made


def fhirpy(served: Served, token: str) -> SyncFHIRClient:
    return SyncFHIRClient(f"{served.base}/fhir", authorization=f"Bearer {token}")


def of_fhirpy(client: SyncFHIRClient, number: str, **more: object) -> Any:  # noqa: ANN401 - no types
    """Return a Patient that is not stored yet."""
    identifier = [{"system": SYSTEM, "value": number}]
    return client.resource("Patient", name=[{"family": "Fhirpy"}], identifier=identifier, **more)


def test_fhirpy_creates_reads_updates_patches_and_deletes(served: Served, token: str) -> None:
    client = fhirpy(served, token)
    patient = of_fhirpy(client, "one")
    patient.save()
    assert patient.id
    read = client.reference("Patient", patient.id).to_resource()
    assert read.get_by_path(["name", 0, "family"]) == "Fhirpy"
    read["gender"] = "female"
    read.save()
    patient.refresh()
    assert patient["gender"] == "female"
    patient.refresh()  # answered with 304
    patient.patch(birthDate="1970-01-02")
    assert client.get("Patient", patient.id)["birthDate"] == "1970-01-02"
    patient.save(fields=["birthDate"])
    patient.delete()
    with pytest.raises(ResourceNotFound):
        client.get("Patient", patient.id)
    with pytest.raises(OperationOutcome):
        of_fhirpy(client, "two", colour="red").save()


def test_fhirpy_searches_pages_and_writes_by_conditions(served: Served, token: str) -> None:
    client = fhirpy(served, token)
    patient = of_fhirpy(client, "three")
    patient.save()
    for _ in range(5):
        client.resource("Observation", subject=patient.to_reference(), **WEIGHT).save()
    weights = client.resources("Observation").search(patient=patient.id).limit(2)
    assert len(weights.fetch()) == 2
    assert len(weights.fetch_all()) == weights.count() == 5
    found = client.resources("Patient").search(identifier=f"{SYSTEM}|three")
    assert found.get().id == patient.id
    there, created = found.get_or_create(of_fhirpy(client, "other"))
    assert (there.id, created) == (patient.id, False)
    updated, created = found.update(of_fhirpy(client, "three", gender="other"))
    assert (updated.id, created) == (patient.id, False)
    assert found.patch(active=True)["active"] is True
    of_fhirpy(client, "three").save()
    with pytest.raises(MultipleResourcesFound):
        found.get()


async def test_fhirpy_without_waiting_pages_through_a_search(served: Served, token: str) -> None:
    client = AsyncFHIRClient(f"{served.base}/fhir", authorization=f"Bearer {token}")
    patient = client.resource("Patient", name=[{"family": "Fhirpyasync"}])
    await patient.save()
    for _ in range(3):
        weight = client.resource("Observation", subject=patient.to_reference(), **WEIGHT)
        await weight.save()
    search = client.resources("Observation").search(patient=patient.id).limit(1)
    assert len([found async for found in search]) == 3


def smart_client(served: Served, token: str) -> Any:  # noqa: ANN401 - of a library without types
    from fhirclient import client  # noqa: PLC0415 - its models take a second to import

    smart = client.FHIRClient(settings={"app_id": "test", "api_base": f"{served.base}/fhir"})
    smart.server.session.headers["Authorization"] = f"Bearer {token}"
    return smart


def test_fhirclient_creates_reads_searches_updates_pages_and_deletes(
    served: Served, token: str
) -> None:
    from fhirclient.models import observation, patient  # noqa: PLC0415 - as above

    server = smart_client(served, token).server
    made = patient.Patient({"name": [{"family": "Fhirclient"}], "gender": "female"})
    said = made.create(server)
    assert (said["resourceType"], said["name"][0]["family"]) == ("Patient", "Fhirclient")
    id_ = said["id"]
    read = patient.Patient.read(id_, server)
    assert read.name[0].family == "Fhirclient"
    read.gender = "other"
    read.update(server)
    assert patient.Patient.read(id_, server).gender == "other"
    for _ in range(3):
        subject = {"subject": {"reference": f"Patient/{id_}"}}
        observation.Observation(WEIGHT | subject).create(server)
    where = observation.Observation.where(struct={"patient": id_, "_count": "2"})
    found = [each.as_json()["resourceType"] for each in where.perform_resources_iter(server)]
    assert found.count("Observation") == 3
    read.delete(server)
    statement = server.capabilityStatement
    assert statement.fhirVersion == "4.0.1"


def test_fhir_pyrate_turns_searches_into_tables(served: Served, session: requests.Session) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its imports and pandas warn of one another
        from fhir_pyrate import Pirate  # noqa: PLC0415 - it takes a second to import

        base = f"{served.base}/fhir"
        person = {"resourceType": "Patient", "name": [{"family": "Pyrate"}]}
        id_ = session.post(f"{base}/Patient", json=person).json()["id"]
        for _ in range(5):
            subject = {"resourceType": "Observation", "subject": {"reference": f"Patient/{id_}"}}
            made = session.post(f"{base}/Observation", json=WEIGHT | subject)
            assert made.status_code == 201, made.text
        pirate = Pirate(
            base,
            session,
            num_processes=1,
            disable_multiprocessing_requests=True,
            disable_multiprocessing_build=True,
        )
        asked = {"patient": id_, "_count": 2}
        assert pirate.get_bundle_total("Observation", asked) == 5
        tables = pirate.steal_bundles_to_dataframe(
            "Observation", asked, fhir_paths=["id", ("weight", "valueQuantity.value")]
        )
        table = tables["Observation"]  # beside what is said of what may be withheld
        assert len(table) == table["id"].nunique() == 5
        assert set(table["weight"]) == {71.5}


def test_fhirclient_takes_what_is_said_of_a_parameter_that_is_unknown(
    served: Served, token: str
) -> None:
    from fhirclient.models import observation, patient  # noqa: PLC0415 - as above

    server = smart_client(served, token).server
    id_ = patient.Patient({"name": [{"family": "Fhirclientodd"}]}).create(server)["id"]
    for _ in range(3):
        subject = {"subject": {"reference": f"Patient/{id_}"}}
        observation.Observation(WEIGHT | subject).create(server)
    where = observation.Observation.where(struct={"patient": id_, "colour": "red", "_count": "2"})
    pages = list(where.perform_iter(server))
    modes = [entry.search.mode for page in pages for entry in page.entry]
    assert modes.count("match") == 3
    said = [
        entry.resource.as_json()["issue"]
        for page in pages
        for entry in page.entry
        if entry.search.mode == "outcome"
    ]
    assert any("colour" in str(issues) for issues in said)


def test_fhir_pyrate_takes_what_is_said_of_a_parameter_that_is_unknown(
    served: Served, session: requests.Session
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        from fhir_pyrate import Pirate  # noqa: PLC0415 - it takes a second to import

        base = f"{served.base}/fhir"
        person = {"resourceType": "Patient", "name": [{"family": "Pyrateodd"}]}
        id_ = session.post(f"{base}/Patient", json=person).json()["id"]
        for _ in range(3):
            subject = {"resourceType": "Observation", "subject": {"reference": f"Patient/{id_}"}}
            assert session.post(f"{base}/Observation", json=WEIGHT | subject).status_code == 201
        pirate = Pirate(
            base,
            session,
            num_processes=1,
            disable_multiprocessing_requests=True,
            disable_multiprocessing_build=True,
        )
        asked = {"patient": id_, "colour": "red", "_count": 2}
        assert pirate.get_bundle_total("Observation", asked) == 3
        tables = pirate.steal_bundles_to_dataframe(
            "Observation", asked, fhir_paths=["id", ("weight", "valueQuantity.value")]
        )
        assert tables["Observation"]["id"].nunique() == 3
        assert set(tables["Observation"]["weight"]) == {71.5}
        assert "OperationOutcome" in tables
