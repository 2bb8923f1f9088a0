"""People who act for others, through both doors: what binds them, and what they leave behind."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from doors.node_parts import (
    AT,
    LOADER,
    asks,
    condition,
    consent,
    load,
    names,
    node_in,
    patient,
    person_of,
    submission,
)
from throughcare import intake
from throughcare.admission import Sight
from throughcare.app.node import Node, opened
from throughcare.kernel import DeniedError, NotFoundError
from throughcare.model.request import Actor, Purpose, Request, Role
from throughcare.model.submission import Item, Method, Submission

NUMBER = "9990000018"
UNKNOWN_SYSTEM = {"security": [{"system": "urn:nothing", "code": "NOPAT"}]}
NOPAT = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "NOPAT"}


def grant(about: str, code: str, user: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    role = {"coding": [{"system": "urn:throughcare:acting-for", "code": code}]}
    who = {"identifier": {"system": "urn:throughcare:user", "value": user}}
    reason = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
    provision = {
        "type": "permit",
        "actor": [{"role": role, "reference": who}],
        "purpose": [{"system": reason, "code": "FAMRQT"}],
    }
    return consent(about, provision={"provision": [provision]}, **more)


def flag(about: str, system: str, code: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "resourceType": "Flag",
        "status": "active",
        "code": {"coding": [{"system": f"urn:throughcare:{system}", "code": code}]},
        "subject": {"reference": about},
        **more,
    }


def acts(user: str, person: int, at: datetime = AT) -> Request:
    actor = Actor(user, Role.PROXY, "", person=person)
    return Request(actor, Purpose.FAMRQT, at, id=f"request-{user}-{at:%Y%m%d}")


async def sees(node: Node, request: Request, name: str) -> bool:
    try:
        await node.disclosure.read(request, *name.split("/"))
    except NotFoundError:
        return False
    return True


async def child(node: Node, *more: dict[str, Any], born: str = "2017-06-01") -> tuple[int, str]:
    """Load a child with a condition, and whatever more; return person and condition."""
    ida = patient("Khan", NUMBER, birthDate=born)
    asthma = condition("urn:gp:Khan", "195967001")
    (outcome,) = await load(node, submission("gp", ida, asthma, *more))
    loaded = names(outcome)
    return await person_of(node, loaded[0]), loaded[1]


MOTHER = grant("urn:gp:Khan", "parental-responsibility", "sara")


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened:
        yield opened


async def test_a_mother_reads_by_the_childs_age_whatever_no_job_has_run(node: Node) -> None:
    person, asthma = await child(node, MOTHER)
    assert await sees(node, acts("sara", person), asthma)
    assert not await sees(node, acts("omar", person), asthma)
    day_before, day = datetime(2028, 5, 31, 9, tzinfo=AT.tzinfo), AT.replace(2028, 6, 1)
    assert await sees(node, acts("sara", person, day_before), asthma)
    assert not await sees(node, acts("sara", person, day), asthma)


async def test_a_birth_date_from_another_source_counts_if_it_is_earlier(node: Node) -> None:
    person, asthma = await child(node, MOTHER, born="2016-06-01")
    assert await sees(node, acts("sara", person), asthma)
    older = patient("Khan", NUMBER, birthDate="2015-06-01")
    (outcome,) = await load(node, submission("rx", older))
    assert await person_of(node, names(outcome)[0]) == person
    assert not await sees(node, acts("sara", person), asthma)


async def test_a_birth_date_that_is_gone_ends_a_parents_right_in_every_process(node: Node) -> None:
    """Unknown is too old: a process that knew the date says what one that begins now says."""
    person, asthma = await child(node, MOTHER)
    assert await sees(node, acts("sara", person), asthma)
    async with node.store.snapshot() as reader:
        subjects = await node.persons.subjects_of(reader, person)
        (known,) = await node.records.unfiltered(reader, subjects, types=["Patient"])
    ended = Item("", {"resourceType": "Patient", "id": known.id}, method=Method.DELETE)
    await load(node, replace(submission("gp", key="end"), items=(ended,)))
    assert not await sees(node, acts("sara", person), asthma)
    async with opened(node.folder) as begun:
        assert not await sees(begun, acts("sara", person), asthma)


async def test_an_attorney_reads_between_the_dates_of_the_finding(node: Node) -> None:
    son = grant("urn:gp:Khan", "lasting-power-of-attorney", "omar")
    person, asthma = await child(node, son, born="1940-06-01")
    assert not await sees(node, acts("omar", person), asthma)
    period = {"start": "2026-10-01", "end": "2027-04-01"}
    lacking = flag("urn:rx:Khan", "capacity", "lacking", period=period)
    known = patient("Khan", NUMBER, birthDate="1940-06-01")
    await load(node, submission("rx", known, lacking))
    assert await sees(node, acts("omar", person), asthma)
    assert not await sees(node, acts("omar", person, AT.replace(2027, 4, 2)), asthma)


async def test_a_hold_closes_at_once_raises_a_task_and_lifts_again(node: Node) -> None:
    person, asthma = await child(node, MOTHER)
    request = acts("sara", person)
    assert await sees(node, request, asthma)
    hold = flag("urn:rx:Khan", "safeguarding", "hold", meta={"security": [NOPAT]})
    known = patient("Khan", NUMBER, birthDate="2017-06-01")
    (outcome,) = await load(node, submission("rx", known, hold))
    set_ = names(outcome)[1]
    assert not await sees(node, request, asthma)
    assert not await sees(node, request, set_)
    own = structs.replace(request, actor=Actor("ida", Role.PATIENT, "", person=person))
    own = structs.replace(own, purpose=Purpose.PATRQT)
    assert await sees(node, own, asthma)
    assert not await sees(node, own, set_)
    async with node.store.snapshot() as reader:
        tasks = [str(row[1]) for row in await reader.rows("admission.tasks")]
    assert tasks == ["safeguarding-hold"]
    lifted = hold | {"status": "inactive", "id": set_.partition("/")[2]}
    (outcome,) = await load(node, submission("rx", known, lifted, key="2"))
    assert outcome.rejection is None
    assert await sees(node, request, asthma)


async def test_a_look_for_somebody_is_a_line_about_them_even_when_nothing_is_found(
    node: Node,
) -> None:
    person, asthma = await child(node, MOTHER)
    assert not await sees(node, acts("omar", person), asthma)
    async with node.store.snapshot() as reader:
        public = await node.persons.public_id(reader, person)
    looks = await node.oversight.looks(asks(Role.PRIVACY_OFFICER, Purpose.HOPERAT), public)
    line = next(each for each in looks.lines if each.user == "omar")
    assert (line.role, line.outcome, line.persons) == ("proxy", "deny", (person,))


@pytest.mark.parametrize("resource", ["grant", "hold", "capacity", "delegation"])
async def test_who_may_not_record_a_grant_is_refused(node: Node, resource: str) -> None:
    person, asthma = await child(node)
    async with node.store.snapshot() as reader:
        stored = await node.records.current(reader, *asthma.split("/"))
        assert stored is not None
        (ida,) = await node.records.unfiltered(reader, [stored.subject], types=["Patient"])
    about = f"Patient/{ida.id}"
    period = {"start": "2026-10-01", "end": "2027-04-01"}
    made = {
        "grant": grant(about, "parental-responsibility", "kasia"),
        "delegation": grant(about, "delegation", "kasia"),
        "hold": flag(about, "safeguarding", "hold", meta={"security": [NOPAT]}),
        "capacity": flag(about, "capacity", "lacking", period=period),
    }[resource]
    sent = submission("api", made)
    assistant = asks(Role.CARE_ASSISTANT, Purpose.CAREMGT, organisation="VM001")
    gate = await node.disclosure.sight(assistant)
    with pytest.raises(DeniedError, match="gp, social-worker"):
        await node.admission.interact(assistant, sent, Sight(*gate))
    doctor = asks(Role.GP, Purpose.CAREMGT, organisation="B86001")
    gate = await node.disclosure.sight(doctor)
    outcome = await node.admission.interact(doctor, submission("api", made), Sight(*gate))
    assert outcome.rejection is None
    if resource == "grant":
        async with node.store.snapshot() as reader:
            ground = await node.disclosure.ground(reader, acts("kasia", person))
        assert ground.known.acted_for == {"kasia": (person,)}


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (flag("urn:gp:Khan", "safeguarding", "hold"), "NOPAT"),
        (flag("urn:gp:Khan", "safeguarding", "hold", meta=UNKNOWN_SYSTEM), "NOPAT"),
        (flag("urn:gp:Khan", "capacity", "lacking", period={"start": "2026-10-01"}), "until when"),
    ],
)
async def test_a_hold_that_a_proxy_could_read_is_refused_and_a_lack_without_end(
    node: Node, made: dict[str, Any], place: str
) -> None:
    ida = patient("Khan", NUMBER)
    (outcome,) = await load(node, submission("gp", ida, made))
    assert outcome.rejection is not None
    assert place in outcome.rejection.rule + outcome.rejection.remedy


async def test_a_register_as_csv_binds_when_it_is_loaded_and_ends_when_it_says_so(
    node: Node,
) -> None:
    person, asthma = await child(node)
    head = "nhs_number,what,account,name,since,until,reviewed,state\n"

    async def register(row: str) -> None:
        for found in intake.read("acting.csv", (head + row).encode()):
            assert isinstance(found, Submission)
            assert (await node.admission.admit(found, LOADER)).rejection is None

    right = f"{NUMBER},parental-responsibility,sara,Sara Khan,2024-01-01,,,"
    await register(right)
    assert await sees(node, acts("sara", person), asthma)
    await register(f"{NUMBER},safeguarding-hold,,,,,,")
    assert not await sees(node, acts("sara", person), asthma)
    await register(f"{NUMBER},safeguarding-hold,,,,,,ended")
    assert await sees(node, acts("sara", person), asthma)
    await register(right + "ended")
    assert not await sees(node, acts("sara", person), asthma)
