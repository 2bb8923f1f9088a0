"""What a person's health link opens: as the guide has it, for another library, and no more."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwe
from joserfc.jwk import OctKey

from acting.test_acting_on_pages import signed_in
from doors.node_parts import (
    ACT,
    condition,
    load,
    names,
    node_in,
    patient,
    person_of,
    submission,
)
from throughcare.actors.directory import User
from throughcare.actors.jwe import text_of
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.app.system import SystemClock
from throughcare.kernel import BadInputError, DeniedError, NotFoundError
from throughcare.model.health_link import NewLink
from throughcare.model.request import Actor, Purpose, Relationship, Request, Role

NUMBER = "9990000018"
ADDRESS = "http://node.test"
DAY = timedelta(days=1)


ONE_ENGINE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as opened:
        yield opened


@dataclass(frozen=True)
class Owner:
    """A person with a record, who makes links."""

    node: Node
    person: int
    about: str

    def asks(self, actor: Actor | None = None) -> Request:
        """Return a request of theirs, or of another."""
        actor = actor or Actor("ada", Role.PATIENT, "", person=self.person)
        purpose = Purpose.PATRQT if actor.role is Role.PATIENT else Purpose.CAREMGT
        now = self.node.clock.now()
        return Request(actor, purpose, now, Relationship.YES, id=self.node.ids.new())

    async def make(self, **more: Any) -> str:  # noqa: ANN401 - fields of a link
        """Return the account of a new link."""
        fields = {"label": "For Dr Smith", "kinds": frozenset(), "expires": _now() + DAY}
        return await self.node.linking.make(self.asks(), NewLink(**{**fields, **more}))

    def url(self, account: str) -> str:
        """Return the path of its manifest."""
        return f"/shl/{self.node.health_links.address(account)}"

    def opened(self, account: str, sealed: str) -> dict[str, Any]:
        """Return what another library finds under the key that is in the link."""
        key = OctKey.import_key(self.node.health_links.key(account))
        found = jwe.decrypt_compact(sealed, key, algorithms=["dir", "A256GCM", "DEF"])
        assert found.headers() == {
            "alg": "dir",
            "enc": "A256GCM",
            "cty": "application/fhir+json",
            "zip": "DEF",
        }
        assert found.plaintext is not None
        bundle: dict[str, Any] = json.loads(found.plaintext)
        return bundle


def _now() -> datetime:
    return SystemClock().now()


async def ada(node: Node, *more: dict[str, Any]) -> Owner:
    about = "urn:gp:Moss"
    given = submission("gp", patient("Moss", NUMBER), condition(about), *more)
    (outcome,) = await load(node, given)
    about = names(outcome)[0]
    return Owner(node, await person_of(node, about), about)


def client_of(node: Node) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(gateway(node))
    return httpx.AsyncClient(transport=transport, base_url=ADDRESS)


async def asked(node: Node, url: str, **body: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    return await client_of(node).post(url, json={"recipient": "Dr Smith", **body})


async def public_of(node: Node, person: int) -> str:
    async with node.store.snapshot() as reader:
        return await node.persons.public_id(reader, person)


def types(bundle: dict[str, Any]) -> set[str]:
    return {each["resource"]["resourceType"] for each in bundle["entry"]}


async def test_a_manifest_holds_one_encrypted_summary_that_another_library_reads(
    node: Node,
) -> None:
    owner = await ada(node)
    account = await owner.make()
    answer = await asked(node, owner.url(account))
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
    (file,) = answer.json()["files"]
    assert file["contentType"] == "application/fhir+json"
    bundle = owner.opened(account, file["embedded"])
    assert bundle["type"] == "document"
    assert {"Composition", "Patient", "Condition"} <= types(bundle)


async def test_ten_wrong_passcodes_at_once_lock_it_for_ever(node: Node) -> None:
    owner = await ada(node)
    url = owner.url(await owner.make(passcode="correct horse"))
    asks = await asked(node, url)
    assert (asks.status_code, asks.json()["remainingAttempts"]) == (401, 10)
    right = await asked(node, url, passcode="correct horse")
    assert right.status_code == 200
    tried = await asyncio.gather(*(asked(node, url, passcode=f"wrong {n}") for n in range(14)))
    assert sorted(each.status_code for each in tried) == [401] * 10 + [404] * 4
    left = [each.json()["remainingAttempts"] for each in tried if each.status_code == 401]
    assert min(left) == 0
    assert (await asked(node, url, passcode="correct horse")).status_code == 404


@ONE_ENGINE
async def test_no_passcode_can_be_tried_twice_for_one_attempt(node: Node) -> None:
    owner = await ada(node)
    url = owner.url(await owner.make(passcode="correct horse"))
    for left in range(9, -1, -1):
        answer = await asked(node, url, passcode="battery staple")
        assert answer.json()["remainingAttempts"] == left


@ONE_ENGINE
async def test_unknown_expired_paused_and_ended_links_answer_in_the_same_words(node: Node) -> None:
    owner = await ada(node)
    soon = owner.url(await owner.make(expires=_now() + timedelta(milliseconds=400)))
    rested, over = await owner.make(), await owner.make()
    await node.linking.pause(owner.asks(), rested, paused=True)
    await node.linking.end(owner.asks(), over)
    await asyncio.sleep(0.5)
    guess = f"/shl/{'A' * 43}"
    answers = [await asked(node, url) for url in (guess, soon, owner.url(rested), owner.url(over))]
    assert {each.status_code for each in answers} == {404}
    assert len({each.text for each in answers}) == 1
    await node.linking.pause(owner.asks(), rested, paused=False)
    assert (await asked(node, owner.url(rested))).status_code == 200


async def test_what_the_person_says_now_binds_the_next_look(node: Node) -> None:
    owner = await ada(node)
    account = await owner.make()
    assert (await asked(node, owner.url(account))).status_code == 200
    await asyncio.sleep(1)
    await node.admission.switch(owner.asks(), "all", share=False, keep=False)
    assert (await asked(node, owner.url(account))).status_code == 404
    later = await owner.make()
    assert (await asked(node, owner.url(later))).status_code == 200
    await node.admission.switch(owner.asks(), "all", share=True, keep=False)
    assert (await asked(node, owner.url(account))).status_code == 200


@ONE_ENGINE
async def test_only_the_chosen_kinds_are_in_it_and_no_section_says_there_is_nothing(
    node: Node,
) -> None:
    medicine = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Warfarin"},
        "subject": {"reference": "urn:gp:Moss"},
    }
    owner = await ada(node, medicine)
    account = await owner.make(kinds=frozenset({"medicines"}))
    (file,) = (await asked(node, owner.url(account))).json()["files"]
    bundle = owner.opened(account, file["embedded"])
    assert "MedicationRequest" in types(bundle)
    assert "Condition" not in types(bundle)
    reasons = {
        section["code"]["coding"][0]["code"]: section["emptyReason"]["coding"][0]["code"]
        for section in bundle["entry"][0]["resource"]["section"]
        if "emptyReason" in section
    }
    assert reasons["11450-4"] == reasons["48765-2"] == "withheld"


@ONE_ENGINE
async def test_what_is_sensitive_or_not_for_the_person_is_in_no_link(node: Node) -> None:
    hidden = [
        {**condition("urn:gp:Moss", code), "meta": {"security": [{"system": ACT, "code": label}]}}
        for code, label in (("86406008", "STD"), ("73211009", "NOPAT"))
    ]
    owner = await ada(node, *hidden)
    account = await owner.make()
    (file,) = (await asked(node, owner.url(account))).json()["files"]
    text = json.dumps(owner.opened(account, file["embedded"]))
    assert "35489007" in text
    assert "86406008" not in text
    assert "73211009" not in text
    named = await owner.make(kinds=frozenset({"sexual-health"}))
    (file,) = (await asked(node, owner.url(named))).json()["files"]
    text = json.dumps(owner.opened(named, file["embedded"]))
    assert "86406008" in text
    assert "73211009" not in text


@ONE_ENGINE
async def test_a_file_is_fetched_once_by_its_own_link_and_decided_anew(node: Node) -> None:
    owner = await ada(node)
    account, other = await owner.make(), await owner.make()

    async def location() -> str:
        answer = await asked(node, owner.url(account), embeddedLengthMax=10)
        (file,) = answer.json()["files"]
        assert "embedded" not in file
        return str(file["location"]).removeprefix(ADDRESS)

    client, place = client_of(node), await location()
    crossed = place.replace(owner.url(account), owner.url(other))
    assert (await client.get(crossed)).status_code == 404
    first = await client.get(await location())
    assert first.headers["content-type"] == "application/jose"
    assert "Composition" in types(owner.opened(account, first.text))
    place = await location()
    assert (await client.get(place)).status_code == 200
    assert (await client.get(place)).status_code == 404
    place = await location()
    await node.linking.end(owner.asks(), account)
    assert (await client.get(place)).status_code == 404


@ONE_ENGINE
async def test_a_direct_file_is_for_links_that_say_so_and_names_who_asks(node: Node) -> None:
    owner = await ada(node)
    direct, usual = await owner.make(direct=True), await owner.make()
    client = client_of(node)
    assert (await client.get(owner.url(direct))).status_code == 400
    answer = await client.get(owner.url(direct), params={"recipient": "Ward 3"})
    assert answer.headers["content-type"] == "application/jose"
    assert "Patient" in types(owner.opened(direct, answer.text))
    refused = await client.get(owner.url(usual), params={"recipient": "Ward 3"})
    assert refused.status_code == 403


@ONE_ENGINE
@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"recipient": " "}', b'{"recipient": 7}', b"[1]", b"\xff", b"{" * 5000]
)
async def test_a_request_without_a_recipient_is_refused_before_anything_is_read(
    node: Node, body: bytes
) -> None:
    owner = await ada(node)
    answer = await client_of(node).post(owner.url(await owner.make()), content=body)
    assert answer.status_code in {400, 413}
    found = await node.oversight.looks(owner.asks(), await public_of(node, owner.person))
    assert all(line.action != "open-link" for line in found.lines)


@ONE_ENGINE
async def test_every_look_and_every_try_is_in_the_ledger_with_who_said_they_ask(node: Node) -> None:
    owner = await ada(node)
    account = await owner.make(passcode="correct horse")
    await asked(node, owner.url(account), passcode="battery staple")
    await asked(node, owner.url(account), passcode="correct horse")
    found = await node.oversight.looks(owner.asks(), await public_of(node, owner.person))
    lines = [line for line in found.lines if line.action == "open-link"]
    assert [(line.outcome, line.user, line.reason) for line in lines] == [
        ("permit", account, "Dr Smith"),
        ("deny", account, "Dr Smith"),
    ]
    assert lines[0].seen > 0


@ONE_ENGINE
async def test_a_safeguarding_hold_closes_links_like_everybody_who_acts(node: Node) -> None:
    owner = await ada(node)
    account = await owner.make()
    worker = Actor("dev", Role.SOCIAL_WORKER, "383")
    request = owner.asks(worker)
    await node.agents.hold(request, owner.person, held=True)
    assert (await asked(node, owner.url(account))).status_code == 404


@ONE_ENGINE
async def test_nobody_makes_pauses_or_ends_the_link_of_somebody_else(node: Node) -> None:
    owner = await ada(node)
    account = await owner.make()
    given = submission("gp", patient("Khan", "9990000026"), key="2")
    (outcome,) = await load(node, given)
    other = replace(owner, person=await person_of(node, names(outcome)[0]))
    nurse = owner.asks(Actor("nia", Role.NURSE, "RXX"))
    link = NewLink("For me", frozenset(), _now() + DAY)
    with pytest.raises(DeniedError):
        await node.linking.make(nurse, link)
    for attempt in (
        node.linking.end(other.asks(), account),
        node.linking.pause(other.asks(), account, paused=True),
    ):
        with pytest.raises(NotFoundError):
            await attempt
    with pytest.raises(DeniedError):
        await node.bearers.of(other.asks(), await public_of(node, owner.person))
    assert (await asked(node, owner.url(account))).status_code == 200


@ONE_ENGINE
async def test_neither_address_nor_key_nor_passcode_lies_in_the_store(node: Node) -> None:
    owner = await ada(node)
    account = await owner.make(passcode="correct horse")
    key = node.health_links.key(account)
    async with node.store.snapshot() as reader:
        rows = await reader.rows("actors.health_link", account=account)
        rows += await reader.rows("actors.health_links_of", subject=int(rows[0][1] or 0))
    kept = str(rows)
    assert account in kept
    for secret in (key.hex(), text_of(key), owner.url(account)[5:], "correct horse"):
        assert secret not in kept


@ONE_ENGINE
@pytest.mark.parametrize(
    "wish",
    [
        {"label": ""},
        {"label": "x" * 81},
        {"passcode": "12345"},
        {"passcode": "123456", "direct": True},
        {"expires": datetime(2020, 1, 1, tzinfo=UTC)},
        {"kinds": frozenset({"everything"})},
    ],
)
async def test_what_no_link_can_be_is_refused_with_the_way_out(
    node: Node, wish: dict[str, Any]
) -> None:
    owner = await ada(node)
    with pytest.raises(BadInputError):
        await owner.make(**wish)


@ONE_ENGINE
async def test_the_person_reads_of_links_in_words_and_of_no_nurse_at_an_account(node: Node) -> None:
    owner = await ada(node)
    account = await owner.make()
    await asked(node, owner.url(account))
    client = await signed_in(node, User("ada", "Ada Moss", (Role.PATIENT,), person=owner.person))
    record = f"/people/{await public_of(node, owner.person)}"
    sharing = (await client.get(f"{record}/sharing")).text
    assert "whoever has one of your links may see" in sharing
    assert account not in sharing
    looks = (await client.get(f"{record}/looks")).text
    assert "because you made the link" in looks
    assert account not in looks
    assert account not in (await client.get(f"{record}/agents")).text
