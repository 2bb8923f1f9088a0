"""Slips in forms are said beside the field, and what was written stays; days in plain form."""

import html
import re
from collections.abc import Callable

import httpx
import pytest

from web.made_up import KHAN
from web.memory import MemoryNode

ClientOf = Callable[[str], httpx.AsyncClient]
RECORD = f"/people/{KHAN}"


def token(user: str, **fields: str) -> dict[str, str]:
    return {"token": f"csrf-{user}", **fields}


@pytest.mark.parametrize(
    ("path", "fields", "field", "kept"),
    [
        ("agents/check", {"account": "skhan", "until": "29 2 2027"}, "until", 'value="skhan"'),
        ("agents/check", {"account": "o'neill", "until": "1 4 2027"}, "account", "1 4 2027"),
        ("readings", {"kind": "weight", "weight": "12 stone"}, "weight", 'value="12 stone"'),
    ],
)
async def test_a_slip_in_a_persons_form_is_said_beside_the_field_and_what_was_written_stays(
    client_of: ClientOf, path: str, fields: dict, field: str, kept: str
) -> None:
    answer = await client_of("amina").post(f"{RECORD}/{path}", data=token("amina", **fields))
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.text
    assert f'href="#{field}"' in answer.text
    assert kept in answer.text


async def test_a_proxy_reads_days_as_the_person_would(client_of: ClientOf) -> None:
    text = (await client_of("sara").get(f"{RECORD}/mine")).text
    assert re.search(r"<dt>Born</dt><dd>\d{1,2} [A-Z][a-z]+ \d{4} \(", text)
    assert "<title>The record in plain words" in text


@pytest.mark.parametrize(
    ("note", "value", "said"),
    [
        ("weight", "nine stone", "Write the number alone, in kg, such as 62.5."),
        ("weight", "620", "up to 400"),
        ("fall", "", "Say in a few words what happened."),
        ("note", "", "Write the note first."),
    ],
)
async def test_a_note_that_can_not_be_is_said_beside_its_field_on_the_days_page(
    client_of: ClientOf, note: str, value: str, said: str
) -> None:
    sent = token("carer", note=note, value=value)
    answer = await client_of("carer").post(f"{RECORD}/notes", data=sent)
    assert answer.status_code == 400
    assert answer.text.count(said) == 2
    assert f'value="{value}"' in answer.text
    assert "Write a note" in answer.text


@pytest.mark.parametrize(
    ("user", "page"), [("crew", "emergency"), ("doctor", "overview"), ("carer", "today")]
)
@pytest.mark.parametrize(
    ("path", "field", "said"),
    [
        ("break-glass", "reason", {"reason": " ", "code": "danger-to-life"}),
        ("break-glass", "reason", {"reason": "found <i>unwell</i>", "code": "none"}),
        ("claim", "claim", {"claim": " "}),
    ],
)
async def test_a_reason_that_lacks_is_said_beside_its_field_on_the_page_that_asks_for_it(  # noqa: PLR0913, PLR0917
    client_of: ClientOf,
    node: MemoryNode,
    user: str,
    page: str,
    path: str,
    field: str,
    said: dict[str, str],
) -> None:
    node.denied, node.strangers = path == "break-glass", path == "claim"
    client = client_of(user)
    asked = (await client.get(f"{RECORD}/{page}")).text
    answer = await client.post(f"{RECORD}/{path}", data=token(user, **said))
    assert answer.status_code == 400
    assert "<title>Error: " in answer.text
    assert f'href="#{field}"' in answer.text
    assert f'aria-describedby="{field}-hint {field}-error"' in answer.text
    assert f'value="{html.escape(said[field])}"' in answer.text
    assert f'id="{field}-error"' not in asked
    assert (node.broken, node.claimed) == ({}, {})
    form = re.compile(f'<form[^>]*action="{RECORD}/{path}"')
    assert form.search(asked)
    assert form.search(answer.text)


async def test_what_somebody_writes_can_not_turn_the_words_beside_it_around(
    client_of: ClientOf, node: MemoryNode
) -> None:
    sent = token("crew", reason="\u202eألم\u2066 in chest", code="danger-to-life")
    assert (await client_of("crew").post(f"{RECORD}/break-glass", data=sent)).status_code == 303
    assert node.broken["csrf-crew", KHAN].text == "ألم in chest"
