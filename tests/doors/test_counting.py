"""People counted: all of them, whatever they chose, and no figure that tells of one."""

from pathlib import Path

import pytest
from msgspec import structs

from doors.node_parts import (
    AT,
    asks,
    condition,
    consent,
    load,
    names,
    node_in,
    patient,
    submission,
)
from throughcare.app.node import Node
from throughcare.disclosure.counting import Counting
from throughcare.kernel import BadInputError, DeniedError
from throughcare.model.request import Actor, Purpose, Request, Role

ANALYST = Request(Actor("ann", Role.ANALYST, "ICB"), Purpose.HOPERAT, AT, id="request-1")
ASTHMA = "http://snomed.info/sct|195967001"


async def people(node: Node, women: int, men: int) -> None:
    """Load people with asthma, recorded twice; the first says no to everything."""
    for number in range(women + men):
        family = f"Person{number:02}"
        about = f"urn:gp:{family}"
        sex = "female" if number < women else "male"
        entries = [condition(about, "195967001") for _ in range(2)]
        given = [{"family": family, "given": [f"Name{number}"]}]
        born = f"19{40 + number}-04-05"
        whole = patient(family, gender=sex, birthDate=born) | {"name": given}
        more = [consent(about)] if number == 0 else []
        (made,) = await load(node, submission("gp", whole, *entries, *more, key=family))
        names(made)


async def test_people_are_counted_once_whatever_they_chose(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await people(node, women=13, men=2)
        counting: Counting = node.operations.counting
        found = await counting.count(ANALYST, "Condition", ASTHMA, "")
        assert (found.total, found.cells) == (15, {})
        found = await counting.count(ANALYST, "Condition", ASTHMA, "sex")
        assert (found.total, found.cells) == (15, {"female": None, "male": None, "unknown": 0})
        found = await counting.count(ANALYST, "Condition", ASTHMA, "age")
        bands = {name for name, count in found.cells.items() if count is None}
        assert bands == {"70-79", "80-89"}, "seven, and the eight beside them"
        found = await counting.count(ANALYST, "Condition", "http://snomed.info/sct|38341003", "")
        assert found.total == 0


async def test_few_people_are_no_figure(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await people(node, women=7, men=0)
        found = await node.operations.counting.count(ANALYST, "Condition", ASTHMA, "")
        assert found.total is None


async def test_what_the_law_closes_is_not_counted(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await people(node, women=7, men=0)
        security = {"meta": {"security": [{"system": "urn:throughcare:label", "code": "SRC"}]}}
        about = "urn:gp:Last"
        closed = condition(about, "195967001") | security
        await load(node, submission("gp", patient("Last"), closed, key="last"))
        found = await node.operations.counting.count(ANALYST, "Condition", ASTHMA, "")
        assert found.total is None, "with the eighth it would be 10"


async def test_only_one_code_can_be_asked_for_and_by_few(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        counting = node.operations.counting
        for code in ("", "195967001", f"{ASTHMA},{ASTHMA}", "a|b|c", "|x", "x|"):
            with pytest.raises(BadInputError, match="one code"):
                await counting.count(ANALYST, "Condition", code, "")
        with pytest.raises(BadInputError, match="counted by entries"):
            await counting.count(ANALYST, "Patient", ASTHMA, "")
        researcher = Request(Actor("r", Role.RESEARCHER, "UNI"), Purpose.HRESCH, AT)
        for request in (asks(), researcher, structs.replace(ANALYST, purpose=Purpose.TREAT)):
            with pytest.raises(DeniedError, match="counted for"):
                await counting.count(request, "Condition", ASTHMA, "")
