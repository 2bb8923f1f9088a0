"""Pages of choices and of who guards them: sharing, broken glass, looks and alerts."""

import re

import pytest

from throughcare.model.request import Reason
from web.made_up import DEMENTIA, KHAN
from web.memory import MemoryNode
from web.test_pages import RECORD, ClientOf, token


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (
            {"reason": "  ", "code": "other"},
            "Say in a few words why, then press the button that fits.",
        ),
        ({"reason": "unconscious"}, "Now press the button that fits."),
        ({"reason": "unconscious", "code": ""}, "Now press the button that fits."),
        ({"reason": "unconscious", "code": "because"}, "Now press the button that fits."),
    ],
)
async def test_breaking_the_glass_needs_a_reason_in_words_and_of_a_kind(
    client_of: ClientOf, node: MemoryNode, said: dict[str, str], asked: str
) -> None:
    node.denied, client = True, client_of("crew")
    answer = await client.post(f"{RECORD}/break-glass", data=token("crew", **said))
    assert answer.status_code == 400
    assert answer.text.count(asked) == 2
    assert node.broken == {}


async def test_broken_glass_is_gone_on_with_by_one_tap_and_handed_over_by_another(
    client_of: ClientOf, node: MemoryNode
) -> None:
    client, key = client_of("crew"), ("csrf-crew", KHAN)
    reason = {"reason": "unconscious", "code": "danger-to-life"}
    await client.post(f"{RECORD}/break-glass", data=token("crew", **reason))
    assert node.broken[key] == Reason("unconscious", "danger-to-life")
    shown = (await client.get(f"{RECORD}/emergency")).text
    assert "Hand over and close" in shown
    assert "Allergy to latex" in shown
    node.over.add(key)
    ended = (await client.get(f"{RECORD}/emergency")).text
    assert "Allergy to latex" not in ended
    assert "You said: unconscious" in ended
    await client.post(f"{RECORD}/break-glass/renew", data=token("crew"))
    assert "Allergy to latex" in (await client.get(f"{RECORD}/emergency")).text
    done = await client.post(f"{RECORD}/handover", data=token("crew"))
    assert done.headers["location"] == "/people"
    assert "Allergy to latex" not in (await client.get(f"{RECORD}/emergency")).text
    again = await client.post(f"{RECORD}/break-glass/renew", data=token("crew"))
    assert again.status_code == 409


async def test_consent_changes_in_two_steps_and_is_in_force_at_once(
    client_of: ClientOf, node: MemoryNode
) -> None:
    client = client_of("amina")
    checked = await client.get(f"{RECORD}/sharing/mental-health", params={"to": "stop"})
    assert "Would no longer see" in checked.text
    assert node.off == set()
    sent = token("amina", to="stop")
    done = await client.post(f"{RECORD}/sharing/mental-health", data=sent)
    assert node.off == {"mental-health"}
    text = (await client.get(done.headers["location"])).text
    assert "Your choice is in force now." in text
    assert "ends within 12 hours" in text


async def test_exceptions_that_a_no_would_end_are_shown_and_can_be_kept(
    client_of: ClientOf, node: MemoryNode
) -> None:
    client = client_of("amina")
    asked = (await client.get(f"{RECORD}/sharing/all", params={"to": "stop"})).text
    assert "Airedale hospital may see everything (2023)" in asked
    assert "Keep these" in asked
    await client.post(f"{RECORD}/sharing/all", data=token("amina", to="stop", keep="yes"))
    assert node.kept
    assert "Choices that a newer one ended" in (await client.get(f"{RECORD}/sharing")).text
    sent = token("amina", consent="Consent/1")
    done = await client.post(f"{RECORD}/sharing/keep", data=sent)
    text = (await client.get(done.headers["location"])).text
    assert "Choices that a newer one ended" not in text


async def test_each_line_of_the_own_timeline_leads_to_who_could_see_it(
    client_of: ClientOf,
) -> None:
    own = client_of("amina")
    line = (await own.get(f"{RECORD}/timeline")).text
    (link,) = set(re.findall(rf'href="({RECORD}/who/{DEMENTIA})"', line))
    shown = (await own.get(link)).text
    assert "Who could see this?" in shown
    assert "Does not see this" in shown
    assert f"{RECORD}/who/" not in (await client_of("crew").get(f"{RECORD}/timeline")).text


async def test_the_sharing_page_says_what_the_switch_is_and_that_dementia_is_its_own(
    client_of: ClientOf,
) -> None:
    text = (await client_of("amina").get(f"{RECORD}/sharing")).text
    assert "permission under the duty of confidence" in text
    assert "Mental health does not include dementia" in text


async def test_who_has_looked_shows_refusals_and_broken_glass(client_of: ClientOf) -> None:
    text = (await client_of("amina").get(f"{RECORD}/looks")).text
    assert "Refused" in text
    assert "Glass broken" in text
    assert "Reason given: unconscious, no relative reached" in text


async def test_an_alert_is_closed_in_one_click(client_of: ClientOf, node: MemoryNode) -> None:
    client = client_of("privacy")
    await client.post("/access/al-1", data=token("privacy", outcome="follow-up"))
    assert node.alerts["al-1"].state == "follow-up"


async def test_the_queue_says_why_and_loads_itself_anew_only_where_that_is_wished(
    client_of: ClientOf,
) -> None:
    client = client_of("privacy")
    plain = await client.get("/access")
    assert "Break-glass, same family name" in plain.text
    assert "refresh" not in plain.headers
    assert "a line was changed" in plain.text
    assert "Nobody can prove who looked. Tell whoever runs this node." in plain.text
    watched = await client.get("/access", params={"watch": "yes"})
    assert watched.headers["refresh"] == "10"
    assert "Stop</a>" in watched.text


async def test_who_is_not_known_to_care_says_how_they_do_and_is_shown_that_it_is_told(
    client_of: ClientOf, node: MemoryNode
) -> None:
    node.strangers, client = True, client_of("crew")
    asked = (await client.get(f"{RECORD}/emergency")).text
    assert "How do you care for this person?" in asked
    assert "Allergy to latex" not in asked
    assert (await client.post(f"{RECORD}/claim", data=token("crew", claim=" "))).status_code == 400
    assert node.claimed == {}
    await client.post(f"{RECORD}/claim", data=token("crew", claim="just arrived"))
    shown = (await client.get(f"{RECORD}/emergency")).text
    assert "Allergy to latex" in shown
    assert "care claimed: the privacy officer is told" in shown


async def test_the_person_and_nobody_else_is_told_on_the_summary_who_broke_the_glass(
    client_of: ClientOf,
) -> None:
    own = (await client_of("amina").get(f"{RECORD}/emergency")).text
    assert "Somebody opened your record without asking" in own
    assert "They said: unconscious" in own
    for user in ("crew", "sara"):
        text = (await client_of(user).get(f"{RECORD}/emergency")).text
        assert "They said: unconscious" not in text
