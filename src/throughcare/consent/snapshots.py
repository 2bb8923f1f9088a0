"""Snapshots of a person's Consents: what goes into one, and what one that came in binds; pure.

Entry ids and accounts are one node's own: here they would stand for other entries and people. So
what leaves names readers by identifiers, and of what comes in a permit opens to organisations and
roles alone.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from throughcare.consent import directives, vocabulary
from throughcare.consent.acting import is_grant
from throughcare.consent.references import modified, reader_in
from throughcare.model.directive import Directive, Rule, Told

Json = Mapping[str, Any]
Names = Mapping[str, frozenset[str]]

MOST: Final = 256
"""Consents of one person in a snapshot."""
_INERT: Final = frozenset(
    {"text", "language", "patient", "performer", "organization", "identifier", "policy"}
    | {"sourceAttachment", "sourceReference"}
)
"""Members that no rule is read from: who said it on which form stays at home."""
_TELLING: Final = ("resourceType", "id", "identifier")
"""Members of a contained resource by which somebody is known."""
_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
_ODS: Final = re.compile(r"[A-Z0-9]{3,6}")
"""What an ODS code looks like: no account of this node does."""


def is_in_force(directive: Directive, day: date) -> bool:
    """Tell whether a directive of this node may still bind somebody on `day` or later."""
    ends = [rule.period[1] if rule.period else None for rule in directive.rules]
    lasts = any(end is None or end >= day for end in ends)
    return directive.active and directive.told is None and lasts


def outgoing(resource: Json, known: Names) -> dict[str, Any]:
    """Return a Consent as it means the same at another node, as far as it can.

    `known` gives the names of readers' entries. A denial names by them whom it named by an entry;
    a permit stays as it is, since it opens to no more than the names that stand in it.
    """
    kept = {
        name: value for name, value in resource.items() if name not in _INERT or modified(value)
    }
    meta = resource.get("meta", {})
    kept["meta"] = {name: meta[name] for name in ("lastUpdated",) if name in meta}
    provision = resource.get("provision")
    if isinstance(provision, Mapping):
        kept["provision"] = _named(provision, known, denies=_denies(resource))
    if "contained" in kept:
        kept["contained"] = [_telling(each) for each in kept["contained"]]
    return kept


def _telling(contained: Json) -> Json:
    if modified(contained):
        return contained
    return {name: contained[name] for name in _TELLING if name in contained}


def _denies(resource: Json) -> bool:
    """Tell whether ``policyRule`` says no, which a root provision without a type limits."""
    rule = resource.get("policyRule")
    codings = rule.get("coding") if isinstance(rule, Mapping) else None
    codes = codings if isinstance(codings, list) else []
    found = {str(each.get("code")) for each in codes if isinstance(each, Mapping)}
    return any(vocabulary.BASES.get(code) is False for code in found)


def _named(provision: Json, known: Names, *, denies: bool) -> dict[str, Any]:
    named = dict(provision)
    actors = provision.get("actor")
    if isinstance(actors, list) and (
        provision["type"] == "deny" if "type" in provision else denies
    ):
        named["actor"] = [each for actor in actors for each in _actors(actor, known)]
    for name in ("actor", "data"):
        if isinstance(named.get(name), list):
            named[name] = [_unnamed(each) for each in named[name]]
    inner = provision.get("provision")
    if isinstance(inner, list):
        named["provision"] = [
            _named(each, known, denies=False) if isinstance(each, Mapping) else each
            for each in inner
        ]
    return named


def _unnamed(item: Any) -> Any:  # noqa: ANN401 - as it was written
    """Return an item without what its reference is called: that stays at home."""
    reference = item.get("reference") if isinstance(item, Mapping) else None
    if not isinstance(reference, Mapping):
        return item
    kept = {name: value for name, value in reference.items() if name != "display"}
    return {**item, "reference": kept}


def _actors(actor: Any, known: Names) -> Iterator[Any]:  # noqa: ANN401 - as it was written
    """Yield an actor once for each name of its entry; as it is where it has none."""
    reference = actor.get("reference") if isinstance(actor, Mapping) else None
    names = known.get(reader_in(reference), ()) if isinstance(reference, Mapping) else ()
    if not names:
        yield actor
    for name in sorted(names):
        yield {**actor, "reference": {"identifier": {"value": name}}}


def incoming(consents: Iterable[Json], told: Told, subject: int) -> tuple[Directive, ...]:
    """Return what the Consents of a snapshot bind here, and the denial once it is stale.

    INVARIANT: at the moment `told.until` nothing opens that was closed before: permits end, a
    denial of the system over the whole record begins, and denials stay.
    """
    home = f"Consent/{told.node}"
    stale = Rule(
        id=home,
        permit=False,
        recorded=told.since,
        system=True,
        lasting=(told.until, None),
    )
    marker = Directive(home, subject, 0, told.since, active=True, rules=(stale,), told=told)
    return (marker, *(_directive(each, told, subject) for each in consents))


def newest(records: Sequence[Sequence[Directive]]) -> list[tuple[Directive, ...]]:
    """Return what source records of one person say, what another node told once.

    A number may stand in several of them. Of each node and number the newest snapshot counts: one
    that is older was left where the number stands no more.
    """
    best: dict[tuple[str, str], tuple[tuple[int, datetime], int]] = {}
    for at, said in enumerate(records):
        for told in [each.told for each in said if each.told]:
            age, where = (told.epoch, told.since), (told.node, told.number)
            if where not in best or age > best[where][0]:
                best[where] = age, at
    return [
        tuple(
            each
            for each in said
            if each.told is None or best[each.told.node, each.told.number][1] == at
        )
        for at, said in enumerate(records)
    ]


def believed(
    directives: tuple[Directive, ...], believes: Callable[[Told], bool]
) -> tuple[Directive, ...]:
    """Return directives, those of snapshots that nobody believes any more as stale ones."""
    doubted = {each.told for each in directives if each.told and not believes(each.told)}
    if not doubted:
        return directives
    return tuple(stale(each) if each.told in doubted else each for each in directives)


def stale(directive: Directive) -> Directive:
    """Return what a snapshot told as it binds once it has ended, whenever that is."""
    if directive.told is None:
        return directive
    told = replace(directive.told, until=_ALWAYS)
    rules = tuple(
        replace(rule, lasting=(_ALWAYS, None)) if rule.lasting else rule
        for rule in directive.rules
        if not rule.permit
    )
    return replace(directive, rules=rules, told=told)


def _directive(consent: Json, told: Told, subject: int) -> Directive:
    named = {**consent, "id": f"{told.node}/{consent.get('id', '')}"}
    read = directives.read(named, subject=subject, version=0, known={})
    return replace(read, rules=tuple(_binding(read.rules, told)), told=told)


def _binding(rules: Iterable[Rule], told: Told) -> Iterator[Rule]:
    """Yield denials as they are, and those permits that mean the same here, up to their end."""
    for rule in rules:
        if not rule.permit:
            yield rule
            continue
        actors = frozenset(filter(_is_known_everywhere, rule.actors))
        is_narrower = bool(rule.actors) and not actors
        if not (is_narrower or is_grant(rule) or rule.instances or rule.authors):
            since, until = rule.lasting or (None, None)
            ends = min(until or told.until, told.until)
            yield replace(rule, actors=actors, lasting=(since, ends))


def _is_known_everywhere(token: str) -> bool:
    """Tell whether a token of actors names organisations and roles alone."""
    return all(part.startswith("role:") or _ODS.fullmatch(part) for part in token.split("&"))
