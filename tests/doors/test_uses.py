"""Legal permits and opt-outs on the way out: who is found, counted and taken along."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from doors.node_parts import AT, condition, consent, load, names, node_in, patient, submission
from throughcare.app.node import Node, opened
from throughcare.fhir import query
from throughcare.fhir.nhs import VERIFICATION_EXTENSION
from throughcare.kernel import ConflictError, DeniedError, NotFoundError
from throughcare.model.permit import Basis, Entry, Items
from throughcare.model.request import Actor, Purpose, Relationship, Request, Role

NUMBERS = {
    "Khan": "9990000018",
    "Shah": "9990000026",
    "Reid": "9990000034",
    "Ross": "9990000042",
}
OFFICER = Request(Actor("officer", Role.PRIVACY_OFFICER, ""), Purpose.HOPERAT, AT, id="request-2")
ASTHMA = "195967001"
DISSENT, WITHDRAWN = "827241000000103", "827261000000102"


def research(at: Any = AT, organisation: str = "UNI") -> Request:  # noqa: ANN401 - a time
    actor = Actor("dr", Role.RESEARCHER, organisation)
    return Request(actor, Purpose.HRESCH, at, Relationship.NO, id="request-1")


def entry(**changes: Any) -> Entry:  # noqa: ANN401 - fields of several types
    items = Items(
        changes.pop("recipients", ("role:researcher&UNI",)),
        ("HRESCH",),
        changes.pop("categories", ("condition",)),
        changes.pop("labels", ()),
        changes.pop("persons", None),
    )
    made = Entry(
        "",
        Basis.SUPPORT,
        "NHS Act 2006, section 251; 26/CAG/0001",
        "the Caldicott Guardian",
        items,
        AT.date(),
        date(2027, 3, 31),
    )
    return replace(made, **changes)


def objection(about: str, code: str = DISSENT, day: str = "2026-01-05") -> dict[str, Any]:
    return condition(about, code) | {
        "resourceType": "Observation",
        "status": "final",
        "effectiveDateTime": day,
    }


async def people(node: Node) -> None:
    """Load four people with asthma; Ross has said no to everything."""
    for family, number in NUMBERS.items():
        about = f"urn:gp:{family}"
        more = [consent(about)] if family == "Ross" else []
        await load(
            node,
            submission(
                "gp",
                patient(family, number, birthDate=f"1961-04-{len(family) + len(more):02}"),
                condition(about, ASTHMA),
                condition(about, "15628003"),
                *more,
                key=family,
            ),
        )


async def clear(node: Node, *families: str, at: Any = AT) -> None:  # noqa: ANN401 - a time
    """Ask about everybody and let `families` come back."""
    asked = await node.admission.ask_opt_outs(structs.replace(OFFICER, at=at))
    assert set(asked) >= set(NUMBERS.values())
    back = [NUMBERS[family] for family in families]
    await node.admission.answer_opt_outs(structs.replace(OFFICER, at=at), back)


async def count(node: Node, request: Request, code: str = ASTHMA) -> tuple[int, int]:
    """Return the total of a search and how many entries it shows."""
    asked = query.parse("Condition", [("code", code), ("_total", "accurate")])
    found = await node.disclosure.search(request, asked)
    assert found.total is not None
    return found.total, len(found.entries)


async def test_who_opted_out_drops_out_of_support_under_section_251(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await people(node)
        assert await count(node, research()) == (0, 0)
        await node.admission.register_permit(OFFICER, entry())
        assert await count(node, research()) == (0, 0), "nobody has asked about opt-outs"
        await clear(node, "Khan", "Shah", "Ross")
        assert await count(node, research()) == (2, 2), "Reid opted out, Ross said no"
        assert await count(node, research(), "15628003") == (0, 0), "no label was named"
        assert await count(node, research(organisation="RXX")) == (0, 0)
        late = AT + timedelta(days=node.profile.opt_out_days + 1)
        assert await count(node, research(late)) == (0, 0), "the answer has expired"
        await clear(node, "Khan", at=late)
        assert await count(node, research(late)) == (1, 1)


async def test_a_statute_passes_over_opt_outs_and_ends_at_once(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await people(node)
        made = await node.admission.register_permit(
            OFFICER, entry(basis=Basis.STATUTE, labels=("STD", "SEX"))
        )
        assert await count(node, research(), "15628003") == (4, 4)
        assert await count(node, research()) == (0, 0), "it names labelled entries alone"
        await node.admission.end_permit(OFFICER, made)
        assert await count(node, research(), "15628003") == (0, 0)
        with pytest.raises(NotFoundError, match="in force"):
            await node.admission.end_permit(OFFICER, made)
        listed = await node.oversight.permits(OFFICER)
        assert [(each.id, each.ended != "", each.added_by) for each in listed] == [
            (made, True, "officer")
        ]


async def test_a_permit_about_one_person_opens_no_other(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await people(node)
        async with node.store.snapshot() as reader:
            (person,) = await node.persons.holders(reader, NUMBERS["Shah"])
            named = await node.persons.public_id(reader, person)
        await node.admission.register_permit(OFFICER, entry(basis=Basis.STATUTE, persons=(named,)))
        assert await count(node, research()) == (1, 1)
        with pytest.raises(NotFoundError, match="not here"):
            await node.admission.register_permit(OFFICER, entry(persons=("nobody",)))


async def test_a_type_1_objection_closes_what_that_practice_holds(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await people(node)
        await node.admission.register_permit(OFFICER, entry())
        await clear(node, "Khan", "Shah")
        again = submission("gp", patient("Khan", NUMBERS["Khan"], birthDate="1961-04-04"), key="2")
        khan = names((await load(node, again))[0])[0]
        hospital = submission(
            "rxx",
            patient("Khan", NUMBERS["Khan"], birthDate="1961-04-04"),
            condition("urn:rxx:Khan", ASTHMA),
        )
        await load(node, hospital)
        assert await count(node, research()) == (3, 3)
        (said,) = await load(node, submission("gp", objection(khan), key="3"))
        assert await count(node, research()) == (2, 2), "the hospital's entry is not the practice's"
        late = objection(khan, WITHDRAWN, "2026-02-01")
        await load(node, submission("gp", late, key="4"))
        assert await count(node, research()) == (3, 3)
        error = objection(khan, WITHDRAWN, "2026-02-01") | {"status": "entered-in-error"}
        back = names((await load(node, submission("gp", late | {"id": "w"}, key="5")))[0])[0]
        assert back == "Observation/w"
        assert said.rejection is None
        await load(node, submission("gp", error | {"id": "w"}, key="6"))
        assert await count(node, research()) == (3, 3), "the other withdrawal stands"


async def test_a_number_that_its_source_takes_for_unverified_clears_nobody_any_more(
    tmp_path: Path,
) -> None:
    doubted = patient("Khan", NUMBERS["Khan"], birthDate="1961-04-04")
    coding = [{"code": "number-present-but-not-traced"}]
    status = {"url": VERIFICATION_EXTENSION, "valueCodeableConcept": {"coding": coding}}
    doubted["identifier"][0]["extension"] = [status]
    async with node_in(tmp_path) as node:
        await people(node)
        await node.admission.register_permit(OFFICER, entry())
        await clear(node, "Khan", "Shah")
        assert await count(node, research()) == (2, 2)
        await load(node, submission("gp", doubted, key="2"))
        async with opened(node.folder) as begun:
            assert await count(begun, research()) == (1, 1), "a process that begins now"
        assert await count(node, research()) == (1, 1), "one that knew the number"


async def test_only_the_privacy_officer_keeps_the_register(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        nurse = structs.replace(OFFICER, actor=Actor("nurse", Role.NURSE, "RXX"))
        for doing in (
            node.admission.register_permit(nurse, entry()),
            node.admission.end_permit(nurse, "x"),
            node.admission.ask_opt_outs(nurse),
            node.admission.answer_opt_outs(nurse, []),
            node.oversight.permits(nurse),
            node.oversight.opt_outs(nurse),
        ):
            with pytest.raises(DeniedError, match="Only the privacy officer"):
                await doing


async def test_an_answer_to_another_question_is_refused(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await people(node)
        with pytest.raises(ConflictError, match="No question"):
            await node.admission.answer_opt_outs(OFFICER, [])
        await node.admission.ask_opt_outs(OFFICER)
        with pytest.raises(ConflictError, match="not asked about"):
            await node.admission.answer_opt_outs(OFFICER, ["9990000069"])
