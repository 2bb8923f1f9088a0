"""A merge foreseen, made and taken back on each engine, with a no that was said in between."""

from pathlib import Path

from msgspec import structs

from doors.node_parts import asks, condition, load, names, node_in, patient, person_of, submission
from throughcare.admission.linking import Meant
from throughcare.app.node import Node
from throughcare.kernel import NotFoundError
from throughcare.model.request import Purpose, Role

REVIEWER = asks(Role.IT_LEAD, Purpose.HOPERAT)


async def sees(node: Node, name: str) -> bool:
    try:
        await node.disclosure.read(asks(), *name.split("/"))
    except NotFoundError:
        return False
    return True


async def test_a_no_that_was_said_on_the_merged_record_holds_for_both(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        given = [
            submission(source, patient(family), condition(f"urn:{source}:{family}", "38341003"))
            for source, family in (("gp", "Moss"), ("hospital", "Rock"))
        ]
        (moss, of_moss), (rock, of_rock) = [names(each) for each in await load(node, *given)]
        pair = Meant(moss.partition("/")[2]), Meant(rock.partition("/")[2])
        linking = node.admission.linking
        foreseen = await linking.foresee(REVIEWER, pair, same=True)
        assert (len(foreseen.before), len(foreseen.after)) == (2, 1)
        assert (await node.reviewers.compared(REVIEWER, moss, rock)).comparisons
        assert await linking.rule(REVIEWER, pair, same=True, why="one person") == foreseen
        person = await person_of(node, moss)
        own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=person)
        await node.admission.switch(structs.replace(own, at=node.clock.now()), "all", share=False)
        await linking.rule(REVIEWER, pair, same=None, why="two people")
        assert not await sees(node, of_moss)
        assert not await sees(node, of_rock)
        async with node.store.snapshot() as reader:
            (task,) = [str(row[0]) for row in await reader.rows("admission.tasks")]
        await node.admission.finish(REVIEWER, task, "asked both")
        assert not await sees(node, of_moss)
        assert await sees(node, of_rock)
