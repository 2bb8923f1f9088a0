"""A system hands over by its key: the same on every kind of engine."""

from pathlib import Path

import pytest

from doors.node_parts import condition, load, node_in, patient, submission
from store.engines import each_kind
from throughcare.app.sources import SourcesOf
from throughcare.kernel import BadInputError, UnauthenticatedError
from throughcare.model.request import Actor, Role
from throughcare.model.source import Source
from throughcare.web.examples import EXAMPLES
from throughcare.web.ports import Session

pytestmark = pytest.mark.parametrize("engine", each_kind, indirect=True)

LEAD = Session(Actor("lead", Role.IT_LEAD, ""), "Ian Firth", "csrf", asks_permission=False)
BUNDLE = EXAMPLES[0].text


async def test_a_key_opens_its_source_and_what_came_of_it_is_kept(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await load(node, submission("gp", patient("Khan"), condition("urn:gp:Khan")))
        sources = SourcesOf(node)
        with pytest.raises(BadInputError):
            await sources.add(LEAD, Source("gp", "FXX01"))
        key = await sources.add(LEAD, Source("pharmacy", "FXX01"))
        refused = await sources.hand_over(key, "", BUNDLE.replace("1950-02-03", "x").encode())
        assert (refused.taken, refused.refused) == (0, 1)
        assert (await sources.standing(key)).first is None
        for _ in range(2):
            taken = await sources.hand_over(key, "", BUNDLE.encode())
            assert (taken.taken, taken.refused) == (1, 0)
        (standing,) = await sources.sources(LEAD)
        assert standing.first is not None
        assert (standing.source.name, standing.last) == ("pharmacy", taken)
        _, renewed = await sources.renew(LEAD, "pharmacy")
        with pytest.raises(UnauthenticatedError):
            await sources.standing(key)
        assert await sources.standing(renewed) == standing
