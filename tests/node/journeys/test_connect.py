"""A small supplier who has read nothing: the first accepted message, and one that is wrong."""

from pathlib import Path

import httpx
import pytest

from node.conftest import Served
from node.journeys.conftest import Visit
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
