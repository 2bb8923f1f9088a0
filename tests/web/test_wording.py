"""What pages say, and how: to staff, to the person, and when something broke."""

from collections.abc import Callable

import httpx
import pytest

from throughcare.model.request import Permission
from throughcare.web.security import CONTENT_SECURITY_POLICY
from web.made_up import KHAN
from web.memory import USERS, MemoryNode, Session
from web.sites import site_of

ClientOf = Callable[[str], httpx.AsyncClient]
RECORD = f"/people/{KHAN}"


async def test_a_page_that_breaks_says_so_in_plain_words_and_keeps_its_headers(
    node: MemoryNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        message = "broken on purpose"
        raise RuntimeError(message)

    monkeypatch.setattr(node, "emergency", broken)
    site = site_of(node)
    actor, name, asks, person = USERS["amina"]
    node.sessions["cookie-amina"] = Session(actor, name, "csrf-amina", asks, person)
    transport = httpx.ASGITransport(site, raise_app_exceptions=False)
    cookies = {"throughcare": "cookie-amina"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://node", cookies=cookies
    ) as client:
        answer = await client.get(f"{RECORD}/emergency")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "tell those who run this node" in answer.text
    assert "broken on purpose" not in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["cache-control"] == "no-store"


async def test_a_contact_can_be_called_with_a_tap(client_of: ClientOf, node: MemoryNode) -> None:
    node.said["csrf-crew", KHAN] = Permission.UNABLE
    shown = (await client_of("crew").get(f"{RECORD}/emergency")).text
    assert 'href="tel:07700900123">Call 07700 900123</a>' in shown


async def test_a_person_reads_dates_in_full_and_staff_in_short(
    client_of: ClientOf, node: MemoryNode
) -> None:
    node.said["csrf-crew", KHAN] = Permission.UNABLE
    assert "18 April 1941" in (await client_of("amina").get(f"{RECORD}/emergency")).text
    assert "18-Apr-1941" in (await client_of("crew").get(f"{RECORD}/emergency")).text
    assert "12 May 2026" in (await client_of("amina").get(f"{RECORD}/timeline")).text
    assert "12-May-2026" in (await client_of("crew").get(f"{RECORD}/timeline")).text


async def test_a_match_shows_values_as_people_write_them(client_of: ClientOf) -> None:
    shown = (await client_of("lead").get("/reviews/rv-1")).text
    for value in ("18-Apr-1941", "LS29 8AB", "999\u00a0000\u00a00018", "Not recorded"):
        assert f">{value}</td>" in shown
    assert '<th scope="row">Size of the index' not in shown


async def test_what_is_kept_back_anyway_is_not_called_shared(
    client_of: ClientOf, node: MemoryNode
) -> None:
    page = (await client_of("amina").get(f"{RECORD}/sharing")).text
    kept = page[page.index("Sexual health") :]
    assert kept.index(">Kept back<") < kept.index("Never share")
    node.off = {"sexual-health"}
    kept = (await client_of("amina").get(f"{RECORD}/sharing/sexual-health?to=share")).text
    assert "Back to the usual rule: Sexual health" in kept


async def test_whoever_acts_for_somebody_is_told_who_you_is(client_of: ClientOf) -> None:
    """The plain sentences speak to the person, who may be somebody else than the reader."""
    said = "“You” in the sentences below is "
    assert said in (await client_of("sara").get(f"{RECORD}/mine")).text
    assert said not in (await client_of("amina").get(f"{RECORD}/mine")).text
