"""What one source record brings to its person's decisions: Consents, birth date, capacity, hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from throughcare.actors import snapshots as signed
from throughcare.consent import bearings, directives, directory, security, snapshots
from throughcare.consent.acting import is_grant
from throughcare.model.acting import CapacityFinding
from throughcare.model.directive import Directive, Told
from throughcare.model.entry import Stored

TYPES: Final = ("Consent", "Flag", "Patient")
"""Types that bear on decisions."""

Names = Mapping[str, frozenset[str]]
"""By ``Type/id`` of an entry, the names of whom it is about."""


class Read(NamedTuple):
    """An entry with its content."""

    stored: Stored
    resource: Mapping[str, Any]

    @property
    def name(self) -> str:
        """By what `Bound` names it."""
        return bearings.bound_name(self.stored.type, self.stored.id)


class Bound(NamedTuple):
    """What was said of two records while they were one: it may be either's since the split."""

    name: str
    """A Consent by its id, a Flag as ``Flag/id``."""
    subject: int
    """Where it stands."""
    also: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What one subject brings to its person's decisions."""

    epoch: int
    directives: tuple[Directive, ...] = ()
    restricted: bool = False
    born: date | None = None
    capacity: tuple[CapacityFinding, ...] = ()
    hold: bool = False
    names_readers: bool = False
    """A Consent names somebody by their entry: the epoch is that of those entries, if newer."""
    turns: tuple[datetime, ...] = ()
    """When a rule begins or ends, and when what other nodes told is stale."""


def _said(each: Read, known: Names, *, is_unassigned: bool) -> tuple[Directive, ...]:
    """Return what a Consent says.

    A permit of one that is unassigned may be another person's; whom it let act has acted.
    """
    subject, version = each.stored.subject, each.stored.version
    said = directives.read(each.resource, subject=subject, version=version, known=known)
    if not is_unassigned:
        return (said,)
    denials = tuple(rule for rule in said.rules if not rule.permit)
    grants = tuple(rule for rule in said.rules if is_grant(rule))
    over = replace(said, rules=grants, active=False, ended=said.active or said.ended)
    return replace(said, rules=denials), over


def facts_of(
    epoch: int,
    entries: int,
    found: Sequence[Read],
    known: Names,
    unassigned: frozenset[str] = frozenset(),
) -> Facts:
    """Return what a subject's entries come to; `entries` is the epoch of those of readers.

    What is `unassigned` may be somebody else's word: it closes, and opens nothing.
    """
    of = {type_: [each for each in found if each.stored.type == type_] for type_ in TYPES}
    flags = of["Flag"]
    findings = ((each, bearings.capacity(each.resource)) for each in flags)
    names_readers = bool(directory.named_in(each.resource for each in of["Consent"]))
    said = tuple(
        one
        for each in of["Consent"]
        for one in _said(each, known, is_unassigned=each.name in unassigned)
    )
    return Facts(
        max(epoch, entries) if names_readers else epoch,
        said,
        restricted=any(security.restricted(patient.resource) for patient in of["Patient"]),
        born=bearings.earliest(bearings.born(patient.resource) for patient in of["Patient"]),
        capacity=tuple(
            finding
            for each, finding in findings
            if finding and not (finding.lacking and each.name in unassigned)
        ),
        hold=any(bearings.holds(each.resource) for each in flags),
        names_readers=names_readers,
        turns=_turns(said),
    )


def _turns(said: Iterable[Directive]) -> tuple[datetime, ...]:
    """Return the moments at which rules begin or end, rising."""
    rules = [rule for one in said for rule in one.rules if rule.lasting]
    return tuple(sorted({at for rule in rules for at in rule.lasting or () if at is not None}))


def with_told(own: Facts, subject: int, body: str, written: str) -> Facts:
    """Return the facts of a subject with what another node told.

    `written` is the NHS number that the source record has now, "" for none: where it is another
    than the snapshot speaks of, that is stale at once.
    """
    found = signed.unpacked(body)
    told = Told(found.node, found.epoch, found.issued, found.until, found.number, body)
    said = snapshots.incoming(found.consents, told, subject)
    if written not in {"", found.number}:
        said = tuple(map(snapshots.stale, said))
    return replace(
        own, directives=(*own.directives, *said), turns=(*own.turns, found.until, *_turns(said))
    )
