"""The lists that labels come from: those shipped, a locality's own, and what releases add. Pure.

The shipped data is in ``codelists/*.csv``, each with its origin. Concept identifiers are facts; the
words beside them are this project's own and serve to find a condition in free text. A locality's
own lists have the same form.
"""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

from throughcare.consent.codelists import CodeList, coding_of, fold
from throughcare.kernel import BadInputError

Below = Callable[[str, str], Collection[str]]
"""Gives the codes below one: of a system in its short form, and a code of it."""
Members = Callable[[str], Collection[tuple[str, str]]]
"""Gives (system, code) of all that a value set holds, by its url."""

RULES: Final = 6
"""Number of the rules by which an entry gets its class. It is part of the version of all lists, so
that 'throughcare relabel' brings what was stored by former rules under these; raise it with them.
"""

SHIPPED: Final = (
    "psy.csv",
    "sensitive.csv",
    "substance.csv",
    "cognition.csv",
    "critical.csv",
    "functional.csv",
)
KINDS: Final = frozenset(
    {"dementia", "epilepsy", "diabetes", "bleeding", "anticoagulant", "insulin", "steroid"}
    | {"oxygen", "device", "communication", "plan", "functional"}
)
"""What a list may call critical; ``functional`` is a kind of condition and not critical."""
VALUE_SET: Final = "valueset"
"""System of a row that stands for all codes of a value set, whose url is its code."""
_WORD_SYSTEMS: Final = {"medicine": "medicines", "words": "always"}
_HEADERS: Final = {"label", "kind"}
_NOT: Final = "!"
"""Before a mark: neither this code, nor what is below it, has that mark, whatever gives it."""
_ALONE: Final = "="
"""Before a code: this code, and nothing that a release puts below it."""
_MARK: Final = re.compile(r"!?[A-Za-z][A-Za-z0-9-]*")
_COLUMNS: Final = ("system", "code", "words")


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One code, or words, and what they mark."""

    list: str
    """``label`` or ``kind``."""
    marks: str
    """Labels, or one of KINDS; with blanks between."""
    system: str
    """``snomed``, ``icd10``, the url of another; ``medicine`` and ``words`` for words alone."""
    code: str
    """``*`` at its end: all that begin so; ``=`` before it: not what is below it."""
    words: str = ""
    """With semicolons between."""


@dataclass(frozen=True, eq=False)
class Lists:
    """What labels an entry, makes it critical, or limits living."""

    version: str
    """Tells these lists from others: twelve digits of the SHA-256 of their text."""
    sensitivity: CodeList
    """Labels of mental health, the sensitive set, substance use and dementia, and a locality's."""
    critical: CodeList
    """Kinds of the critical set: dementia, epilepsy, anticoagulant, plan ..."""
    functional: CodeList
    """Conditions that limit living, besides those of the critical set."""


@dataclass(slots=True)
class _Making:
    """Marks being collected for one `CodeList`."""

    exact: dict[Any, frozenset[str]] = field(default_factory=dict)
    prefixes: dict[Any, frozenset[str]] = field(default_factory=dict)
    words: dict[Any, frozenset[str]] = field(default_factory=dict)
    medicines: dict[Any, frozenset[str]] = field(default_factory=dict)
    always: dict[Any, frozenset[str]] = field(default_factory=dict)
    synonyms: dict[Any, tuple[str, ...]] = field(default_factory=dict)
    excepted: dict[Any, set[str]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Take a row in."""
        words = tuple(fold(word) for word in row.words.split(";") if word.strip())
        if row.marks.startswith(_NOT):
            self.excepted.setdefault((row.system, row.code), set()).add(row.marks[1:])
            # Words that hold others and mean something else: found first, and marking nothing.
            self.words.update(dict.fromkeys(words, frozenset()))
            return
        marks = frozenset(row.marks.split())
        by_words = getattr(self, _WORD_SYSTEMS.get(row.system, "words"))
        for word in words:
            by_words[word] = by_words.get(word, frozenset()) | marks
        key = (row.system, row.code.removesuffix("*"))
        if row.code.endswith("*"):
            self.prefixes[key] = self.prefixes.get(key, frozenset()) | marks
        elif row.code:
            self.exact[key] = self.exact.get(key, frozenset()) | marks
            self.synonyms[key] = self.synonyms.get(key, ()) + words

    def made(self) -> CodeList:
        """Return the list."""
        return CodeList(
            self.exact,
            self.prefixes,
            self.words,
            self.medicines,
            self.always,
            self.synonyms,
            self.excepted,
        )


def shipped_rows() -> list[Row]:
    """Return the rows of the lists that are shipped, those that say what is not included too."""
    folder = files("throughcare.consent") / "codelists"
    return [
        row for name in SHIPPED for row in read((folder / name).read_text(encoding="utf-8"), name)
    ]


@cache
def shipped() -> Lists:
    """Return the shipped lists alone."""
    return made(extended(shipped_rows()))


def read(text: str, name: str) -> list[Row]:
    """Return the rows of a list in CSV: ``label`` or ``kind``, then system, code and words.

    Lines that begin with ``#`` are remarks. Raises BadInputError, with name and line, for what is
    none.
    """
    rows: list[Row] = []
    first = ""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [each.strip() for each in next(csv.reader([line]))]
        if first:
            rows.append(_row(first, fields, f"{name}, line {number}"))
        elif fields[0] in _HEADERS and tuple(fields[1:]) == _COLUMNS:
            first = fields[0]
        else:
            message = "A code list begins with label,system,code,words, or with kind for label."
            raise BadInputError(message, place=f"{name}, line {number}")
    return rows


def extended(
    rows: Iterable[Row],
    below: Below = lambda _system, _code: (),
    members: Members = lambda _url: (),
) -> list[Row]:
    """Return rows with all that a release puts below their codes, each once and in order."""
    named = list(_of_value_sets(rows, members))
    lower = [replace(row, code=code, words="") for row in named for code in _lower(row, below)]
    plain = [replace(row, code=row.code.removeprefix(_ALONE)) for row in named]
    return sorted({*plain, *lower})


def made(rows: Iterable[Row]) -> Lists:
    """Return the lists of rows that are extended already."""
    listed = list(rows)
    making = {name: _Making() for name in ("label", "kind", "functional")}
    for row in listed:
        name = "functional" if (row.list, row.marks) == ("kind", "functional") else row.list
        making[name].add(row)
    version = hashlib.sha256(f"{RULES}\n{text_of(listed)}".encode()).hexdigest()[:12]
    return Lists(version, *(each.made() for each in making.values()))


def text_of(rows: Iterable[Row]) -> str:
    """Return rows as the text that `rows_of` reads."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows((row.list, row.marks, row.system, row.code, row.words) for row in rows)
    return out.getvalue()


def rows_of(text: str) -> list[Row]:
    """Return the rows of a text that `text_of` wrote."""
    return [Row(*fields) for fields in csv.reader(io.StringIO(text))]


def _row(first: str, fields: list[str], place: str) -> Row:
    if len(fields) != 1 + len(_COLUMNS):
        message = "A row has four columns: words are separated by semicolons, labels by blanks."
        raise BadInputError(message, place=place)
    given, system, code, words = fields
    marks = given.split()
    if not marks or not all(map(_MARK.fullmatch, marks)):
        message = "A row begins with labels: letters, digits and hyphens, with blanks between."
        raise BadInputError(message, place=place)
    if first == "kind" and given.removeprefix(_NOT) not in KINDS:
        message = f"{given} is no kind of the critical set. Known are {', '.join(sorted(KINDS))}."
        raise BadInputError(message, place=place)
    if _NOT in given and len(marks) > 1:
        message = "An exception has one label. Write a row for each."
        raise BadInputError(message, place=place)
    if not (system and code) and not (system in _WORD_SYSTEMS and words):
        message = "A row needs a system and a code, or words with the system words or medicine."
        raise BadInputError(message, place=place)
    return Row(first, " ".join(marks), *_coding(system, code), words)


def _coding(system: str, code: str) -> tuple[str, str]:
    if system in {"snomed", "icd10", "dmd", VALUE_SET, *_WORD_SYSTEMS}:
        return ("snomed" if system == "dmd" else system), code
    return coding_of({"system": system, "code": code})


def _of_value_sets(rows: Iterable[Row], members: Members) -> Iterator[Row]:
    for row in rows:
        if row.system != VALUE_SET:
            yield row
        else:
            for system, code in sorted(members(row.code)):
                short, bare = coding_of({"system": system, "code": code})
                yield replace(row, system=short, code=bare, words="")


def _lower(row: Row, below: Below) -> Collection[str]:
    if not row.code or row.code.startswith(_ALONE) or row.code.endswith("*"):
        return ()
    return below(row.system, row.code)
