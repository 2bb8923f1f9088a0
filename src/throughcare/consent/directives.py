"""Consents read into rules: FHIR R4 Consent in its three dialects (docs/consent/directives.md).

Plain R4: ``policyRule`` says what holds, nested provisions are exceptions to it. IHE PCF: the root
provision has a type of its own. ``policyRule`` alone: OPTIN or OPTOUT of everything.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from throughcare.consent import vocabulary
from throughcare.consent.provisions import Limits, interval, limits, narrow
from throughcare.consent.references import References, Unreadable, items, modified
from throughcare.model.directive import Directive, Rule

Json = Mapping[str, Any]

_INACTIVE = frozenset({"inactive", "draft", "proposed", "rejected", "entered-in-error"})
_NOT_ABOUT_READING = frozenset({"treatment", "adr"})
_SCOPES = frozenset({"patient-privacy", "research"})
_KNOWN = frozenset(
    {"resourceType", "id", "meta", "language", "text", "contained", "extension", "identifier"}
    | {"status", "scope", "category", "patient", "dateTime", "performer", "organization"}
    | {"sourceAttachment", "sourceReference", "policy", "policyRule", "verification", "provision"}
)
_TYPES: Mapping[str, bool] = {"permit": True, "deny": False}
_SPAN = re.compile(r"\d{4}(-\d{2})?")
"""A year or a month: a date without its day."""
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def read(
    resource: Json,
    *,
    subject: int,
    version: int,
    known: Mapping[str, frozenset[str]] | None = None,
) -> Directive:
    """Read a Consent into leaf rules.

    `known` gives the names (ODS code, user id) of readers' entries by ``Type/id``
    (`throughcare.consent.directory`). Never raises:
    what is malformed or unknown in an active Consent becomes a denial by the system over all that
    it could cover, the whole record where nothing narrows it, and a sentence in `unreadable`.
    """
    name = f"Consent/{resource.get('id', '')}"
    recorded = _recorded(resource)
    active = str(resource.get("status")) not in _INACTIVE
    whole = Rule(id=name, permit=False, recorded=recorded or _LATEST, system=True)
    try:
        scope = _codes(resource.get("scope"))
        if scope & _NOT_ABOUT_READING and not scope & _SCOPES:
            rules: list[Rule] = []
            unreadable: list[str] = []
        else:
            rules, unreadable = _rules(resource, name, known)
            faults = list(_faults(resource, scope))
            if faults:
                rules.append(whole)
                unreadable.extend(faults)
    except Unreadable as reason:
        rules, unreadable = [whole], [f"Consent: {reason}"]
    reviewed = _reviewed(resource)
    rules = [replace(rule, reviewed=reviewed) if rule.right else rule for rule in rules]
    return Directive(
        id=name,
        subject=subject,
        version=version,
        recorded=recorded or _EARLIEST,
        active=active,
        rules=tuple(rules),
        unreadable=tuple(unreadable),
        ended=resource.get("status") == "inactive",
    )


def _rules(
    resource: Json, name: str, known: Mapping[str, frozenset[str]] | None
) -> tuple[list[Rule], list[str]]:
    root = resource.get("provision", {})
    if not isinstance(root, Mapping):
        message = "provision is no object"
        raise Unreadable(message)
    walk = _Walk(References(resource, known), resource)
    walk.root(root, name, permit=_base(resource, root))
    return walk.rules, walk.unreadable


class _Parent(NamedTuple):
    """What a provision inherits."""

    scope: Rule
    is_coded: bool = False
    """Limited by codes, which stand for more than themselves: no permit is made of it."""


class _Walk:
    """Flattens provisions to rules; each child inherits the limits of its parent."""

    def __init__(self, references: References, resource: Json) -> None:
        self.rules: list[Rule] = []
        self.unreadable: list[str] = []
        self._references = references
        self._said = {
            True: _recorded(resource) or _EARLIEST,
            False: _recorded(resource, last=True) or _LATEST,
        }
        """When it was said, by whether it permits: what is not known makes no permit newer."""

    def root(self, provision: Json, name: str, *, permit: bool | None) -> None:
        start = _Parent(Rule(id=name, permit=False, recorded=_LATEST))
        self._visit(provision, start, "provision", name, permit=permit)

    def _visit(
        self, provision: Json, parent: _Parent, path: str, name: str, *, permit: bool | None
    ) -> None:
        found = limits(provision, path, self._references, permit=permit)
        if permit and parent.is_coded:
            fault = f"{path}: an exception to what is said of single codes can't be applied"
            found = replace(found, unreadable=(*found.unreadable, fault))
        scope = narrow(parent.scope, found)
        if scope is None:
            return
        if found.unreadable:
            self._refuse(scope, found, name)
            return
        if not found.reads:
            return
        if permit is not None:
            self._say(scope, name, permit=permit)
        around = _Parent(scope, is_coded=parent.is_coded or found.kinds is not None)
        for number, child in enumerate(items(provision.get("provision", []))):
            below = f"{path}.provision[{number}]"
            kind = _TYPES.get(str(child.get("type", "")))
            identity = f"{name.partition('#')[0]}#{below}"
            if kind is None:
                fault = f"{below}.type: neither permit nor deny"
                self._refuse(
                    narrow(scope, limits(child, below, self._references)) or scope,
                    Limits(unreadable=(fault,)),
                    identity,
                )
            else:
                self._visit(child, around, below, identity, permit=kind)

    def _say(self, scope: Rule, name: str, *, permit: bool) -> None:
        """Say yes or no of all that `scope` covers; a no to a level is one to what is above it."""
        labels = scope.labels if permit else _and_above(scope.labels)
        said = self._said[permit]
        lasting = scope.lasting if permit else None  # a no binds on all of its days
        self.rules.append(
            replace(scope, id=name, permit=permit, labels=labels, recorded=said, lasting=lasting)
        )

    def _refuse(self, scope: Rule, found: Limits, name: str) -> None:
        """Deny, as the system, all that `scope` covers."""
        self.unreadable.extend(found.unreadable)
        self._say(replace(scope, system=True), name, permit=False)


def _and_above(labels: frozenset[str]) -> frozenset[str]:
    """Return labels with the level above restricted, very restricted, wherever that is named."""
    parts = (token.split("&") for token in labels)
    above = ({"V" if part == "R" else part for part in token} for token in parts)
    return labels | {"&".join(sorted(token)) for token in above}


def _base(resource: Json, root: Json) -> bool | None:
    """Return what holds at the root: permit, deny, or nothing of its own."""
    codes = _codes(resource.get("policyRule"))
    rule = {vocabulary.BASES[code] for code in codes & vocabulary.BASES.keys()}
    if codes & vocabulary.OTHER_BASES:
        message = "policyRule says something else than permit or deny"
        raise Unreadable(message)
    if rule == {True, False}:
        message = "policyRule says both permit and deny"
        raise Unreadable(message)
    stated = next(iter(rule), None)
    if "type" in root:
        kind = _TYPES.get(str(root["type"]))
        if kind is None or (stated is not None and stated is not kind):
            message = "provision.type and policyRule do not agree on permit or deny"
            raise Unreadable(message)
        return kind
    if stated is None and ("policyRule" in resource or not root.get("provision")):
        message = "neither policyRule nor provision says permit or deny"
        raise Unreadable(message)
    return stated


def _faults(resource: Json, scope: frozenset[str]) -> Iterator[str]:
    """Yield what in the Consent as a whole changes its meaning in a way not known here."""
    if str(resource.get("status")) not in _INACTIVE | {"active"}:
        yield "Consent.status: not known here"
    if scope and not scope & _SCOPES:
        yield "Consent.scope: not known here"
    if "dateTime" in resource and _moment(resource["dateTime"]) is None:
        yield "Consent.dateTime: a date that is none"
    for name, value in resource.items():
        if name.lstrip("_") not in _KNOWN or (name != "provision" and modified(value)):
            yield f"Consent.{name}: not known here"


def _reviewed(resource: Json) -> date | None:
    """Return when a grant was last reviewed with the person: the newest ``verification``.

    One that is dated after the Consent was stored has not been made.
    """
    found, stored = resource.get("verification"), _stored(resource)
    entries = found if isinstance(found, list) else []
    moments = [
        _moment(entry.get("verificationDate"))
        for entry in entries
        if isinstance(entry, Mapping) and entry.get("verified") is True
    ]
    made = [each for each in moments if each is not None and (stored is None or each <= stored)]
    return max((moment.date() for moment in made), default=None)


def _recorded(resource: Json, *, last: bool = False) -> datetime | None:
    """Return when the person said it: ``dateTime``, but never after the Consent was stored.

    Else a permit with a date to come would be newer than every refusal until then. Of a year or a
    month it is the first moment, or the `last`: a refusal is as new as it can be.
    """
    moments = (_moment(resource.get("dateTime"), last=last), _stored(resource))
    return min((moment for moment in moments if moment is not None), default=None)


def _stored(resource: Json) -> datetime | None:
    meta = resource.get("meta")
    return _moment(meta.get("lastUpdated")) if isinstance(meta, Mapping) else None


def _moment(value: object, *, last: bool = False) -> datetime | None:
    """Return the moment of a date, the first or the `last` of a year or month; None if it is none.

    >>> _moment("2024-02", last=True)
    datetime.datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(value, str):
        return None
    whole = len("2024-01-01")
    padded = value + "-01-01"[len(value) - 4 :] if len(value) < whole else value
    try:
        if last and _SPAN.fullmatch(value):
            day = interval({"end": value})[1] or date.max
            return datetime.combine(day, time.max, UTC)
        moment = datetime.fromisoformat(padded)
    except (ValueError, Unreadable):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _codes(concept: object) -> frozenset[str]:
    if concept is None:
        return frozenset()
    if not isinstance(concept, Mapping):
        message = "no CodeableConcept"
        raise Unreadable(message)
    return frozenset(str(coding.get("code", "")) for coding in items(concept.get("coding", [])))
