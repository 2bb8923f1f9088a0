"""The pages in Welsh: chosen, whole or not at all, and no text that escapes translation."""

import ast
import gzip
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import translations

from throughcare.app.acting import EVERYTHING, WHOLE
from throughcare.consent.choices import SWITCHES
from throughcare.consent.explain import STAFF
from throughcare.consent.readers import NAMES, WAYS
from throughcare.fhir import spec
from throughcare.model import granting
from throughcare.model.entry import Category
from throughcare.model.request import Role
from throughcare.model.telling import HEADINGS
from throughcare.model.telling import KINDS as READINGS
from throughcare.summary import dates
from throughcare.summary.own import STATES
from throughcare.summary.words import KINDS, role_name, source_name, type_name
from throughcare.web import phrases
from throughcare.web.languages import DOMAIN, NOT_IN_WELSH, Language, knows
from throughcare.web.templating import bare_words, is_whole, texts_of
from web.made_up import DEMENTIA, KHAN

ClientOf = Callable[[str], httpx.AsyncClient]
RECORD = f"/people/{KHAN}"
MONTHS = {
    name: translations.kept().get(name).string  # type: ignore[union-attr]
    for name in phrases.MONTHS
}
WELSH = {"accept-language": "cy"}
SOURCES = (
    *("gp", "hospital", "social", "ambulance", "carehome", "consents", "letters", "node"),
    "person",
)
IN_WELSH = (
    *("base", "macros", "home", "sign_in", "error", "charges", "sharing", "sharing_change"),
    *("entry_sharing", "looks", "agents", "agent_check", "agent_end", "launch"),
    *("links", "link", "viewer", "viewed", "scanned", "card", "health"),
    *("my_record", "add", "wrong", "ask_about"),
)
"""What the person, whoever acts for them, the IT lead and everybody's frame are made of."""


def test_the_catalogue_holds_just_what_the_pages_say() -> None:
    made = translations.catalogue(translations.kept())
    path = translations.FOLDER / f"{DOMAIN}.po"
    assert path.read_bytes() == translations.po(made), "run: python tools/translations.py"


def test_what_a_node_reads_is_what_translators_wrote() -> None:
    path = translations.FOLDER / f"{DOMAIN}.mo"
    assert path.read_bytes() == translations.mo(translations.kept()), "run tools/translations.py"


def test_a_translation_fills_in_the_same_names() -> None:
    for each in translations.kept():
        if each.string:
            names = [sorted(re.findall(r"%\(\w+\)s", str(text))) for text in (each.id, each.string)]
            assert names[0] == names[1], each.id


@pytest.mark.parametrize("template", IN_WELSH)
def test_no_word_of_these_pages_escapes_translation(template: str) -> None:
    assert bare_words(template) == []
    assert is_whole(template, Language.WELSH)


def test_a_word_that_nobody_can_translate_is_noticed() -> None:
    assert "Are these one person?" in bare_words("review")
    assert not is_whole("review", Language.WELSH)
    assert is_whole("review", Language.ENGLISH)


def test_a_text_with_a_name_to_fill_in_is_a_text_to_translate() -> None:
    assert texts_of('{{ _("until %(day)s", day=when | lower) }} {{ _("End") }}') == [
        "until %(day)s",
        "End",
    ]


def test_words_of_other_rooms_are_translated_too() -> None:
    words = [text for switch in SWITCHES.values() for text in (switch.title, switch.text)]
    words += [role_name(role.value) for role in Role]
    words += [*NAMES.values(), *(way.words for way in WAYS), *KINDS.values()]
    words += [text for text, _ in (granting.KINDS | granting.SENSITIVE).values()]
    words += [type_name("", category) for category in Category]
    words += [type_name(type_) for type_ in spec.resource_types()]
    words += [source_name(source) for source in SOURCES]
    words += [*HEADINGS.values(), *STATES.values(), *(each.name for each in READINGS.values())]
    words += [part.name for each in READINGS.values() for part in each.parts]
    words += [*granting.WORDS.values(), EVERYTHING, WHOLE, STAFF["limited"], STAFF["scope"]]
    assert [text for text in words if not knows(Language.WELSH, text)] == []


def rendered() -> Iterator[tuple[str, str]]:
    """Yield template and title of each page that a module of the pages renders."""
    for path in translations.WEB.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "render":
                given = [each.value for each in node.args if isinstance(each, ast.Constant)]
                if len(given) >= 2:
                    yield str(given[0]), str(given[1])


def test_all_that_is_marked_is_translated_but_titles_of_pages_in_english_alone() -> None:
    english = {title for template, title in rendered() if not is_whole(template, Language.WELSH)}
    assert english, "nothing was found: look at `rendered`"
    left = {text for text, _ in translations.texts() if not knows(Language.WELSH, text)}
    assert left - english == set()


@pytest.mark.parametrize(
    "path",
    [
        "sharing",
        "sharing/all?to=stop",
        f"who/{DEMENTIA}",
        "mine?done=reading",
        "add",
        "wrong",
        f"wrong/{DEMENTIA}",
        "looks",
        "agents",
        "agents/c1/end",
        "links",
    ],
)
async def test_a_page_is_in_welsh_for_who_asks_for_it(client_of: ClientOf, path: str) -> None:
    text = (await client_of("amina").get(f"{RECORD}/{path}", headers=WELSH)).text
    assert '<html lang="cy">' in text
    assert "Fy nghofnod" in text
    assert NOT_IN_WELSH not in text


async def test_a_page_that_is_not_whole_in_welsh_is_in_english_and_says_so(
    client_of: ClientOf,
) -> None:
    text = (await client_of("lead").get("/reviews", headers=WELSH)).text
    assert '<html lang="en-GB">' in text
    assert f'lang="cy">{NOT_IN_WELSH}' in text
    assert "Records to match" in text
    assert NOT_IN_WELSH not in (await client_of("lead").get("/reviews")).text


async def test_days_have_the_months_of_the_language(client_of: ClientOf) -> None:
    client = client_of("amina")
    welsh = (await client.get(f"{RECORD}/looks", headers=WELSH)).text
    english = (await client.get(f"{RECORD}/looks")).text
    days = re.findall(r"\d{1,2} ([A-Z][a-z]+) \d{4}", english)
    assert days
    assert re.findall(r"\d{1,2} ([A-Z][a-z]+) \d{4}", welsh) == [MONTHS[day] for day in days]


def test_every_month_is_known() -> None:
    assert [dates.long(dates.When(2026, month)) for month in range(1, 13)] == [
        f"{month} 2026" for month in phrases.MONTHS
    ]


async def test_what_a_record_says_is_never_translated_and_marked_as_english(
    client_of: ClientOf,
) -> None:
    text = (await client_of("amina").get(f"{RECORD}/looks", headers=WELSH)).text
    assert re.search(r'<span lang="en-GB">Looked at [^<]+</span>', text)


async def test_the_switch_is_kept_and_leads_back(client_of: ClientOf) -> None:
    client = client_of("amina")
    shown = (await client.get(f"{RECORD}/looks")).text
    link = re.search(r'href="(/language/cy\?[^"]+)"', shown)
    assert link is not None
    answer = await client.get(link[1])
    assert (answer.status_code, answer.headers["location"]) == (303, f"{RECORD}/looks")
    assert "Max-Age=31536000" in answer.headers["set-cookie"]
    english = {"accept-language": "en-GB,en;q=0.9"}
    assert '<html lang="cy">' in (await client.get(f"{RECORD}/looks", headers=english)).text


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "", "x"]
)
async def test_the_switch_leads_to_no_other_site(client_of: ClientOf, back: str) -> None:
    answer = await client_of("").get("/language/cy", params={"back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_language_that_is_not_here_is_not_kept(client_of: ClientOf) -> None:
    answer = await client_of("").get("/language/tlh")
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers


async def test_a_page_goes_out_packed_to_who_takes_it(client_of: ClientOf) -> None:
    client = client_of("amina")
    async with client.stream("GET", f"{RECORD}/sharing") as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    plain = await client.get(f"{RECORD}/sharing", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed) == plain.content
