"""The operation that counts people, and the Parameters that it answers with."""

from typing import Any

import orjson

from throughcare.api import parameters
from throughcare.api.call import Call, Reply
from throughcare.api.routes import Route
from throughcare.disclosure.counting import GROUPINGS, Counting
from throughcare.kernel import BadInputError


class CountingOperations:
    """``$count-people``, through the door out."""

    def __init__(self, counting: Counting) -> None:
        """Answer from `counting`."""
        self._counting = counting

    async def count(self, route: Route, call: Call) -> Reply:
        """Return how many people have an entry with a code; small counts as ``*``."""
        pairs = parameters.known(parameters.given(call), "code", "by")
        by = parameters.one(pairs, "by")
        if by not in {"", *GROUPINGS}:
            message = f"People are counted by {' or '.join(GROUPINGS)}; correct it."
            raise BadInputError(message, place="by")
        code = parameters.one(pairs, "code")
        found = await self._counting.count(call.request, route.type, code, by)
        parts = [_figure("total", found.total)]
        for name, count in found.cells.items():
            parts.append(
                {
                    "name": "group",
                    "part": [{"name": "name", "valueString": name}, _figure("count", count)],
                }
            )
        return Reply(200, orjson.dumps({"resourceType": "Parameters", "parameter": parts}))


def _figure(name: str, count: int | None) -> dict[str, Any]:
    """Return a figure; one that is hidden has the text ``*`` in place of a number."""
    return (
        {"name": name, "valueString": "*"}
        if count is None
        else {"name": name, "valueInteger": count}
    )
