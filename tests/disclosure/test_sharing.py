"""Who could see this, as a person asks it: exact over their record, and in force at once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from doors.node_parts import (
    ACT,
    AT,
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
from throughcare.app.node import Node
from throughcare.consent.readers import readers
from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import DeniedError, NotFoundError
from throughcare.model.explanation import Preview, Sight
from throughcare.model.request import Purpose, Request, Role

GP = "urn:gp:Moss"
PSY = {"security": [{"system": ACT, "code": "PSY"}]}
NOPAT = {"security": [{"system": ACT, "code": "NOPAT"}]}
HOSPITAL = {
    "type": "permit",
    "actor": [
        {"role": {"coding": [{"code": "IRCP"}]}, "reference": {"identifier": {"value": "RXX"}}}
    ],
}


def exception(year: int) -> dict[str, Any]:
    return consent(GP, dateTime=f"{year}-06-01T09:00:00Z", provision=HOSPITAL)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with node_in(tmp_path) as made:
        yield made


async def loaded(node: Node, *more: dict[str, Any]) -> tuple[Request, str, list[str]]:
    """Load a person with three plain entries, one of psychiatry and one not for her."""
    kept = [
        condition(GP, "195967001"),
        condition(GP, "38341003"),
        condition(GP, "44054006"),
        condition(GP, "49436004") | {"meta": PSY},
        condition(GP, "73211009") | {"meta": NOPAT},
    ]
    (outcome,) = await load(node, submission("gp", patient("Moss", "9990000018"), *kept, *more))
    written = names(outcome)
    person = await person_of(node, written[0])
    own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=person)
    async with node.store.snapshot() as reader:
        return own, await node.persons.public_id(reader, person), written


def sight(previews: tuple[Preview, ...], reader: str, when: str) -> Sight:
    (found,) = [
        each
        for preview in previews
        if preview.reader == reader
        for each in preview.sights
        if when in each.when
    ]
    return found


async def test_each_reader_sees_just_what_a_read_of_theirs_would_show(node: Node) -> None:
    no = {"provision": [{"type": "deny", "securityLabel": PSY["security"]}]}
    optin = {"coding": [{"system": ACT, "code": "OPTIN"}]}
    own, public, written = await loaded(node, consent(GP, provision=no, policyRule=optin))
    standing = await node.sharing.standing(own, public)
    for reader in readers(node.profile, ()):
        shown = sight(standing.previews, reader.name, reader.way.words)
        request = structs.replace(reader.request(AT), id="preview")
        visible = 0
        for name in written[1:4]:
            try:
                await node.disclosure.read(request, "Condition", name.partition("/")[2])
                visible += 1
            except (NotFoundError, DeniedError):
                continue
        told = {0: "conditions" in shown.not_sees, 3: "conditions" in shown.sees}
        assert told[visible], (reader, shown)
        try:
            await node.disclosure.read(request, "Condition", written[4].partition("/")[2])
            psychiatry = True
        except (NotFoundError, DeniedError):
            psychiatry = False
        assert psychiatry == ("mental health" in shown.sees)
        assert shown.why


async def test_what_is_kept_from_the_person_is_in_no_count_and_has_no_page(node: Node) -> None:
    own, public, written = await loaded(node)
    standing = await node.sharing.standing(own, public)
    gp = sight(standing.previews, "A GP", "after you have said yes")
    assert "conditions" in gp.sees
    previews = await node.sharing.of_entry(own, public, written[1])
    assert sight(previews, "A GP", "after you have said yes").sees == ("conditions",)
    for name in (written[5], "Condition/unknown"):
        with pytest.raises(NotFoundError):
            await node.sharing.of_entry(own, public, name)
    with pytest.raises(DeniedError):
        await node.sharing.of_entry(asks(), public, written[1])


async def test_a_change_is_previewed_as_what_it_then_does(node: Node) -> None:
    own, public, _ = await loaded(node)
    ahead = await node.sharing.ahead(own, public, "mental-health", share=False)
    nurse = next(each for each in ahead.changes if each.reader == "A hospital nurse")
    assert nurse.closes == ("mental health (1)",)
    assert not nurse.opens
    before = await node.sharing.standing(own, public)
    await node.admission.switch(own, "mental-health", share=False)
    after = await node.sharing.standing(own, public)
    for change in ahead.changes:
        for when in change.when:
            assert "mental health" in sight(before.previews, change.reader, when).sees
            assert "mental health" in sight(after.previews, change.reader, when).not_sees
    back = await node.sharing.ahead(own, public, "mental-health", share=True)
    assert [(each.reader, each.opens) for each in back.changes] == [
        (each.reader, each.closes) for each in ahead.changes
    ]


@pytest.mark.parametrize("keep", [False, True])
async def test_exceptions_that_a_no_would_end_are_shown_and_kept_if_the_person_says_so(
    node: Node, *, keep: bool
) -> None:
    own, public, written = await loaded(node, exception(2023))
    ahead = await node.sharing.ahead(own, public, "all", share=False)
    assert [each.text for each in ahead.ended] == ["On 1 June 2023: RXX may see your whole record."]
    await node.admission.switch(own, "all", share=False, keep=keep)
    nurse = asks()
    id_ = written[1].partition("/")[2]
    if not keep:
        with pytest.raises(NotFoundError):
            await node.disclosure.read(nurse, "Condition", id_)
        standing = await node.sharing.standing(own, public)
        (ended,) = standing.ended
        await node.admission.keep(own, ended.consent)
    assert (await node.disclosure.read(nurse, "Condition", id_)).id == id_
    with pytest.raises(NotFoundError):
        await node.disclosure.read(asks(organisation="RYY"), "Condition", id_)
    assert (await node.sharing.standing(own, public)).ended == ()
    stored = await node.disclosure.version(own, "Consent", written[6].partition("/")[2], 2)
    assert fhir_bytes.parse(stored.body)["dateTime"].startswith("2026-11-24")


async def test_only_the_person_keeps_a_choice_of_theirs(node: Node) -> None:
    own, _, written = await loaded(node, exception(2023))
    with pytest.raises(DeniedError):
        await node.admission.keep(asks(), written[6])
    with pytest.raises(NotFoundError):
        await node.admission.keep(own, "Consent/unknown")
