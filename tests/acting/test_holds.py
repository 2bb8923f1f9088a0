"""A safeguarding hold shows to nobody but who may set one: not by an answer, nor by its change."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from msgspec import structs

from acting.test_acting_at_the_doors import MOTHER, NOPAT, NUMBER, acts, child, flag, grant, sees
from acting.test_acting_on_pages import DEV, OMAR, SARA, public, signed_in, token_in
from acting.test_own_rights import GP
from api.export_parts import client_of
from doors.node_parts import asks, condition, consent, load, node_in, patient, submission
from throughcare.app import profiles
from throughcare.app.node import Node
from throughcare.consent.profile import default_text
from throughcare.disclosure.explaining import Hypothesis
from throughcare.model.request import Purpose, Reason, Request, Role

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

HOLD = flag("urn:rx:Khan", "safeguarding", "hold", meta={"security": [NOPAT]})
TELLS_ALL = (
    default_text()
    .replace("existence = false", "existence = true")
    .replace('warnings = "always"', 'warnings = "per-section"')
)
CONDITION = {"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened:
        yield opened


async def held(node: Node, born: str = "2017-06-01") -> None:
    """Set a hold, as another source does."""
    known = patient("Khan", NUMBER, birthDate=born)
    (outcome,) = await load(node, submission("rx", known, HOLD, key="hold"))
    assert outcome.rejection is None


def gist(answer: httpx.Response) -> tuple[int, str]:
    """Return what an answer says, without its own id and time."""
    return answer.status_code, re.sub(r'"(id|lastUpdated|timestamp)":"[^"]*"', "", answer.text)


def plain(page: str) -> str:
    """Return a page without the token of its session."""
    return re.sub(r'name="token" value="[^"]+"', "", page)


async def test_staff_see_no_answer_change_when_a_hold_is_set(node: Node) -> None:
    stays = condition("urn:gp:Khan", "38341003")
    no = consent("urn:gp:Khan", provision={"provision": [{"type": "deny", "class": [CONDITION]}]})
    _, asthma = await child(node, MOTHER, stays, no)
    known = patient("Khan", NUMBER, birthDate="2017-06-01")
    await load(node, submission("rx", known))  # the source of the hold has a Patient before
    await profiles.use(node, TELLS_ALL, "")
    async with client_of(node, asks()) as nurse:
        found = (await nurse.get("Patient?_count=1")).json()
        one = f"Patient/{found['entry'][0]['resource']['id']}"
        link = next(each["url"] for each in found["link"] if each["relation"] == "next")
        asked = (asthma, f"{asthma}/_history", f"{one}/$explain-access", "Condition", link)
        before = [gist(await nurse.get(path)) for path in asked]
        whole = (await nurse.get(f"{one}/$everything")).json()
        await held(node)
        assert [gist(await nurse.get(path)) for path in asked] == before
        assert before[0][0] == 403
        warned = (await nurse.get(f"{one}/$everything")).json()
        outcomes = [
            [each for each in bundle["entry"] if each["search"]["mode"] == "outcome"]
            for bundle in (whole, warned)
        ]
        assert outcomes[0] == outcomes[1] != []


@pytest.mark.parametrize("born", ["2017-06-01", "2014-06-01", "2012-06-01", "2008-06-01"])
async def test_a_held_proxy_of_a_child_of_any_age_is_told_what_a_stranger_is(
    node: Node, born: str
) -> None:
    person, asthma = await child(node, MOTHER, born=born)
    await held(node, born)
    record = f"/people/{await public(node, person)}"
    sara, omar = await signed_in(node, SARA), await signed_in(node, OMAR)
    for path in ("/acting", f"{record}/emergency", f"{record}/timeline", f"{record}/looks"):
        theirs, nobodys = await sara.get(path), await omar.get(path)
        shown = plain(theirs.text).replace("Sara Khan", "Omar Baines")
        assert (theirs.status_code, shown) == (nobodys.status_code, plain(nobodys.text)), path
    assert not await sees(node, acts("sara", person), asthma)


async def test_the_page_and_the_explanation_tell_a_person_the_same_of_who_is_held(
    node: Node,
) -> None:
    over = grant("urn:gp:Khan", "parental-responsibility", "omar")
    over["provision"]["provision"][0]["period"] = {"end": "2026-01-01"}
    person, asthma = await child(node, MOTHER, over)
    await held(node)
    name = await public(node, person)
    own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=person)
    async with client_of(node, own) as client:
        mine = (await client.get("Patient?_count=1")).json()["entry"][0]["resource"]["id"]
    told = {
        user: await node.operations.explaining.of_patient(
            own, mine, asthma, Hypothesis(Role.PROXY, Purpose.FAMRQT, user=user)
        )
        for user in ("sara", "omar", "nobody")
    }
    assert told["sara"] == told["nobody"]
    assert told["sara"].text == told["omar"].text
    assert told["sara"].epoch is None
    found = await node.acting.representing(own, name)
    states = {each.account: (each.state, each.until) for each in found.agencies}
    assert states == {"sara": ("no-grant", None), "omar": ("no-grant", None)}


async def test_who_may_set_a_hold_and_acts_themselves_is_not_told_of_it(node: Node) -> None:
    person, _ = await child(node, grant("urn:gp:Khan", "parental-responsibility", "gpx"))
    form = f"/people/{await public(node, person)}/representation"
    reid, dev = await signed_in(node, GP), await signed_in(node, DEV)
    await held(node)
    assert "safeguarding hold is on" in (await dev.get(form)).text
    page = (await reid.get(form)).text
    assert "safeguarding hold is on" not in page
    assert "Not begun, or ended" in page
    token = {"token": token_in(page)}
    assert (await reid.post(form, data={**token, "what": "lift"})).status_code == 403


def as_nurse(user: str, purpose: Purpose = Purpose.TREAT) -> Request:
    """Return a request of somebody in their role of staff."""
    asked = asks(purpose=purpose, reason=Reason("found alone", "danger-to-life"))
    return structs.replace(asked, actor=replace(asked.actor, user=user))


async def test_a_mother_who_is_a_nurse_reads_no_hold_as_a_nurse_either(node: Node) -> None:
    _, asthma = await child(node, MOTHER)
    await load(node, submission("rx", patient("Khan", NUMBER, birthDate="2017-06-01")))
    async with client_of(node, as_nurse("sara")) as sara, client_of(node, asks()) as other:
        name = f"Patient/{(await sara.get('Patient')).json()['entry'][0]['resource']['id']}"
        asked = (
            "Flag",
            f"{name}/$everything",
            f"Flag?patient={name}&_summary=count",
            "Flag/_history",
        )
        before = [gist(await sara.get(path)) for path in asked]
        await held(node)
        assert [gist(await sara.get(path)) for path in asked] == before
        (flagged,) = [
            each["resource"]
            for each in (await other.get("Flag")).json()["entry"]
            if each["resource"]["resourceType"] == "Flag"
        ]
        place = f"Flag/{flagged['id']}"
        assert gist(await sara.get(place)) == gist(await sara.get("Flag/" + "0" * 32))
        assert (await sara.get(asthma)).status_code == 200
    async with client_of(node, as_nurse("sara", Purpose.BTG)) as broken:
        assert (await broken.get(place)).status_code == 404
    async with client_of(node, asks(Role.PRIVACY_OFFICER, Purpose.HOPERAT)) as officer:
        consents = (await officer.get("Consent")).json()["entry"]
        (given,) = [e["resource"] for e in consents if e["resource"]["resourceType"] == "Consent"]
    async with client_of(node, asks(Role.GP, organisation="GP")) as doctor:
        for status, found in (("inactive", 404), ("entered-in-error", 200)):
            put = await doctor.put(f"Consent/{given['id']}", json=given | {"status": status})
            assert put.status_code == 200, put.text
            async with client_of(node, as_nurse("sara")) as sara:
                assert (await sara.get(place)).status_code == found
