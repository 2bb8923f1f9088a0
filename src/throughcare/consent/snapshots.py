"""Snapshots of a person's Consents: what goes into one, and what one that came in binds; pure.

Entry ids and accounts are one node's own: here they would stand for other entries and people. So
what leaves names readers by identifiers, and of what comes in a permit opens to organisations and
roles alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from throughcare.consent import directives, vocabulary
from throughcare.consent.acting import is_grant
from throughcare.consent.references import reader_in
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
    kept = {name: value for name, value in resource.items() if name not in _INERT}
    meta = resource.get("meta", {})
    kept["meta"] = {name: meta[name] for name in ("lastUpdated",) if name in meta}
    provision = resource.get("provision")
    if isinstance(provision, Mapping):
        kept["provision"] = _named(provision, known, denies=_denies(resource))
    return kept


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
    inner = provision.get("provision")
    if isinstance(inner, list):
        named["provision"] = [
            _named(each, known, denies=False) if isinstance(each, Mapping) else each
            for each in inner
        ]
    return named


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
            yield replace(rule, actors=actors, lasting=(None, told.until))


def _is_known_everywhere(token: str) -> bool:
    """Tell whether a token of actors names organisations and roles alone."""
    return all(part.startswith("role:") or _ODS.fullmatch(part) for part in token.split("&"))
