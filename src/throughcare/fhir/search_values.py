"""What a resource can be found by: the values of its search parameters, for other programs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from throughcare.fhir import ranges, spec
from throughcare.fhir.index import extract
from throughcare.fhir.terms import Composite, Index

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SearchValue:
    """One value that a resource has for a search parameter."""

    parameter: str
    """Its code, such as ``value-quantity``."""
    type: str
    """token, reference, string, date, number, quantity, uri or composite."""
    value: str = ""
    """A code, what is referred to (``Type/id`` or a url), a text, a uri, or the code of a unit."""
    system: str = ""
    """Of a token or a unit; "" where the data has none."""
    low: datetime | float | None = None
    high: datetime | float | None = None
    """What a date, number or quantity covers, both ends included."""
    modifier: str = ""
    """``text``: a text beside a code. ``identifier``: what a reference leads to, by
    an identifier.
    ``of-type``: an identifier, its `system` the system and code of its type. ``canonical``: a
    quantity in base units of UCUM. Empty otherwise."""
    parts: "tuple[SearchValue, ...]" = ()
    """Of a composite over an element that repeats: what stands in one element together."""


def search_values(resource: Mapping[str, Any]) -> list[SearchValue]:
    """Return all values that a search on R4's own parameters finds a resource by.

    The resource is JSON as a parser returns it, and valid; Decimals keep their digits. References
    of which the type counts are read by their text, nothing is resolved. Raises BadInputError for
    what is no resource of R4, or can't be read.

    >>> for found in search_values({"resourceType": "Patient", "id": "a", "gender": "female"}):
    ...     print(found.parameter, found.type, found.value)
    _id token a
    deceased token false
    gender token female
    """
    index = extract(resource)
    found = [*_of_resource(resource), *_of_index(index)]
    known = spec.parameters(resource["resourceType"])
    found += [_composite(one, known[one.param.partition(":")[0]]) for one in index.composites]
    return found


def _of_resource(resource: Mapping[str, Any]) -> Iterator[SearchValue]:
    """Yield the parameters that a server sets itself, as far as the resource states them."""
    if "id" in resource:
        yield SearchValue("_id", "token", resource["id"])
    updated = resource.get("meta", {}).get("lastUpdated")
    if updated is not None:
        low, high = ranges.date_range(updated)
        yield SearchValue("_lastUpdated", "date", low=_moment(low), high=_moment(high))


def _of_index(index: Index) -> Iterator[SearchValue]:
    for name, system, code in index.tokens:
        param, _, modifier = name.partition(":")
        yield SearchValue(param, "token", code, system, modifier=modifier)
    for param, system, value, _ in index.identifiers:
        yield SearchValue(param, "reference", value, system, modifier="identifier")
    for param, text in index.texts:
        yield SearchValue(param, "token", text, modifier="text")
    for kind, rows in (
        ("reference", [row for row in index.references if row[1]]),
        ("string", index.strings),
        ("uri", index.uris),
    ):
        yield from (SearchValue(param, kind, value) for param, value in rows)
    for param, start, end in index.dates:
        yield SearchValue(param, "date", low=_moment(start), high=_moment(end))
    for param, low, high in index.numbers:
        yield SearchValue(param, "number", low=low, high=high)
    for name, low, high, system, code in index.quantities:
        param, _, modifier = name.partition(":")
        yield SearchValue(param, "quantity", code, system, low, high, modifier)


def _composite(of: Composite, parameter: spec.Parameter) -> SearchValue:
    first, second, *more = (code for code, _ in parameter.components)
    kind = "reference" if parameter.code == "relationship" else "token"
    parts = [SearchValue(first, kind, of.first[1], of.first[0])]
    modifier = of.param.partition(":")[2]
    if of.second is not None:
        parts.append(SearchValue(second, "token", of.second[1], of.second[0]))
    elif of.quantity is not None:
        low, high, system, code = of.quantity
        parts.append(SearchValue(second, "quantity", code, system, low, high, modifier))
    elif of.numbers is not None:
        values = zip((second, *more), of.numbers, strict=True)
        parts += [SearchValue(code, "number", low=value, high=value) for code, value in values]
    return SearchValue(parameter.code, "composite", modifier=modifier, parts=tuple(parts))


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
