"""Two nodes: the home tells of a person's Consents, and the other one decides by them."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from doors.node_parts import (
    AT,
    LOADER,
    asks,
    condition,
    consent,
    load,
    names,
    patient,
    person_of,
    submission,
)
from store.engines import plain_and_full
from throughcare.actors import snapshots as signed
from throughcare.app import snapshots
from throughcare.app.folder import create
from throughcare.app.node import Node, opened
from throughcare.audit.lines import Filter, Lines
from throughcare.kernel import (
    ConflictError,
    DeniedError,
    GoneError,
    NotFoundError,
    ThroughcareError,
    UnprocessableError,
)
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Actor, Permission, Purpose, Reason, Request, Role

pytestmark = pytest.mark.parametrize("engine", plain_and_full, indirect=True)

NUMBER, OTHER = "9990000018", "9990000026"
PERMIT = {"provision": {"type": "permit"}}
EMERGENCY = Reason("found alone", "cannot-be-asked")
OLD = (
    "Your choices are kept at another place, and what it told us does not count any more: "
    "it is older than a day, or that place is none we rely on. Until it tells us again, we keep to "
    "no."
)
ONE = timedelta(hours=1)
DAY = 24 * ONE


@dataclass
class Two:
    """A home, and a node where the person is treated."""

    home: Node
    here: Node
    name: str
    """The person's condition here, ``Condition/id``."""
    allergy: str
    """Of the critical set."""
    person: int

    async def tell(self, at: timedelta = timedelta(0)) -> str:
        """Return what the home says at a moment."""
        request = Request(OFFICER, Purpose.HOPERAT, AT + at, id="issue")
        return await snapshots.issue(self.home, request, NUMBER, self.here.tokens.node)

    async def take(self, text: str, at: timedelta = timedelta(0)) -> None:
        """Hand over, at a moment, what the home said."""
        request = Request(LOADER, Purpose.HOPERAT, AT + at, id="take")
        await self.here.admission.snapshots.take(request, text)

    async def sees(self, request: Request, name: str = "") -> bool:
        """Tell whether a request is shown an entry here, the condition unless another is named."""
        try:
            await self.here.disclosure.read(request, *(name or self.name).split("/"))
        except (NotFoundError, DeniedError, GoneError):
            return False
        return True


OFFICER = Actor("officer", Role.PRIVACY_OFFICER, "")


def later(request: Request, by: timedelta) -> Request:
    return structs.replace(request, at=AT + by)


@contextlib.asynccontextmanager
async def two(root: Path, *said: dict[str, Any], opt_in: bool = False) -> AsyncIterator[Two]:
    """Open both, the person with Consents at home, and with a record and none here."""
    home, here = create(root / "home"), create(root / "node")
    for one, other in ((home, here), (here, home)):
        text = one.locality.read_text("utf-8") + "\n" + snapshots.introduction(other, "Leeds")
        if one is here and opt_in:
            text = text.replace('"opt-out"', '"opt-in"')
        one.locality.write_text(text, "utf-8")
    async with opened(home) as at_home, opened(here) as node:
        await load(at_home, submission("gp", patient("Khan", NUMBER), *said))
        penicillin = {
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": {"coding": [{"system": CLINICAL, "code": "active"}]},
            "code": {"text": "Penicillin"},
            "patient": {"reference": "urn:hospital:Khan"},
        }
        ill = condition("urn:hospital:Khan", "195967001")
        record = submission("hospital", patient("Khan", NUMBER), ill, penicillin)
        (outcome,) = await load(node, record)
        _, name, allergy = names(outcome)
        yield Two(at_home, node, name, allergy, await person_of(node, name))


CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"


async def lines(node: Node) -> list[AuditEntry]:
    """Return the lines about snapshots that the privacy officer looks through."""
    await node.journal.settle()
    async with node.store.snapshot() as reader:
        found = await Lines(node.folder.ledger).lines(reader, Filter())
    return [each for each in found if each.action == "snapshot"]


async def about(node: Node) -> list[str]:
    """Return what the lines about the person say was told."""
    await node.journal.settle()
    async with node.store.snapshot() as reader:
        persons = await node.persons.holders(reader, NUMBER)
        found = await Lines(node.folder.ledger).lines_about(reader, persons)
    return [each.what for each in found if each.action == "snapshot"]


async def state(node: Node) -> tuple[int, list[Any]]:
    """Return the consent epoch of a node, and what other nodes told it."""
    async with node.store.snapshot() as reader:
        epoch = await node.disclosure.gates.known(reader)
        held = [
            (each.told, each.rules)
            for context in epoch.people.values()
            for each in context.directives
            if each.told
        ]
    return epoch.newest, held


async def test_what_the_home_told_binds_here_and_a_withdrawal_at_once(tmp_path: Path) -> None:
    async with two(tmp_path, consent("urn:gp:Khan", **PERMIT), opt_in=True) as nodes:
        assert not await nodes.sees(asks())
        await nodes.take(await nodes.tell())
        assert await nodes.sees(asks())
        no = submission("gp", patient("Khan", NUMBER), consent("urn:gp:Khan"), key="2")
        (outcome,) = await load(nodes.home, no)
        assert outcome.rejection is None
        await nodes.take(await nodes.tell(timedelta(seconds=2)), timedelta(seconds=2))
        assert not await nodes.sees(asks())
        own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=nodes.person)
        assert await nodes.sees(later(own, DAY))


async def test_past_its_end_a_snapshot_denies_but_for_emergencies(tmp_path: Path) -> None:
    async with two(tmp_path, consent("urn:gp:Khan", **PERMIT)) as nodes:
        await nodes.take(await nodes.tell())
        glass = asks(purpose=Purpose.BTG, reason=EMERGENCY)
        crew = asks(Role.PARAMEDIC, Purpose.ETREAT, reason=EMERGENCY, permission=Permission.UNABLE)
        just = DAY - timedelta(seconds=1)
        assert await nodes.sees(later(asks(), just))
        assert not await nodes.sees(later(asks(), DAY))
        assert not await nodes.sees(later(crew, DAY))
        before = len(await alerts(nodes))
        assert await nodes.sees(later(crew, DAY), nodes.allergy)
        assert len(await alerts(nodes)) == before + 1
        assert await nodes.sees(later(glass, DAY))
        await nodes.take(await nodes.tell(DAY), DAY)
        assert await nodes.sees(later(asks(), DAY))


async def alerts(nodes: Two) -> list[object]:
    found = await nodes.here.oversight.notices_about(nodes.person)
    return [each for each in found if each.kind == "alert"]


async def test_a_no_of_the_home_binds_however_old_it_is(tmp_path: Path) -> None:
    async with two(tmp_path, consent("urn:gp:Khan")) as nodes:
        assert await nodes.sees(asks())
        await nodes.take(await nodes.tell())
        crew = asks(Role.PARAMEDIC, Purpose.ETREAT, reason=EMERGENCY, permission=Permission.UNABLE)
        for age in (timedelta(0), DAY, 30 * DAY):
            assert not await nodes.sees(later(asks(), age))
            assert not await nodes.sees(later(crew, age), nodes.allergy)


async def test_a_count_ends_with_the_snapshot_too(tmp_path: Path) -> None:
    """Decided in the query: on every engine, at the moment."""
    async with two(tmp_path, consent("urn:gp:Khan", **PERMIT), opt_in=True) as nodes:
        await nodes.take(await nodes.tell())
        for age, expected in ((timedelta(0), 1), (DAY - timedelta(seconds=1), 1), (DAY, 0)):
            request = later(asks(), age)
            async with nodes.here.store.snapshot() as reader:
                ground = await nodes.here.disclosure.gates.ground(reader, request)
                found = await nodes.here.records.unfiltered(reader, [], types=["Condition"])
                assert found == []
                seen = await nodes.here.records.seen_of(
                    reader, await nodes.here.persons.subjects_of(reader, nodes.person), ground.gate
                )
            assert len([row for row in seen if row.type == "Condition"]) == expected


async def forged(nodes: Two) -> dict[str, tuple[str, type[ThroughcareError]]]:
    """Return texts that are not to be taken, by what is wrong with them."""
    good = signed.unpacked(await nodes.tell(timedelta(hours=1)))
    key = Ed25519PrivateKey.generate()
    own = nodes.home.tokens._key  # noqa: SLF001 - the home's own key, to sign what it would not
    header, payload, signature = (await nodes.tell(timedelta(hours=1))).split(".")
    made = {
        "another's key": signed.signed(key, good),
        "unknown issuer": signed.signed(own, replace(good, node="f" * 32)),
        "another audience": signed.signed(own, replace(good, audience="f" * 32)),
        "a year": signed.signed(own, replace(good, until=good.issued + 365 * DAY)),
        "expired at arrival": signed.signed(
            own, replace(good, issued=good.issued - 2 * DAY, until=good.until - 2 * DAY)
        ),
        "altered": f"{header}.{payload[:-4]}AAAA.{signature}",
        "oversized": header + "." + "A" * signed.MOST + "." + signature,
        "malformed": "no snapshot",
    }
    refused: dict[str, tuple[str, type[ThroughcareError]]] = {
        name: (text, UnprocessableError) for name, text in made.items()
    }
    older = replace(good, epoch=good.epoch - 1)
    earlier = replace(good, issued=good.issued - 2 * ONE, until=good.until - 2 * ONE)
    refused["an older epoch"] = (signed.signed(own, older), ConflictError)
    refused["an earlier one of the same epoch"] = (signed.signed(own, earlier), ConflictError)
    refused["of somebody who is not known"] = (
        signed.signed(own, replace(good, number=OTHER)),
        ConflictError,
    )
    refused["of no number"] = (signed.signed(own, replace(good, number="12")), ConflictError)
    return refused


async def test_what_is_forged_or_rolled_back_changes_nothing_and_is_a_line(tmp_path: Path) -> None:
    """Scenario 40, attack by attack: what is asked afterwards is answered as before."""
    async with two(tmp_path, consent("urn:gp:Khan")) as nodes:
        await nodes.take(await nodes.tell())
        assert not await nodes.sees(asks())
        before, told = await state(nodes.here), len(await lines(nodes.here))
        attacks = await forged(nodes)
        for name, (text, error) in attacks.items():
            with pytest.raises(error) as refused:
                await nodes.take(text, timedelta(hours=1))
            assert refused.value.message, name
            assert NUMBER not in refused.value.message
            assert await state(nodes.here) == before, name
            assert not await nodes.sees(asks()), name
        written = (await lines(nodes.here))[: len(attacks)]
        assert len(await lines(nodes.here)) == told + len(attacks)
        assert {line.outcome for line in written} == {"deny"}
        assert {line.what for line in written} >= {
            "snapshot: signature",
            "snapshot: issuer",
            "snapshot: audience",
            "snapshot: lifetime",
            "snapshot: expired",
            "snapshot: size",
            "snapshot: form",
            "ConflictError",
        }


async def test_unknown_and_rolled_back_are_answered_in_the_same_words(tmp_path: Path) -> None:
    async with two(tmp_path, consent("urn:gp:Khan")) as nodes:
        await nodes.take(await nodes.tell())
        attacks = await forged(nodes)
        said = set()
        for text, error in attacks.values():
            if error is ConflictError:
                with pytest.raises(ConflictError) as refused:
                    await nodes.take(text, timedelta(hours=1))
                said.add((refused.value.message, refused.value.place))
        assert len(said) == 1


async def test_the_same_snapshot_again_adds_nothing(tmp_path: Path) -> None:
    async with two(tmp_path, consent("urn:gp:Khan")) as nodes:
        text = await nodes.tell()
        await nodes.take(text)
        before = await state(nodes.here)
        await nodes.take(text, timedelta(minutes=1))
        assert await state(nodes.here) == before


async def test_the_privacy_officer_ends_what_a_home_told_that_is_given_up(tmp_path: Path) -> None:
    async with two(tmp_path, consent("urn:gp:Khan")) as nodes:
        text = await nodes.tell()
        await nodes.take(text)
        home, officer = nodes.home.tokens.node, Request(OFFICER, Purpose.HOPERAT, AT + 2 * DAY)
        assert not await nodes.sees(later(asks(), 2 * DAY))
        it = Request(LOADER, Purpose.HOPERAT, AT + DAY)
        with pytest.raises(DeniedError):
            await nodes.here.admission.snapshots.end(it, NUMBER, home, "it is gone")
        for number, node in ((NUMBER, "f" * 32), (OTHER, home)):
            with pytest.raises(NotFoundError):
                await nodes.here.admission.snapshots.end(officer, number, node, "it is gone")
        assert [each.outcome for each in await lines(nodes.here)] == ["deny"] * 3
        assert not await nodes.sees(later(asks(), 2 * DAY))
        await nodes.here.admission.snapshots.end(officer, NUMBER, home, "it is gone")
        assert await nodes.sees(later(asks(), 2 * DAY))
        with pytest.raises(NotFoundError):
            await nodes.here.admission.snapshots.end(officer, NUMBER, home, "again")
        with pytest.raises(ConflictError):
            await nodes.take(await nodes.tell(2 * DAY), 2 * DAY)
        assert (await about(nodes.here))[0] == f"what node {home} told is ended"
        for key in ("2", "3"):
            no = submission("gp", patient("Khan", NUMBER), consent("urn:gp:Khan"), key=key)
            await load(nodes.home, no)
        await nodes.take(await nodes.tell(3 * DAY), 3 * DAY)
        assert not await nodes.sees(later(asks(), 3 * DAY))


async def test_only_the_it_lead_hands_over_and_only_the_privacy_officer_has_one_issued(
    tmp_path: Path,
) -> None:
    async with two(tmp_path, consent("urn:gp:Khan")) as nodes:
        text = await nodes.tell()
        for role in set(Role) - {Role.IT_LEAD}:
            request = Request(Actor("u", role, "RXX"), Purpose.TREAT, AT, id="r")
            with pytest.raises(DeniedError):
                await nodes.here.admission.snapshots.take(request, text)
        for role in set(Role) - {Role.PRIVACY_OFFICER}:
            request = Request(Actor("u", role, "RXX"), Purpose.HOPERAT, AT, id="r")
            with pytest.raises(DeniedError):
                await nodes.home.snapshots.issue(request, NUMBER, nodes.here.tokens.node)
        assert (await state(nodes.here))[1] == []


async def test_the_home_tells_nobody_whom_its_profile_does_not_name(tmp_path: Path) -> None:
    async with two(tmp_path, consent("urn:gp:Khan")) as nodes:
        request = Request(OFFICER, Purpose.HOPERAT, AT, id="issue")
        for number, audience in ((NUMBER, "f" * 32), (OTHER, nodes.here.tokens.node)):
            with pytest.raises(NotFoundError):
                await snapshots.issue(nodes.home, request, number, audience)
        found = await lines(nodes.home)
        assert [line.outcome for line in found] == ["deny", "deny"]
        await nodes.tell()
        await nodes.take(await nodes.tell())
        assert await about(nodes.home) == [f"consents to node {nodes.here.tokens.node}"] * 2
        (taken,) = await about(nodes.here)
        assert taken.startswith(f"1 consents of node {nodes.home.tokens.node}, epoch ")


async def test_what_ended_at_home_is_absent(tmp_path: Path) -> None:
    ended = consent("urn:gp:Khan", status="inactive")
    past = consent("urn:gp:Khan", provision={"type": "deny", "period": {"end": "2026-11-23"}})
    async with two(tmp_path, ended, past, consent("urn:gp:Khan", **PERMIT)) as nodes:
        told = signed.unpacked(await nodes.tell())
        assert [each["provision"]["type"] for each in told.consents] == ["permit"]
        assert told.until - told.issued == DAY


async def test_the_person_reads_who_told_of_their_choices_and_that_it_is_old(
    tmp_path: Path,
) -> None:
    async with two(tmp_path, consent("urn:gp:Khan")) as nodes:
        await nodes.take(await nodes.tell())
        async with nodes.here.store.snapshot() as reader:
            public = await nodes.here.persons.public_id(reader, nodes.person)
        own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=nodes.person)
        fresh = await nodes.here.sharing.standing(own, public)
        assert fresh.others == (
            "Leeds keeps your choices. What it told us on 24 November 2026 counts for a day.",
            "Leeds told us on 24 November 2026: On 1 June 2026: nobody may see your whole record.",
        )
        assert all(shared for _, shared in fresh.switches)
        old = await nodes.here.sharing.standing(later(own, DAY), public)
        assert old.others == (
            OLD,
            "Leeds told us on 24 November 2026: On 1 June 2026: nobody may see your whole record.",
        )
        why = {sight.why for each in old.previews for sight in each.sights}
        assert "They could not look, because of a choice that you recorded." in why


async def test_a_consent_that_nobody_can_read_is_a_task_until_it_is_told_anew(
    tmp_path: Path,
) -> None:
    odd = consent("urn:gp:Khan", scope={"coding": [{"code": "odd"}]}, **PERMIT)
    async with two(tmp_path, odd) as nodes:
        await nodes.take(await nodes.tell())
        assert not await nodes.sees(asks())
        async with nodes.here.store.snapshot() as reader:
            rows = await reader.rows("admission.tasks")
        assert [str(row[1]) for row in rows] == ["unreadable-consent"]
