"""A small supplier who has read nothing: the first accepted message, and one that is wrong."""

import re
from pathlib import Path

import httpx
import pytest

from node.conftest import Served
from node.journeys.conftest import Visit
from node.journeys.views import LEAD
from throughcare.web.examples import EXAMPLES

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.mark.parametrize("scripts", [True, False])
def test_the_first_accepted_message_takes_three_clicks(visit: Visit, *, scripts: bool) -> None:
    supplier = visit("", scripts=scripts)
    supplier.go("/")
    supplier.begin()
    supplier.follow("Connect a system")
    supplier.follow("HL7 v2")
    supplier.press("Try it")
    assert supplier.taps == 3
    assert "1 of 1 would be stored." in supplier.main()
    assert "nothing was stored" in supplier.main()
    assert "Patient" in supplier.main()
    supplier.sees_without_scrolling("1 of 1 would be stored")
    if scripts:  # axe needs them
        supplier.is_sound()


def test_a_file_of_their_own_says_where_it_is_wrong(visit: Visit, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(EXAMPLES[0].text.replace("1950-02-03", "03/02/1950"), "utf-8")
    supplier = visit("")
    supplier.go("/connect")
    supplier.begin()
    supplier.page.set_input_files("#file", wrong)
    supplier.press("Try it")
    assert supplier.taps == 1
    for words in ("Error", "line 12, column 22", "Not a valid date", "Correct it at its source"):
        assert words in supplier.main()
    supplier.sees_without_scrolling("line 12, column 22")
    supplier.is_sound()


def test_the_page_is_for_everybody_and_no_form_without_its_token(served: Served) -> None:
    sent = httpx.post(f"{served.base}/connect", data={"text": "x", "token": "guessed"})
    assert sent.status_code == httpx.codes.FORBIDDEN


BUNDLE = EXAMPLES[0].text.replace("9990000018", "9990007276").replace("Example", "Marlowe")


def added(visit: Visit, name: str) -> str:
    """Have the IT lead add a source; return its key."""
    lead = visit(LEAD)
    lead.go("/node")
    lead.begin()
    lead.follow("Sources: let a system send by itself")
    lead.fill(name=name, organisation="fxx01")
    lead.press("Add it and show its key")
    assert lead.taps == 2
    assert "The key is shown this once." in lead.main()
    assert "/connect" in lead.main()
    lead.is_sound()
    return lead.page.inner_text("#key")


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_key_to_the_first_message_accepted_takes_three_taps(
    visit: Visit, tmp_path: Path, *, scripts: bool
) -> None:
    name = f"pharmacy-{'with' if scripts else 'without'}"
    key = added(visit, name)
    supplier = visit("", scripts=scripts)
    supplier.go("/connect")
    supplier.begin()
    supplier.fill(key=key)
    supplier.press("Go on with the key")
    assert "NOTHING YET" in supplier.main().upper()
    assert "Nothing was accepted yet." in supplier.main()
    (tmp_path / "own.json").write_text(BUNDLE.replace("Rose", name.title()), "utf-8")
    supplier.page.set_input_files("#file", tmp_path / "own.json")
    supplier.press("Try it")
    assert "1 of 1 would be stored." in supplier.main()
    supplier.sees_without_scrolling("Hand it over")
    supplier.press("Hand it over")
    assert supplier.taps == 3
    assert re.search(r"First accepted on \d+-\w+-\d{4}", supplier.main())
    assert "1 stored, 0 stored before, 0 refused" in supplier.main()
    supplier.sees_without_scrolling("First accepted on")
    if scripts:  # axe needs them
        supplier.is_sound()
    lead = visit(LEAD)
    lead.go("/node/sources")
    card = lead.page.locator("li", has_text=name).first
    assert "1 stored, 0 stored before, 0 refused" in card.inner_text()
    supplier.press("Forget the key in this browser")
    assert "Key of your system" in supplier.main()


def test_what_is_refused_is_shown_to_both_with_place_rule_and_way_out(visit: Visit) -> None:
    key = added(visit, "rota-refused")
    wrong = BUNDLE.replace("1950-02-03", "03/02/1950")
    with httpx.Client(base_url=visit("").base, headers={"authorization": f"Bearer {key}"}) as robot:
        sent = robot.post("/api/intake", content=wrong.encode())
        assert (sent.status_code, sent.json()["refused"]) == (422, 1)
        supplier, lead = visit(""), visit(LEAD)
        supplier.go("/connect")
        supplier.fill(key=key)
        supplier.press("Go on with the key")
        lead.go("/node/sources")
        for who in (supplier, lead):
            for words in ("Nothing was accepted yet.", "entry[0]", "date", "Mend the resource"):
                assert words in who.main()
        assert robot.post("/api/intake", content=BUNDLE.encode()).json()["stored"] == 1
    supplier.go("/connect")
    assert "First accepted on" in supplier.main()
    lead.press("Take the key of rota-refused away")
    supplier.go("/connect")
    assert "Key of your system" in supplier.main()


def test_a_source_that_is_none_is_said_beside_its_field_and_nothing_typed_is_lost(
    visit: Visit,
) -> None:
    lead = visit(LEAD)
    lead.go("/node/sources")
    lead.fill(name="gp", organisation="FXX01", mapping="name = 1")
    lead.press("Add it and show its key")
    assert "The mapping lacks" in lead.main()
    assert lead.page.input_value("#mapping") == "name = 1"
    lead.fill(mapping="")
    lead.press("Add it and show its key")
    assert "There is a feed of this name already." in lead.main()
    lead.is_silent(400)
