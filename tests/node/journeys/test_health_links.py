"""A person hands out a link to their record; a stranger opens it, with scripts and without."""

import io
import re

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Request

from accessibility import violations
from node.journeys.conftest import Visit
from node.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.server]

EDITH = "Edith Thwaite, patient"
PASSCODE = "violet 7 harbour"
LOOKED = "Somebody with your link"


def _made(person: Visitor, **fields: str) -> str:
    """Return the link that somebody makes."""
    person.go("/me")
    person.begin()
    person.follow("Share by link")
    person.fill(**fields)
    person.press("Make the link")
    assert person.taps <= 2
    return person.page.input_value("#link")


def _ended(person: Visitor) -> None:
    person.press("End it for ever")
    assert "Ended" in person.main()


def test_a_stranger_opens_a_link_and_the_key_is_sent_to_nobody(visit: Visit) -> None:
    edith, stranger = visit(EDITH), visit("")
    link = _made(edith, label="Dr Smith in Lyon", passcode=PASSCODE)
    body = link.partition("#shlink:/")[2]
    sent: list[str] = []

    def write_down(request: Request) -> None:
        sent.append(f"{request.url} {request.headers} {request.post_data or ''}")

    stranger.page.on("request", write_down)
    stranger.page.goto(link)
    assert "Dr Smith in Lyon" in stranger.main()
    assert "#" not in stranger.page.url
    stranger.fill(recipient="Dr Smith", passcode="another one")
    stranger.press("Open")
    stranger.page.get_by_text(re.compile("Tries left: \\(9\\)")).wait_for()
    stranger.fill(passcode=PASSCODE)
    stranger.press("Open")
    stranger.page.get_by_role("heading", name=re.compile("THWAITE, Edith")).wait_for()
    assert "Medication summary" in stranger.main()
    stranger.is_silent(401)
    assert sent
    assert not any(body[:40] in each or body[-40:] in each for each in sent)
    edith.go("/me")
    edith.follow("Who has looked")
    assert f"{LOOKED} “Dr Smith in Lyon”" in edith.main()
    assert "Reason given: they are Dr Smith" in edith.main()
    assert "Gave a wrong passcode" in edith.main()


def test_a_stranger_without_scripts_pastes_the_link(visit: Visit) -> None:
    edith, stranger = visit(EDITH), visit("", scripts=False)
    link = _made(edith, label="Ward 3")
    stranger.page.goto(link)
    stranger.fill(link=link[:-8], recipient="Ward 3")
    stranger.press("Open")
    assert "no health link" in stranger.main() or "opens nothing" in stranger.main()
    stranger.fill(link=link, recipient="Ward 3")
    stranger.press("Open")
    assert "THWAITE, Edith" in stranger.main()
    assert "Medication summary" in stranger.main()
    blocked = visit("")
    blocked.page.route("**/static/*.js", lambda route: route.abort())  # axe itself needs scripts
    blocked.go("/view")
    blocked.fill(link=link, recipient="Ward 3")
    blocked.press("Open")
    assert "THWAITE, Edith" in blocked.main()
    assert violations(blocked.page) == []
    _ended(edith)
    stranger.go("/view")
    stranger.fill(link=link, recipient="Ward 3")
    stranger.press("Open")
    assert "This link opens nothing." in stranger.main()


def test_a_phone_reads_the_codes_off_the_screen(visit: Visit) -> None:
    edith, crew = visit(EDITH), visit("Sam Reid, paramedic")
    link = _made(edith, label="Dr Smith in Lyon")
    assert _scanned(edith) == link
    edith.go("/me")
    edith.follow("Share by link")
    edith.follow("A code that leads staff")
    code = _scanned(edith)
    path = code.removeprefix(edith.base)
    assert re.fullmatch(r"/scan/[A-Za-z0-9-]{1,64}", path)
    edith.is_sound()
    crew.go(path)
    assert crew.page.url.endswith("/emergency")
    assert "THWAITE, Edith" in crew.page.inner_text("body")
    nobody = visit("")
    nobody.go(path)
    assert "This code leads staff" in nobody.main()
    assert "THWAITE" not in nobody.page.content()
    unknown = nobody.go("/scan/nobody").content()
    assert unknown == nobody.go(path).content().replace(path.rpartition("/")[2], "nobody")


def _scanned(visitor: Visitor) -> str:
    """Return what a reader of codes finds in the picture of the one on the page."""
    picture = visitor.page.locator(".tc-code").screenshot()
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return str(found.text)


def test_a_link_of_another_place_is_not_fetched_by_this_node(visit: Visit) -> None:
    edith, stranger = visit(EDITH), visit("", scripts=False)
    link = _made(edith, label="Ward 4")
    port = edith.base.rpartition(":")[2]
    stranger.go("/view")
    stranger.page.goto(stranger.page.url.replace("127.0.0.1", "localhost"))
    stranger.fill(link=link, recipient="Ward 4")
    stranger.press("Open")
    assert "leads to another place" in stranger.main()
    assert port in stranger.page.url
