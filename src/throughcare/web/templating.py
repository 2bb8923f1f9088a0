"""The templates in each language, and whether a page is whole in it."""

import re
from datetime import date, datetime
from functools import cache
from html.parser import HTMLParser
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, nodes
from markupsafe import Markup

from throughcare.kernel import LONDON
from throughcare.summary import dates, words
from throughcare.web.attribution import said_by
from throughcare.web.charts import chart
from throughcare.web.icons import ICON
from throughcare.web.languages import Language, knows, translations
from throughcare.web.phrases import MONTHS
from throughcare.web.policy import record_pages, start_of_record

_MONTH: Final = re.compile(rf"\b({'|'.join(MONTHS)})\b")
_SPOKEN: Final = frozenset({"aria-label", "title", "alt", "placeholder", "data-label"})
"""Attributes that people read or hear."""
_NAMES: Final = frozenset({"Throughcare", "NHS", "HIV"})
"""Words that are the same in every language."""


@cache
def environment(language: Language = Language.ENGLISH) -> Environment:
    """Return the templates: an undefined name is an error, all values are escaped."""
    made = Environment(
        loader=PackageLoader("throughcare.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = translations(language)

    def said(text: str) -> str:
        """Return words of the program in this language; what has no translation says so."""
        if knows(language, text):
            return catalogue.gettext(text) if text else text
        return Markup('<span lang="{}">{}</span>').format(Language.ENGLISH, text)

    def in_words(text: str) -> str:
        """Return a day that is written in full with its month in this language."""
        if language is Language.ENGLISH:
            return text
        return _MONTH.sub(lambda month: catalogue.gettext(month[0]), text)

    def kind(name: str) -> str:
        """Return a kind of entry; a number in brackets after it is of the record, and stays."""
        word, bracket, rest = name.rpartition(" (")
        return said(word) + bracket + rest if word else said(rest)

    made.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.policies["ext.i18n.trimmed"] = True
    made.filters["said"] = said
    made.filters["kinds"] = lambda names: Markup(", ").join(map(kind, names))
    made.filters["moment"] = dates.moment
    made.filters["in_words"] = in_words
    made.filters["moment_in_full"] = lambda at: in_words(dates.moment_in_full(at))
    made.filters["long_date"] = lambda when: in_words(dates.long(when))
    made.filters["day"] = lambda day: in_words(_day(day))
    made.filters["dialled"] = words.dialled
    made.filters["clock_time"] = _clock_time
    made.filters["sentence_case"] = words.sentence_case
    made.filters["role_name"] = words.role_name
    made.filters["chart"] = chart
    made.filters["said_by"] = said_by
    made.filters["record_pages"] = record_pages
    made.filters["start_of_record"] = start_of_record
    made.globals["icon"] = ICON
    return made


def _day(day: date) -> str:
    return dates.long(dates.parse(day.isoformat()))


def _clock_time(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%H:%M}"


@cache
def is_whole(template: str, language: Language) -> bool:
    """Tell whether all words of a template are in this language."""
    if language is Language.ENGLISH:
        return True
    texts = texts_of(_source(environment(language), template))
    return not bare_words(template) and all(knows(language, text) for text in texts)


def texts_of(source: str) -> list[str]:
    """Return the texts of a template that can be translated.

    One with names to fill in is found as a tuple: the text, and None for each name.
    """
    found = environment().extract_translations(source)  # type: ignore[attr-defined]  # the extension's
    firsts = (text if isinstance(text, str) else text[0] for _, _, text in found)
    return [text for text in firsts if isinstance(text, str)]


def bare_words(template: str) -> list[str]:
    """Return the words of a template that nobody could translate: outside of ``_()``."""
    made = environment()
    tree = made.parse(_source(made, template))
    reader = _Reader()
    reader.feed("".join(_pieces(tree)))
    reader.close()
    return reader.found


def _source(made: Environment, template: str) -> str:
    assert made.loader is not None  # noqa: S101 - set above
    return made.loader.get_source(made, f"{template}.html.j2")[0]


def _pieces(tree: nodes.Node) -> list[str]:
    """Return the text of a template, in order, without what is filled in."""
    return [data.data for data in tree.find_all(nodes.TemplateData)]


class _Reader(HTMLParser):
    """Finds what a browser would show or say."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        """Keep text that holds a letter."""
        self._keep(data)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep attributes that are words."""
        for name, value in attrs:
            if name in _SPOKEN:
                self._keep(value or "")

    def _keep(self, text: str) -> None:
        bare = " ".join(text.split())
        if bare.strip(" -") not in _NAMES and any(letter.isalpha() for letter in bare):
            self.found.append(bare)
