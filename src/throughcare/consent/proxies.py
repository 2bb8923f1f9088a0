"""What a locality says of people who act for others: ages, roles, and looks that they do not see.

The ages are those of proxy access in England (DAPB3051).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from throughcare.consent import toml
from throughcare.model.request import Role

REVIEW_AT_LATEST: Final = 13
ENDS_AT: Final = 16
"""At this age, parental responsibility opens no record any more: law, and no setting."""
_LOWER: Final = "Lower it"
BOOKINGS_AND_REPEATS: Final = frozenset({"Appointment", "AppointmentResponse", "MedicationRequest"})


@dataclass(frozen=True, slots=True)
class Proxies:
    """The rules of one locality."""

    limited_from: int = 11
    """Age from which a parent keeps `limited_to`, not the record."""
    limited_to: frozenset[str] = BOOKINGS_AND_REPEATS
    """FHIR resource types."""
    review_at: int = REVIEW_AT_LATEST
    """Age from which a parent sees nothing until the grant was reviewed with the child."""
    warned: timedelta = timedelta(days=90)
    """How long before a suspension both are warned; a review that early counts."""
    recorders: frozenset[Role] = frozenset({Role.GP, Role.SOCIAL_WORKER})
    """Who records grants, their review and capacity."""
    holders: frozenset[Role] = frozenset({Role.GP, Role.SOCIAL_WORKER})
    """Who sets and lifts a safeguarding hold."""
    private_looks: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Label of their looks, by ODS code of services that no proxy learns of."""


def of(section: toml.Table) -> Proxies:
    """Read the table ``[proxies]``; what it leaves out is as in `Proxies`.

    A fault where an age is later than the law has it, or they are out of order.
    """
    usual = Proxies()
    if section.is_empty:
        return usual
    review_at = section.whole("review_at", least=0)
    limited_from = section.whole("limited_from", least=0)
    if review_at > REVIEW_AT_LATEST:
        rule = f"is {review_at}: {REVIEW_AT_LATEST} is the latest"
        section.fault("review_at", rule, _LOWER)
    if limited_from > review_at:
        section.fault("limited_from", f"is after the review at {review_at}", _LOWER)
    return Proxies(
        limited_from=limited_from,
        limited_to=frozenset(section.texts("limited_to")),
        review_at=review_at,
        warned=timedelta(days=section.whole("warned_days", least=1)),
        recorders=section.members("recorders", Role),
        holders=section.members("holders", Role),
        private_looks=section.table("private_looks", optional=True).strings(),
    )
