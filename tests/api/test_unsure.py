"""A record in review is not shown as fact: the summary says how many may also be this person's."""

import pytest

from doors.node_parts import (
    asks,
    condition,
    consent,
    load,
    names,
    patient,
    person_of,
    submission,
)
from throughcare.app.node import Node
from throughcare.disclosure.views import Emergency
from throughcare.model.person import QueueQuery
from throughcare.model.request import Purpose, Request, Role

JOHN = [{"family": "Smith", "given": ["John"]}]
NURSE = asks()


async def john(node: Node, source: str, postcode: str, **more: str) -> str:
    """Record a John Smith born on one day, with a condition; return ``Patient/ID``."""
    resource = patient("Smith", name=JOHN, address=[{"postalCode": postcode}], **more)
    (outcome,) = await load(node, submission(source, resource, condition(f"urn:{source}:Smith")))
    return next(name for name in names(outcome) if name.startswith("Patient/"))


async def emergency(node: Node, name: str, request: Request = NURSE) -> Emergency:
    async with node.store.snapshot() as reader:
        public = await node.persons.public_id(reader, await person_of(node, name))
    return await node.people.emergency(request, public)


@pytest.fixture
async def two(node: Node) -> tuple[Node, str, str]:
    """Return a node with two records that may be one person's."""
    return node, await john(node, "gp", "BD9 6RJ"), await john(node, "social", "YO1 9AA")


async def test_a_record_in_review_is_counted_and_not_shown(two: tuple[Node, str, str]) -> None:
    node, known, waiting = two
    reviewer = asks(Role.IT_LEAD, Purpose.HOPERAT)
    assert (await node.reviewers.reviews(reviewer, QueueQuery())).waiting == 1
    for name in (known, waiting):
        found = await emergency(node, name)
        assert found.unsure == 1
        sources = {source for fact in found.summary.conditions.items for source in fact.sources}
        assert len(sources) == 1


async def test_nothing_is_counted_where_a_candidate_is_hidden_or_the_asker_withheld(
    two: tuple[Node, str, str],
) -> None:
    node, known, waiting = two
    third = await john(node, "ambulance", "LS1 4AP")
    assert (await emergency(node, known)).unsure == 2
    await load(node, submission("consents", consent(third), key="no"))
    assert (await emergency(node, known)).unsure == 0
    assert (await emergency(node, third)).unsure == 0
    assert (await emergency(node, third)).withheld is not None
    own = asks(Role.PATIENT, Purpose.PATRQT, organisation="", person=await person_of(node, waiting))
    assert (await emergency(node, waiting, own)).unsure == 0


async def test_a_decision_ends_the_count(two: tuple[Node, str, str]) -> None:
    node, known, _ = two
    reviewer = asks(Role.IT_LEAD, Purpose.HOPERAT)
    (review,) = (await node.reviewers.reviews(reviewer, QueueQuery())).reviews
    await node.admission.linking.decide(reviewer, review.id, same=False, why="two people")
    assert (await emergency(node, known)).unsure == 0
