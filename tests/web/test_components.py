"""Our macros make what the design system's own make of the same: the package is the oracle."""

from html.parser import HTMLParser
from typing import Any

import pytest
from jinja2 import ChainableUndefined, Environment, PackageLoader

from throughcare.web.templating import environment

VOID = frozenset({"input", "br", "hr", "img", "meta", "link"})
HOOKS = frozenset({"data-module"})
"""Attributes that the design system's own scripts look for; no page of ours runs them."""

THEIRS = Environment(
    loader=PackageLoader("nhsuk_frontend_jinja"),
    autoescape=True,
    undefined=ChainableUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Tree(HTMLParser):
    """Reads HTML into nested lists: name, attributes in order of name, then what is inside."""

    def __init__(self, text: str) -> None:
        """Read `text`."""
        super().__init__()
        self.root: list[Any] = []
        self._open = [self.root]
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element."""
        kept = [(name, value) for name, value in attrs if name not in HOOKS]
        made = [tag, sorted((name, _unordered(name, value)) for name, value in kept)]
        self._open[-1].append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        """Come out of it."""
        if tag not in VOID:
            assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        """Keep text, its white space as browsers fold it."""
        if data.strip():
            self._open[-1].append(" ".join(data.split()))


def _unordered(name: str, value: str | None) -> str | None:
    return " ".join(sorted(value.split())) if name == "class" and value else value


def theirs(component: str, macro: str, params: dict[str, Any]) -> list[Any]:
    source = (
        f'{{% from "nhsuk/components/{component}/macro.jinja" import {macro} %}}'
        f"{{{{ {macro}(params) }}}}"
    )
    return Tree(THEIRS.from_string(source).render(params=params)).root


def ours(macro: str, *given: object, **named: object) -> list[Any]:
    module = environment().get_template("macros.html.j2").make_module({"session": None})
    return Tree(str(getattr(module, macro)(*given, **named))).root


def field(**more: object) -> dict[str, Any]:
    return {"id": "a", "name": "a", "label": {"text": "Name"}, "spellcheck": False} | more


@pytest.mark.parametrize("kind", ["", "secondary", "warning"])
def test_a_button(kind: str) -> None:
    given = {"text": "Go on & on", "variant": kind, "name": "verdict", "value": "link"}
    assert ours("button", "Go on & on", kind, "verdict", "link") == theirs(
        "button", "button", given
    )
    assert ours("button", "Go", kind) == theirs("button", "button", {"text": "Go", "variant": kind})


@pytest.mark.parametrize("colour", ["", "red", "green", "grey", "orange"])
def test_a_tag(colour: str) -> None:
    given = {"text": "Open"} | ({"classes": f"nhsuk-tag--{colour}"} if colour else {})
    assert ours("tag", "Open", colour) == theirs("tag", "tag", given)


@pytest.mark.parametrize("hint", ["", "10 digits"])
@pytest.mark.parametrize("error", ["", "Enter <10> digits"])
def test_a_field(hint: str, error: str) -> None:
    given = field(value="<b>", autocomplete="off", inputmode="numeric", width="10")
    given |= {"hint": {"text": hint}} if hint else {}
    given |= {"errorMessage": {"text": error}} if error else {}
    made = ours(
        *("input", "a", "Name", {"a": "<b>"}, {"a": error} if error else {}),
        hint=hint,
        width="10",
        mode="numeric",
    )
    assert made == theirs("input", "input", given)


def test_a_summary_of_errors() -> None:
    given = [{"text": "Wrong", "href": "#a"}, {"text": "No date", "href": "#day"}]
    made = theirs(
        "error-summary",
        "errorSummary",
        {"titleText": "There is a problem", "errorList": given},
    )
    assert ours("error_summary", {"a": "Wrong", "born": "No date"}) == made


@pytest.mark.parametrize("hint", ["", "Before you look."])
def test_a_choice_of_one(hint: str) -> None:
    options = [("", "Not given"), ("yes", "Yes")]
    items = [{"value": value, "text": text} for value, text in options]
    given = {"id": "a", "name": "a", "label": {"text": "Asked?"}, "items": items, "value": "yes"}
    given |= {"hint": {"text": hint}} if hint else {}
    assert ours("select", "a", "Asked?", options, "yes", hint) == theirs("select", "select", given)


def test_a_choice_of_several() -> None:
    options = [("see-a", "Letters"), ("see-b", "Results")]
    items = [{"id": name, "name": name, "value": "yes", "text": text} for name, text in options]
    given = {"idPrefix": "see", "items": items, "fieldset": {"legend": {"text": "What?"}}}
    assert ours("checkboxes", "What?", options) == theirs("checkboxes", "checkboxes", given)
