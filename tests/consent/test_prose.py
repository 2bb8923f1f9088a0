"""What counts as the words of an entry."""

import base64

from throughcare.consent import prose


def attached(text: bytes, **more: str) -> dict[str, str]:
    return {"data": base64.b64encode(text).decode(), **more}


def test_words_stand_in_members_of_text_and_nowhere_else() -> None:
    entry = {"status": "final", "note": [{"text": "a <b> & c"}], "meta": {"display": "tag"}}
    assert prose.text_of(entry) == "a <b> & c"


def test_a_narrative_is_read_without_its_tags() -> None:
    entry = {"text": {"status": "generated", "div": "<div><p>a</p>&amp;<br/>b</div>"}}
    assert prose.text_of(entry).split() == ["a", "&", "b"]


def test_an_attachment_is_read_if_it_is_text() -> None:
    assert prose.text_of(attached(b"a <b> c")) == "a <b> c"
    assert prose.text_of(attached(b"<p>a &amp; c</p>", contentType="text/html")).strip() == "a & c"
    assert prose.text_of(attached(b"a", contentType="image/png")) == ""


def test_what_is_no_base64_is_no_text() -> None:
    broken = base64.b64encode(b"words").decode()
    assert prose.text_of({"data": f"!{broken[:4]}!{broken[4:]}!"}) == ""
