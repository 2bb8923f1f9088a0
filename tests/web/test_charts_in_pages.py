"""The charts of all results: a page of them at a time, each once."""

import html
import re
from dataclasses import replace

from summary.entries import concept, observation
from throughcare.summary.trends import CHARTS
from web.made_up import KHAN
from web.memory import MemoryNode
from web.test_pages import RECORD, ClientOf, token

NAME = re.compile(r'<svg class="tc-chart"[^>]* aria-label="(Result \d+)')
NEXT = re.compile(r'href="([^"]*&amp;after=\d+)#trends">(\d+) more charts<')


async def test_all_results_are_drawn_a_page_at_a_time_and_each_once(
    client_of: ClientOf, node: MemoryNode
) -> None:
    kinds = [f"Result {number:02d}" for number in range(2 * CHARTS + 1)]
    days = ("2026-01-01", "2026-02-01", "2026-03-01")
    found = [
        observation(concept(kind), day, valueQuantity={"value": 4, "unit": "mmol/L"})
        for kind in kinds
        for day in days
    ]
    node.people[KHAN] = replace(node.people[KHAN], entries=tuple(found))
    client = client_of("doctor")
    await client.post(f"{RECORD}/permission", data=token("doctor", answer="agrees"))
    drawn, path, left = [], f"{RECORD}/overview?trends=all", []
    while path:
        text = (await client.get(path)).text
        page = NAME.findall(text)
        assert 0 < len(page) <= CHARTS
        drawn += page
        more = NEXT.search(text)
        path = html.unescape(more[1]) if more else ""
        left += [int(more[2])] if more else []
    assert drawn == kinds
    assert left == [CHARTS + 1, 1]
