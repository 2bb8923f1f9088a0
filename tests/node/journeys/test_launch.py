"""A GP whose own system leads them to the person on its screen."""

import httpx
import pytest

from node.conftest import EDITH, Served
from node.journeys.conftest import Visit
from node.journeys.launching import launch

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture(scope="module")
def patient(gp: httpx.Client) -> str:
    """Return the id of Edith's Patient, as the surgery's system knows it by FHIR."""
    identifier = f"https://fhir.nhs.uk/Id/nhs-number|{EDITH}"
    found = gp.get("Patient", params={"identifier": identifier}).json()
    return str(found["entry"][0]["resource"]["id"])


def test_one_click_leads_from_another_system_to_the_record_once_and_is_written_down(
    visit: Visit, served: Served, patient: str
) -> None:
    doctor = visit("")
    text = launch(served.node, patient)
    doctor.begin()
    doctor.go(f"/launch?token={text}")
    doctor.press("Open the record")
    assert doctor.taps == 1
    assert "THWAITE" in doctor.page.inner_text("h1")
    assert "Ruth Farrow" in doctor.page.inner_text("footer")
    assert EDITH not in doctor.page.url
    doctor.is_silent()
    doctor.go(f"/launch?token={text}")
    doctor.press("Open the record")
    assert "Start again from your system" in doctor.main()
    doctor.is_silent(401)


def redeemed(client: httpx.Client, text: str) -> httpx.Response:
    """Press the button of a launch."""
    form = client.get("/launch", params={"token": text}).text
    token = form.split('name="token" value="')[1].split('"')[0]
    return client.post("/launch", data={"token": token, "launch": text})


def test_a_launch_of_a_stranger_or_in_another_role_signs_nobody_in(
    served: Served, patient: str
) -> None:
    with httpx.Client(base_url=served.base) as client:
        for user in ("stranger", "demo-nurse"):
            answer = redeemed(client, launch(served.node, patient, user=user))
            assert answer.status_code == httpx.codes.UNAUTHORIZED
            assert "Nobody here has this sign-in name" in answer.text
            assert "set-cookie" not in answer.headers


def test_a_launch_to_nobody_leads_to_the_search(served: Served) -> None:
    with httpx.Client(base_url=served.base) as client:
        answer = redeemed(client, launch(served.node, "nobody"))
        assert answer.headers["location"] == "/people"


def test_a_key_that_is_taken_away_opens_nothing_any_more(served: Served, patient: str) -> None:
    text = launch(served.node, patient)
    (served.node / "systems" / "surgery.pem").unlink()
    answer = httpx.get(f"{served.base}/launch", params={"token": text})
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert patient not in answer.text
