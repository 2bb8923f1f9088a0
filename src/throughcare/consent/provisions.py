"""One provision of a Consent, dimension by dimension: what it limits, and what can't be read."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from throughcare.consent import codelists, lists, vocabulary
from throughcare.consent.references import References, Unreadable, items, unmodified
from throughcare.fhir.spec import is_resource_type
from throughcare.kernel import LONDON, day_of
from throughcare.model.acting import Right
from throughcare.model.directive import Rule

Json = Mapping[str, Any]
Interval = tuple[date | None, date | None]
Moments = tuple[datetime | None, datetime | None]
Span = TypeVar("Span", Interval, Moments)

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T.*)?)?)?")
_KNOWN = frozenset(
    {"id", "extension", "type", "period", "actor", "action", "securityLabel", "purpose", "class"}
    | {"code", "dataPeriod", "data", "provision"}
)
_MOST = 4096
"""Pairs of names or labels that parent and child are compared by: each level may multiply them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one provision adds to the limits of its parent; None: it does not limit this."""

    actors: frozenset[str] | None = None
    custodians: frozenset[str] | None = None
    authors: frozenset[str] | None = None
    purposes: frozenset[str] | None = None
    labels: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    """Labels that the codes of the provision stand for."""
    types: frozenset[str] | None = None
    instances: frozenset[str] | None = None
    period: Interval | None = None
    moments: Moments | None = None
    """The moments at which the period begins and ends, where it says more than days."""
    data_period: Interval | None = None
    right: Right | None = None
    """The legal right in which its actors act for the person."""
    reads: bool = True
    """False: the provision is about writing only."""
    unreadable: tuple[str, ...] = field(default=())


def limits(
    provision: Json, path: str, references: References, *, permit: bool | None = None
) -> Limits:
    """Read the limits of `provision`. What can't be read limits nothing and is named.

    `permit` is what it says itself: a yes, a no, or nothing (None).
    """
    found: dict[str, Any] = {}
    unreadable: list[str] = []

    def read(name: str, reader: Callable[[Any], Mapping[str, Any]]) -> None:
        if name in provision:
            try:
                found.update(reader(unmodified(provision[name])))
            except Unreadable as reason:
                unreadable.append(f"{path}.{name}: {reason}")

    read("actor", lambda value: _actors(value, references, permit=permit is True))
    read("purpose", lambda value: {"purposes": _purposes(value)})
    read("securityLabel", lambda value: {"labels": _labels(value)})
    read("class", lambda value: {"types": _types(value)})
    read("code", lambda value: {"kinds": _codes(value)})
    read("data", lambda value: _data(value, references))
    read("period", _period)
    read("dataPeriod", lambda value: {"data_period": interval(value)})
    read("action", lambda value: {"reads": _reads(value)})
    unreadable.extend(
        f"{path}.{name}: not known here" for name in provision if name.lstrip("_") not in _KNOWN
    )
    if "kinds" in found and permit:
        unreadable.append(f"{path}.code: a permit for single codes can't be applied")
    return Limits(**found, unreadable=tuple(unreadable))


def narrow(rule: Rule, more: Limits) -> Rule | None:
    """Return `rule` within `more`; None if no request and entry could match both."""
    actors = _both(rule.actors, more.actors)
    labels = _both(_both(rule.labels, more.labels), more.kinds)
    purposes = _common(rule.purposes, more.purposes)
    types = _common(rule.types, more.types)
    custodians = _common(rule.custodians, more.custodians)
    authors = _common(rule.authors, more.authors)
    instances = _common(rule.instances, more.instances)
    period, dated = _overlap(rule.period, more.period), _overlap(rule.data_period, more.data_period)
    sets = (purposes, types, custodians, authors, instances)
    if any(value is None for value in sets) or _empty(period) or _empty(dated):
        return None
    return replace(
        rule,
        actors=actors,
        labels=labels,
        purposes=purposes or frozenset(),
        types=types or frozenset(),
        custodians=custodians or frozenset(),
        authors=authors or frozenset(),
        instances=instances or frozenset(),
        period=period,
        lasting=_overlap(rule.lasting, more.moments),
        data_period=dated,
        right=more.right or rule.right,
    )


def _both(outer: frozenset[str], inner: frozenset[str] | None) -> frozenset[str]:
    """Return tokens that need one of `outer` and one of `inner`."""
    if inner is None or not outer:
        return outer if inner is None else inner
    if len(outer) * len(inner) > _MOST:
        message = "more limits within each other than can be told apart"
        raise Unreadable(message)
    joined = {frozenset(a.split("&")) | frozenset(b.split("&")) for a in outer for b in inner}
    return frozenset("&".join(sorted(parts)) for parts in joined)


def _common(outer: frozenset[str], inner: frozenset[str] | None) -> frozenset[str] | None:
    """Return what is in both, where empty means everything; None if that is nothing."""
    if inner is None:
        return outer
    return (inner if not outer else outer & inner) or None


def _overlap(outer: Span | None, inner: Span | None) -> Span | None:
    if outer is None or inner is None:
        return inner if outer is None else outer
    lows = [low for low in (outer[0], inner[0]) if low is not None]
    highs = [high for high in (outer[1], inner[1]) if high is not None]
    return max(lows, default=None), min(highs, default=None)


def _empty(interval: Interval | None) -> bool:
    low, high = interval or (None, None)
    return low is not None and high is not None and low > high


def _actors(value: object, references: References, *, permit: bool) -> dict[str, object]:
    found: dict[str, set[str]] = {}
    rights = set()
    for actor in items(value):
        dimension, roles = _role(actor.get("role"))
        names = None
        if "reference" in actor and dimension == "authors":
            names = references.author(actor["reference"])
        elif "reference" in actor:
            names = references.names(actor["reference"], permit=permit)
        rights.add(_right(actor.get("role")))
        if names is None and not roles:
            message = "an actor without reference or role of its own"
            raise Unreadable(message)
        tokens = _both(names or frozenset(), roles or None)
        found.setdefault(dimension, set()).update(tokens)
    if not found:
        message = "no actor"
        raise Unreadable(message)
    if len(rights) > 1:
        message = "actors in several rights: each needs a provision of its own"
        raise Unreadable(message)
    limited: dict[str, object] = {name: frozenset(tokens) for name, tokens in found.items()}
    return limited | {"right": rights.pop() if rights else None}


def _right(role: Any) -> Right | None:  # noqa: ANN401 - `_role` has read it
    """Return the legal right that a role names; a delegation is the person's own word, and none."""
    codes = {code for _, code in _codings(role.get("coding", []))} if role else set()
    named = {vocabulary.RIGHTS[code] for code in codes & vocabulary.RIGHTS.keys()}
    if len(named) > 1:
        message = "an actor in several rights"
        raise Unreadable(message)
    return next(iter(named - {Right.DELEGATION}), None)


def _role(value: object) -> tuple[str, frozenset[str]]:
    """Return the dimension that an actor limits, and the professions among its role codes."""
    if value is None:
        return "actors", frozenset()
    if not isinstance(value, Mapping):
        message = "a role that is no CodeableConcept"
        raise Unreadable(message)
    codes = {str(coding.get("code", "")) for coding in items(value.get("coding", []))}
    readers = vocabulary.READER_ROLES | vocabulary.RIGHTS.keys() | vocabulary.PROFESSIONS.keys()
    kinds = {
        "custodians": vocabulary.CUSTODIAN_ROLES,
        "authors": vocabulary.AUTHOR_ROLES,
        "actors": readers,
    }
    named = [kind for kind, known in kinds.items() if codes & known]
    if len(named) != 1:  # words alone are none; of reader and custodian one is not meant
        message = "a role of an actor that is not known here"
        raise Unreadable(message)
    professions = codes & vocabulary.PROFESSIONS.keys()
    return named[0], frozenset(f"role:{vocabulary.PROFESSIONS[code].value}" for code in professions)


def _purposes(value: object) -> frozenset[str]:
    return _union(
        vocabulary.PURPOSES.get(code) if system in vocabulary.PURPOSE_SYSTEMS else None
        for system, code in _codings(value)
    )


def _labels(value: object) -> frozenset[str]:
    return _union(_label(system, code) for system, code in _codings(value))


def _label(system: str, code: str) -> frozenset[str] | None:
    level = vocabulary.LEVELS.get(code)
    if level and (system in vocabulary.CONFIDENTIALITY_SYSTEMS or not system):
        return frozenset({level})
    return vocabulary.LABELS.get(code) if system in vocabulary.LABEL_SYSTEMS else None


def _types(value: object) -> frozenset[str]:
    return _union(
        frozenset({code})
        if system in vocabulary.RESOURCE_TYPE_SYSTEMS and is_resource_type(code)
        else None
        for system, code in _codings(value)
    )


def _codes(value: object) -> frozenset[str]:
    """Return the labels that stand for these codes: wider than the codes, so for denials only."""
    sensitivity = lists.shipped().sensitivity
    return _union(
        _union(
            sensitivity.of_coding(codelists.coding_of(coding)) or None
            for coding in items(concept.get("coding", []))
        )
        for concept in items(value)
    )


def _data(value: object, references: References) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for datum in items(value):
        reference = datum.get("reference")
        if datum.get("meaning") == "instance":
            found.setdefault("instances", set()).add(references.entry(reference))
        elif datum.get("meaning") == "authoredby":
            found.setdefault("authors", set()).update(references.author(reference))
        else:
            message = "related and dependent entries can't be told apart here"
            raise Unreadable(message)
    if len(found) != 1:
        message = "single entries and authors in one provision"
        raise Unreadable(message)
    return {name: frozenset(names) for name, names in found.items()}


def _reads(value: object) -> bool:
    codes = {code for concept in items(value) for _, code in _codings(concept.get("coding", []))}
    if not codes or not codes <= vocabulary.READING | vocabulary.WRITING:
        message = "an action that is not known here"
        raise Unreadable(message)
    return bool(codes & vocabulary.READING)


def _period(value: object) -> dict[str, Any]:
    """Return the days that a period touches here, and its moments where it has some."""
    low, high = interval(value)
    since, until = (_moment(value, name) for name in ("start", "end"))
    if since is not None and low is not None:
        low = min(low, day_of(since))
    if until is not None and high is not None:
        high = max(high, day_of(until))
    moments = (since, until) if since or until else None
    return {"period": (low, high), "moments": moments}


def _moment(period: object, name: str) -> datetime | None:
    """Return the moment at which a period begins or ends; None where it says no time of day.

    A time without a zone is London's.
    """
    value = period.get(name) if isinstance(period, Mapping) else None
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        message = "a time that is none"
        raise Unreadable(message) from error
    return found if found.tzinfo else found.replace(tzinfo=LONDON)


def interval(value: object) -> Interval:
    """Return the days that a FHIR Period covers, None where it is open; else raise Unreadable."""
    if not isinstance(value, Mapping) or set(value) - {"start", "end", "id", "extension"}:
        message = "no period with start and end"
        raise Unreadable(message)
    days = _day(value.get("start"), last=False), _day(value.get("end"), last=True)
    if _empty(days):
        message = "a period that ends before it begins"
        raise Unreadable(message)
    return days


def _day(value: object, *, last: bool) -> date | None:
    """Return the first or last day that a partial date covers."""
    if value is None:
        return None
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        message = "a date that is none"
        raise Unreadable(message)
    try:
        year = int(match[1])
        month = int(match[2] or (12 if last else 1))
        return date(year, month, int(match[3] or (monthrange(year, month)[1] if last else 1)))
    except ValueError as error:
        message = "a date that is none"
        raise Unreadable(message) from error


def _codings(value: object) -> list[tuple[str, str]]:
    return [(str(item.get("system", "")), str(item.get("code", ""))) for item in items(value)]


def _union(found: Iterable[frozenset[str] | None]) -> frozenset[str]:
    """Return the union, or raise if one of `found`, or all of it, is missing."""
    result: set[str] = set()
    for names in found:
        if names is None:
            message = "a code or system that is not known here"
            raise Unreadable(message)
        result |= names
    if not result:
        message = "no code"
        raise Unreadable(message)
    return frozenset(result)
