"""The pages for match reviewers: what waits, two records side by side, and finding them."""

import pytest

from throughcare.web import matching
from web.memory import MemoryNode
from web.test_pages import ClientOf, token


async def test_a_match_is_decided_and_undone(client_of: ClientOf, node: MemoryNode) -> None:
    client = client_of("lead")
    for verdict, state in (("link", "linked"), ("undo", "waiting"), ("apart", "apart")):
        await client.post("/reviews/rv-1", data=token("lead", verdict=verdict))
        assert node.pairs["rv-1"].pair.standing == state
    assert "Undo" in (await client.get("/reviews/rv-1")).text


async def test_a_match_is_put_off_until_a_day_and_can_still_be_decided(
    client_of: ClientOf, node: MemoryNode
) -> None:
    client = client_of("lead")
    put_off = {"verdict": "later", "until": "2026-12-24", "note": "ask the ward"}
    await client.post("/reviews/rv-1", data=token("lead", **put_off))
    assert node.pairs["rv-1"].pair.standing == "later"
    for address in ("/reviews", "/reviews/rv-1"):
        assert "24 December 2026: ask the ward" in (await client.get(address)).text
    wrong = await client.post("/reviews/rv-1", data=token("lead", verdict="later", until="soon"))
    assert wrong.status_code == 400
    await client.post("/reviews/rv-1", data=token("lead", verdict="link"))
    assert node.pairs["rv-1"].pair.standing == "linked"


async def test_a_score_is_shown_as_a_picture_that_says_the_same_in_words(
    client_of: ClientOf, node: MemoryNode
) -> None:
    page = (await client_of("lead").get("/reviews/rv-1")).text
    comparisons = node.pairs["rv-1"].pair.review.comparisons
    assert page.count("<rect") == len(comparisons) + 1  # the last is the score
    assert f"The score is {sum(each.weight for each in comparisons):+.1f}." in page


async def test_two_records_that_nobody_asked_about_are_linked_with_a_reason_alone(
    client_of: ClientOf, node: MemoryNode
) -> None:
    client = client_of("lead")
    link = {"verdict": "link", "asked": "no"}
    refused = await client.post("/reviews/rv-3", data=token("lead", **link, why=" "))
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert node.pairs["rv-3"].pair.ruled is None
    await client.post("/reviews/rv-3", data=token("lead", **link, why="seen at the desk"))
    assert "seen at the desk" in (await client.get("/reviews/rv-3")).text


async def test_what_contradicts_a_decision_can_not_be_pressed_and_leads_to_it(
    client_of: ClientOf,
) -> None:
    page = (await client_of("lead").get("/reviews/rv-4")).text
    assert 'value="link"' not in page
    assert 'href="/reviews/rv-2"' in page


async def test_two_records_are_found_one_after_the_other(client_of: ClientOf) -> None:
    client = client_of("lead")
    asked = token("lead", nhs_number="999 000 0018")
    first = await client.post("/reviews/find", data=asked)
    assert 'href="/reviews/find?first=12"' in first.text
    for address, shown in (("?first=11", "/reviews/11-12"), ("?first=x", "find?first=12")):
        assert f'{shown}"' in (await client.post(f"/reviews/find{address}", data=asked)).text
    same = await client.post("/reviews/find?first=12", data=asked)
    assert "No other record of this person" in same.text


async def test_the_queue_says_how_it_stands_and_what_contradicts(client_of: ClientOf) -> None:
    page = (await client_of("lead").get("/reviews")).text
    for words in (
        "does not hold",
        "Of the newest 1, 0 were decided as the score leaned.",
        "taken back: 2",
        "a week: 1;",
    ):
        assert words in page


async def test_the_queue_goes_by_pages_forwards_and_back(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "A_PAGE", 1)
    client = client_of("lead")
    await client.post("/reviews/rv-2", data=token("lead", verdict="undo"))
    first = (await client.get("/reviews")).text
    assert "2 waiting" in first
    assert "How the queue stands" in first
    second = (await client.get("/reviews?after=1")).text
    assert "2 waiting" in second
    assert "How the queue stands" not in second
    for page, there, other, link in (
        (first, "rv-1", "rv-2", "/reviews?after=1"),
        (second, "rv-2", "rv-1", "/reviews?before=1"),
    ):
        waiting = page.partition("2 waiting")[2].partition("Decided lately")[0]
        assert f'href="/reviews/{there}"' in waiting
        assert f'href="/reviews/{other}"' not in waiting
        assert f'href="{link}"' in page
    for pair in ("rv-1", "rv-2"):
        put_off = {"verdict": "later", "until": "2026-12-24"}
        await client.post(f"/reviews/{pair}", data=token("lead", **put_off))
    first = (await client.get("/reviews")).text
    assert 'href="/reviews?put-off=yes"' in first
    later = (await client.get("/reviews?put-off=yes&after=1")).text
    assert "2 put off" in later
    assert 'href="/reviews?put-off=yes&amp;before=1"' in later.replace("&before", "&amp;before")


async def test_only_match_reviewers_are_led_to_the_queue(client_of: ClientOf) -> None:
    for user, path in (("lead", "/reviews"), ("privacy", "/access")):
        assert 'href="/reviews"' in (await client_of(user).get(path)).text
    for user in ("doctor", "crew"):
        assert 'href="/reviews"' not in (await client_of(user).get("/people")).text
