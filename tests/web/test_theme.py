"""The look that a locality sets: legible, or refused before anybody sees it."""

import doctest
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.app.folder import Folder
from throughcare.kernel import BadInputError
from throughcare.web import theme as themes
from throughcare.web.stylesheet import stylesheet
from throughcare.web.theme import CONTRAST, Theme, contrast, parse
from web.memory import MemoryNode
from web.sites import site_of

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS)
def test_a_colour_is_taken_just_where_white_words_can_be_read_on_it(colour: str) -> None:
    text = f'colour = "{colour}"'
    if contrast(colour) >= CONTRAST:
        assert parse(text) == Theme(colour)
    else:
        with pytest.raises(BadInputError, match="Choose a darker colour"):
            parse(text)


@given(COLOURS)
def test_a_darker_colour_never_has_less_contrast(colour: str) -> None:
    parts = [int(colour[at : at + 2], 16) // 2 for at in (1, 3, 5)]
    darker = "#" + "".join(f"{part:02x}" for part in parts)
    assert contrast(darker) >= contrast(colour)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 3", "not of the form"),
        ('colour = "#12343B"', "not of the form"),
        ('colour = "#12343b;}body{display:none"', "not of the form"),
        ('color = "#12343b"', "no key 'color'"),
        ("colour", "no TOML"),
    ],
)
def test_a_theme_that_cannot_be_read_says_why(text: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        parse(text)


def test_a_node_without_a_theme_has_the_projects_own_and_with_one_its_own(tmp_path: Path) -> None:
    assert Folder(tmp_path).look() == Theme() == parse("")
    (tmp_path / "theme.toml").write_text('colour = "#5b2a86"\n', "utf-8")
    assert Folder(tmp_path).look() == Theme("#5b2a86")


async def test_the_style_sheet_is_in_the_localitys_colour() -> None:
    theme = Theme("#5b2a86")
    site = site_of(MemoryNode(), theme)
    transport = httpx.ASGITransport(site)
    async with httpx.AsyncClient(transport=transport, base_url="http://node.test") as client:
        page = (await client.get("/")).text
        assert '<meta name="theme-color" content="#5b2a86">' in page
        assert stylesheet(theme).path in page
        sheet = await client.get(stylesheet(theme).path)
        assert sheet.text.rstrip().endswith(":root{--tc-brand:#5b2a86}")
        assert (await client.get(stylesheet().path)).status_code == 404


def test_its_examples_are_true() -> None:
    assert doctest.testmod(themes).failed == 0
