"""The two languages of the pages, and which of them somebody reads."""

from enum import StrEnum
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Final

DOMAIN: Final = "throughcare"
COOKIE: Final = "throughcare-language"
_LONGEST_HEADER: Final = 200
NOT_IN_WELSH: Final = "Nid yw’r dudalen hon ar gael yn Gymraeg eto."  # noqa: RUF001 - as it is printed
"""This page can't be had in Welsh yet: on pages in English, to who wants Welsh."""
_UNCHANGED: Final = frozenset({"Throughcare", "Dementia", "dementia"})
"""Words that are the same in both."""


class Language(StrEnum):
    """A language of the pages, as ``lang`` has it."""

    ENGLISH = "en-GB"
    WELSH = "cy"

    @property
    def other(self) -> "Language":
        """The one that this page can be had in instead."""
        return Language.ENGLISH if self is Language.WELSH else Language.WELSH

    @property
    def own_name(self) -> str:
        """What its speakers call it."""
        return "Cymraeg" if self is Language.WELSH else "English"


def marked(text: str) -> str:
    """Return `text`: the marks are what the catalogue of translations is made from."""
    return text


def chosen(cookie: str, accepted: str) -> Language:
    """Return the language that somebody chose, else the one that their browser prefers.

    >>> chosen("", "cy,en;q=0.8"), chosen("en-GB", "cy"), chosen("", "fr, en-US;q=0.5")
    (<Language.WELSH: 'cy'>, <Language.ENGLISH: 'en-GB'>, <Language.ENGLISH: 'en-GB'>)
    """
    if cookie in list(Language):
        return Language(cookie)
    best, language = 0.0, Language.ENGLISH
    for part in accepted[:_LONGEST_HEADER].lower().split(","):
        tag, _, weight = part.partition(";")
        name = tag.strip().partition("-")[0]
        value = _weight(weight)
        if name in ("cy", "en") and value > best:
            best, language = value, Language.WELSH if name == "cy" else Language.ENGLISH
    return language


def _weight(text: str) -> float:
    if not text.strip():
        return 1.0
    try:
        return float(text.strip().removeprefix("q="))
    except ValueError:
        return 0.0


@cache
def translations(language: Language) -> NullTranslations:
    """Return the catalogue of a language; English is what the templates are written in."""
    if language is Language.ENGLISH:
        return NullTranslations()
    path = files("throughcare.web").joinpath("locale", language, "LC_MESSAGES", f"{DOMAIN}.mo")
    with path.open("rb") as file:
        return GNUTranslations(file)


def knows(language: Language, text: str) -> bool:
    """Tell whether `text` is written in this language, or translated into it."""
    if language is Language.ENGLISH or not text:
        return True
    return translations(language).gettext(text) != text or text in _UNCHANGED
