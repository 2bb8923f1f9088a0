"""The pages: who may open them, what stands around them, and what never gets into an address."""

import gzip
import re
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette

from throughcare.model.request import Permission
from throughcare.summary.entry import Answer, SourceStatus
from throughcare.web.call import NOT_FOR_LIVE_CARE, Page
from throughcare.web.pages import PAGES
from throughcare.web.policy import Policy
from throughcare.web.scripts import script
from throughcare.web.security import CONTENT_SECURITY_POLICY
from throughcare.web.stylesheet import stylesheet
from web.made_up import BAINES, DEMENTIA, KHAN, NOW
from web.memory import USERS, MemoryNode, session_of

ClientOf = Callable[[str], httpx.AsyncClient]
NAMED = {"family": "Khan", "given": "Amina"}
RECORD = f"/people/{KHAN}"
FILLED = {
    "person_id": KHAN,
    "review_id": "rv-1",
    "alert_id": "al-1",
    "choice": "all",
    "consent": "c1",
    "code": "crew",
    "name": "x",
    "source": "pharmacy",
    "language": "cy",
    "appearance": "dark",
    "type": DEMENTIA.partition("/")[0],
    "entry_id": DEMENTIA.partition("/")[2],
    "look": "look-1",
    "account": "link-1",
}
FILE = script("arrivals").path
READABLE = [
    ("crew", "/people"),
    ("crew", f"{RECORD}/emergency"),
    ("crew", f"{RECORD}/timeline"),
    ("amina", f"{RECORD}/emergency"),
    ("amina", f"{RECORD}/looks"),
    *(("amina", f"{RECORD}/{more}") for more in ("mine", "add", "wrong", "looks/look-1")),
    ("amina", f"{RECORD}/wrong/{DEMENTIA}"),
    ("sara", f"{RECORD}/mine"),
    ("amina", f"{RECORD}/sharing"),
    ("amina", f"{RECORD}/sharing/all?to=stop"),
    ("amina", f"{RECORD}/who/{DEMENTIA}"),
    *(("amina", f"{RECORD}/agents{more}") for more in ("", "/c1/end")),
    *(("sara", path) for path in ("/acting", f"{RECORD}/emergency")),
    ("doctor", f"{RECORD}/representation"),
    ("doctor", "/arrivals"),
    *(("doctor", f"{RECORD}/{page}") for page in ("overview", "network")),
    *(("carer", f"{RECORD}/{page}") for page in ("today", "pack")),
    ("lead", "/reviews"),
    ("lead", "/node"),
    *(("lead", f"/reviews/{pair}") for pair in ("rv-1", "rv-2", "rv-3", "rv-4", "find")),
    ("privacy", "/access"),
    ("privacy", f"{RECORD}/looks"),
]


def address(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: FILLED[found[1]], path)


def token(user: str, **fields: str) -> dict[str, str]:
    return {"token": f"csrf-{user}", **fields}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.method} {page.path}")
async def test_every_route_but_the_open_ones_needs_a_session(
    client_of: ClientOf, page: Page
) -> None:
    answer = await client_of("").request(page.method, address(page.path))
    if page.policy is Policy.OPEN:
        assert answer.status_code in (200, 303, 401, 403, 404)
    else:
        assert answer.status_code == 401
        assert KHAN not in answer.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.method} {page.path}")
@pytest.mark.parametrize("user", USERS)
async def test_every_route_refuses_roles_that_it_is_not_for(
    client_of: ClientOf, page: Page, user: str
) -> None:
    answer = await client_of(user).request(page.method, address(page.path))
    role = USERS[user][0].role
    if page.policy is not Policy.OPEN and role not in page.policy.value:
        assert answer.status_code == 403
    elif page.method == "GET":
        good = {200, 303, 404, 400} | ({401} if page.path == "/launch" else set())
        good |= {410} if page.path.endswith("/kept") else set()
        assert answer.status_code in good


@pytest.mark.parametrize("page", [each for each in PAGES if each.method == "POST"])
@pytest.mark.parametrize("sent", [{}, {"token": ""}, {"token": "guessed"}])
async def test_no_form_works_without_its_token(
    client_of: ClientOf, node: MemoryNode, page: Page, sent: dict
) -> None:
    before = dict(node.pairs), set(node.off), dict(node.said), dict(node.alerts)
    for user in USERS:
        answer = await client_of(user).post(address(page.path), data=sent)
        assert answer.status_code == 403
    assert before == (node.pairs, node.off, node.said, node.alerts)


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}]
)
async def test_a_form_from_another_site_is_refused(client_of: ClientOf, headers: dict) -> None:
    client = client_of("crew")
    answer = await client.post(f"{RECORD}/permission", data=token("crew"), headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(("user", "path"), READABLE)
async def test_every_page_has_the_headers_and_keeps_within_its_budget(
    client_of: ClientOf, user: str, path: str
) -> None:
    answer = await client_of(user).get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert len(gzip.compress(answer.content)) <= 12_000
    assert set(re.findall("<script[^>]*>[^<]*", answer.text)) <= {f'<script src="{FILE}" defer>'}
    assert " style=" not in answer.text


@pytest.mark.parametrize(("user", "path"), READABLE)
async def test_every_page_says_that_it_is_not_for_live_care(
    client_of: ClientOf, user: str, path: str
) -> None:
    assert NOT_FOR_LIVE_CARE in (await client_of(user).get(path)).text


@pytest.mark.parametrize(("user", "path"), READABLE)
async def test_no_name_or_number_is_in_a_title_or_a_link(
    client_of: ClientOf, user: str, path: str
) -> None:
    text = (await client_of(user).get(path)).text
    exposed = " ".join(re.findall(r'<title>.*?</title>|(?:href|action)="[^"]*"', text)).casefold()
    assert not re.search(r"khan|amina|999\s?000", exposed)


def test_the_style_sheet_keeps_within_its_budget() -> None:
    assert len(stylesheet().gzipped) <= 8_000
    assert b"Frutiger" not in stylesheet().body
    assert b"url(/" not in stylesheet().body


async def test_the_style_sheet_is_found_by_its_content_and_kept(client_of: ClientOf) -> None:
    answer = await client_of("").get(stylesheet().path)
    assert answer.content == stylesheet().body
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("header", ["sec-purpose", "purpose"])
async def test_a_prefetch_is_refused_before_anything_is_written(
    client_of: ClientOf, node: MemoryNode, header: str
) -> None:
    headers = {header: "prefetch;prerender"}
    answer = await client_of("crew").get(f"{RECORD}/emergency", headers=headers)
    assert answer.status_code == 503
    assert node.looked == []


async def test_a_sign_in_link_works_once_and_only_by_its_button(
    client_of: ClientOf, node: MemoryNode
) -> None:
    client = client_of("")
    for _ in range(2):
        shown = await client.get("/sign-in/crew")
        assert "crew" in node.codes
    sent = re.search(r'name="token" value="([^"]+)"', shown.text)
    assert sent is not None
    answer = await client.post("/sign-in/crew", data={"token": sent[1]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/people")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    other = client_of("")
    shown = await other.get("/sign-in/crew")
    sent = re.search(r'name="token" value="([^"]+)"', shown.text)
    assert sent is not None
    assert (await other.post("/sign-in/crew", data={"token": sent[1]})).status_code == 401


async def test_another_sign_in_link_works_in_the_same_browser_and_ends_the_session(
    client_of: ClientOf, node: MemoryNode
) -> None:
    client = client_of("crew")
    shown = await client.get("/sign-in/doctor")
    _, sent = re.findall(r'name="token" value="([^"]+)"', shown.text)  # the first signs out
    answer = await client.post("/sign-in/doctor", data={"token": sent})
    assert answer.status_code == 303
    assert list(node.sessions) == ["cookie-doctor"]


async def test_over_https_the_cookie_goes_over_nothing_else_and_is_of_this_host_alone(
    site: Starlette, node: MemoryNode
) -> None:
    secure = httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="https://node.test")
    form = await secure.get("/sign-in/crew")
    cookie = form.headers["set-cookie"]
    assert cookie.startswith("__Host-throughcare-form=")
    assert "; Secure" in cookie
    assert form.headers["strict-transport-security"] == "max-age=31536000"
    node.sessions["cookie-crew"] = session_of("crew")
    secure.cookies.set("throughcare", "cookie-crew")
    assert (await secure.get("/people")).status_code == 401
    secure.cookies.set("__Host-throughcare", "cookie-crew")
    assert (await secure.get("/people")).status_code == 200


async def test_signing_out_ends_the_session(client_of: ClientOf, node: MemoryNode) -> None:
    client = client_of("crew")
    answer = await client.post("/sign-out", data=token("crew"))
    assert answer.status_code == 303
    assert node.sessions == {}


async def test_a_patient_is_sent_to_their_own_record(client_of: ClientOf) -> None:
    answer = await client_of("amina").get("/me")
    assert answer.headers["location"] == f"{RECORD}/mine"
    assert (await client_of("amina").get(f"/people/{BAINES}/emergency")).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"nhs_number": "12"}, "Enter an NHS number of 10 digits"),
        ({}, "Enter an NHS number, or a name and date of birth"),
        ({"family": "Khan", "given": "A", "day": "31", "month": "2"}, "Enter the date of birth"),
        (NAMED | {"day": "29", "month": "2", "year": "1957"}, "This day is not in the calendar"),
        (NAMED | {"day": "31", "month": "3", "year": "41"}, "with all four digits"),
        (NAMED | {"day": "1", "month": "Mar", "year": "1960"}, "in numbers"),
        (NAMED | {"day": "1", "month": "1", "year": "2090"}, "still to come"),
        ({"family": "Khan"}, "Enter the first name"),
    ],
)
async def test_a_search_form_says_what_is_wrong_beside_the_field(
    client_of: ClientOf, fields: dict, said: str
) -> None:
    answer = await client_of("crew").post("/people", data=token("crew", **fields))
    assert answer.status_code == 422
    assert answer.text.count(said) == 2


@pytest.mark.parametrize(
    ("answer", "shown"),
    [("agrees", True), ("cannot-be-asked", True), ("refuses", False)],
)
async def test_one_tap_says_whether_the_person_agrees(
    client_of: ClientOf, node: MemoryNode, answer: str, *, shown: bool
) -> None:
    client = client_of("crew")
    asked = await client.get(f"{RECORD}/emergency")
    assert "Allergy to latex" not in asked.text
    done = await client.post(f"{RECORD}/permission", data=token("crew", answer=answer))
    assert done.status_code == 303
    assert len(node.said) == 1
    assert ("Allergy to latex" in (await client.get(f"{RECORD}/emergency")).text) is shown


async def test_the_summary_keeps_the_order_of_sections(
    client_of: ClientOf, node: MemoryNode
) -> None:
    node.said["csrf-crew", KHAN] = Permission.UNABLE
    text = (await client_of("crew").get(f"{RECORD}/emergency")).text
    order = [
        *("Known allergies", "Emergency plans", "Anticoagulant", "Dementia, mild", "Falls: 3"),
        *("Medicines", "Conditions", "Last measurements", "Last hospital stay", "Who to call"),
        *("Where this comes from",),
    ]
    places = [text.index(f">{heading}") for heading in order]
    assert places == sorted(places)


async def test_what_is_for_the_screen_only_is_marked_so(
    client_of: ClientOf, node: MemoryNode
) -> None:
    node.said["csrf-crew", KHAN] = Permission.UNABLE
    text = (await client_of("crew").get(f"{RECORD}/emergency")).text
    [item] = re.findall(r'<li class="([^"]*)">\s*<p[^>]*>Safeguarding', text)
    assert "tc-screen-only" in item
    assert b".tc-screen-only" in stylesheet().body.split(b"@media print")[-1]


async def test_a_silent_source_is_named_and_the_allergy_title_says_so(
    client_of: ClientOf, node: MemoryNode
) -> None:
    node.said["csrf-crew", KHAN] = Permission.UNABLE
    node.sources = (*node.sources[:-1], SourceStatus("carehome", Answer.NO_ANSWER, NOW))
    text = (await client_of("crew").get(f"{RECORD}/emergency")).text
    assert "Allergies may be incomplete: ask" in text
    assert "no answer: what it holds is missing here" in text


async def test_the_deceased_differ_by_pattern_and_words(client_of: ClientOf) -> None:
    text = (await client_of("crew").get(f"/people/{BAINES}/emergency")).text
    assert "tc-banner--died" in text
    assert "Died 30-Sep-2026" in text


async def test_a_filter_says_how_many_entries_it_hides(client_of: ClientOf) -> None:
    answer = await client_of("amina").get(f"{RECORD}/timeline", params={"source": "ambulance"})
    hidden = re.search(r"The filter hides (\d+)\.", answer.text)
    assert hidden is not None
    assert int(hidden[1]) > 10


async def test_a_timeline_line_names_its_source(client_of: ClientOf) -> None:
    text = (await client_of("amina").get(f"{RECORD}/timeline")).text
    assert "Care home" in text
    assert "Ambulance" in text


async def test_a_reader_is_told_where_they_begin_of_a_record_that_was_split(
    client_of: ClientOf,
) -> None:
    assert "Look again at both." in (await client_of("crew").get("/people")).text
    assert "Look again" not in (await client_of("doctor").get("/people")).text


async def test_a_lost_address_is_answered_in_plain_words_with_the_way_out(
    client_of: ClientOf,
) -> None:
    answer = await client_of("").get("/nowhere")
    assert answer.status_code == 404
    assert "Page not found" in answer.text
    assert 'href="/"' in answer.text


async def test_what_people_write_is_escaped(client_of: ClientOf, node: MemoryNode) -> None:
    client = client_of("crew")
    answer = await client.post("/people", data=token("crew", nhs_number='"><b>x'))
    assert "<b>x" not in answer.text
    assert node.looked == []
