"""Search values of one entry as the rows of the search tables; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from throughcare.fhir import mentions
from throughcare.fhir.terms import Composite, Index
from throughcare.fhir.text import fold_text
from throughcare.record import identifiers, keys, texts
from throughcare.store.protocol import Value

Params = dict[str, Value]
OrdRow = tuple[int, float, float, int, int]
"""(param, low, high, system, code)."""

LEADING_CODE = {
    "Appointment": "service-type",
    "CarePlan": "category",
    "Composition": "type",
    "DocumentReference": "type",
    "Encounter": "type",
    "Immunization": "vaccine-code",
}
"""Parameter by which a person's entries of a type are looked up; ``code`` for all others."""

LONGEST_WORDING = 200
"""Characters of a text beside a code that are searched."""
ANY_CODE = 0
"""Stands for "no unit" in ord."""


@dataclass(frozen=True, slots=True)
class SearchRows:
    """Rows of the search tables, each as the parameters of its insert statement."""

    head: Params
    terms: str
    coded: tuple[Params, ...]
    ord: tuple[Params, ...]
    words: tuple[Params, ...]
    wording: tuple[Params, ...]
    """Texts beside codes; a text stands once in a database, not once an entry."""


def leading_code(type_: str) -> str:
    """Return the parameter whose values stand in the table coded."""
    return LEADING_CODE.get(type_, "code")


def search_rows(entry: int, type_: str, index: Index) -> SearchRows:
    """Return the rows of the entry number `entry` with these search values."""
    dated = _date_param(index)
    low, high = index.date or (None, None)
    head: Params = {
        "date_lo": low,
        "date_hi": high,
        "date_param": keys.param_key(type_, dated) if dated else None,
        "author": keys.author_key(index.author),
    }
    return SearchRows(
        head,
        " ".join(sorted(terms(type_, index))),
        _coded(entry, type_, index),
        _ord(entry, type_, index, dated),
        _words(entry, type_, index),
        _wording(entry, type_, index),
    )


def _date_param(index: Index) -> str:
    """Return the parameter whose only value is the clinical date: the head row holds it."""
    params = [param for param, _, _ in index.dates]
    single = [
        p for p, low, high in index.dates if (low, high) == index.date and params.count(p) == 1
    ]
    return "date" if "date" in single else min(single, default="")


def terms(type_: str, index: Index) -> set[str]:
    """Return the terms of the inverted index."""
    found = {keys.of_type(type_)}
    for param, system, code in index.tokens:
        found.update(keys.of_token(type_, param, system, code))
    for param, target in index.references:
        found.update(keys.of_reference(type_, param, target))
    for param, value in index.uris:
        found.update(keys.of_uri(type_, param, value))
    for param, text in _told(index.texts):
        found.add(keys.of_text(type_, param, wording(text)))
    for rows in (_told(index.strings), index.dates, index.numbers, index.quantities):
        found.update([keys.present(type_, row[0].partition(":")[0]) for row in rows])
    found.update([keys.present(type_, row[0]) for row in index.identifiers])
    for composite in index.composites:
        found.update(_combined(type_, composite))
    return found


def _combined(type_: str, composite: Composite) -> set[str]:
    """Return the terms of a combination: that there is one, and of two tokens which."""
    found = {keys.present(type_, composite.param.partition(":")[0])}
    if composite.second is not None:
        found |= {
            keys.combined(type_, composite.param, first, second)
            for first in keys.of_pair(*composite.first)
            for second in keys.of_pair(*composite.second)
        }
    return found


def _coded(entry: int, type_: str, index: Index) -> tuple[Params, ...]:
    """Return the rows by clinical code; none for the directory, whose entries are nobody's."""
    subject = keys.subject_of(entry)
    lead = leading_code(type_)
    if subject == 0:
        return ()
    pairs = {(keys.key48(c), keys.key48(s)) for param, s, c in index.tokens if param == lead}
    number = keys.type_number(type_)
    return tuple(
        {"subject": subject, "type": number, "code": code, "entry": entry, "system": system}
        for code, system in sorted(pairs)
    )


def _ord(entry: int, type_: str, index: Index, dated: str) -> tuple[Params, ...]:
    ranges: list[tuple[str, float, float, int, int]] = [
        (param, low, high, ANY_CODE, ANY_CODE)
        for param, low, high in (*index.dates, *index.numbers)
        if param != dated
    ]
    ranges += [
        (param, low, high, keys.key48(system), keys.key48(code))
        for param, low, high, system, code in index.quantities
    ]
    rows = [(keys.param_key(type_, param), *rest) for param, *rest in dict.fromkeys(ranges)]
    rows += [row for composite in index.composites for row in _combined_ord(type_, composite)]
    return tuple(
        {"entry": entry, "param": param, "low": low, "high": high, "system": system, "code": code}
        for param, low, high, system, code in dict.fromkeys(rows)
    )


def _combined_ord(type_: str, composite: Composite) -> Iterator[OrdRow]:
    """Yield (param, low, high, system, code) of a combination with a quantity or two numbers."""
    if composite.quantity is not None:
        low, high, system, code = composite.quantity
        unit = keys.key48(system), keys.key48(code)
    elif composite.numbers is not None:
        (low, high), unit = composite.numbers, (ANY_CODE, ANY_CODE)
    else:
        return
    for first in keys.of_pair(*composite.first):
        yield keys.combined_param(type_, composite.param, first), low, high, *unit


def wording(text: str) -> str:
    """Return a text beside a code as it is searched: folded, its beginning alone if it is long."""
    return fold_text(text)[:LONGEST_WORDING]


def _told(found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the texts that are searched: none that names an entry, which not everybody may see.

    Whoever may not is not shown the text, so that it must not be found by a part of it.
    """
    return [row for row in found if not mentions.is_in(row[1])]


def _wording(entry: int, type_: str, index: Index) -> tuple[Params, ...]:
    found = dict.fromkeys((param, wording(text)) for param, text in _told(index.texts))
    return tuple(
        {"entry": entry, "param": keys.param_key(type_, param), "folded": folded}
        for param, folded in found
    )


def _words(entry: int, type_: str, index: Index) -> tuple[Params, ...]:
    rows = dict.fromkeys(
        row for param, text in _told(index.strings) for row in texts.rows(type_, param, text)
    )
    for one in index.identifiers:
        rows |= dict.fromkeys(identifiers.rows(type_, *one))
    return tuple(
        {"param": param, "folded": folded, "entry": entry, "written": written}
        for param, folded, written in rows
    )
