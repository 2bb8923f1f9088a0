"""Who asks, for what, on what ground: the subject of every consent decision."""

from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from throughcare.kernel import Word, day_of


class Role(Word):
    """What somebody is here; the locality's profile says what each role may see."""

    PARAMEDIC = "paramedic"
    NURSE = "nurse"
    GP = "gp"
    PSYCHIATRIST = "psychiatrist"
    PHARMACIST = "pharmacist"
    SOCIAL_WORKER = "social-worker"
    CARE_ASSISTANT = "care-assistant"
    RECEPTIONIST = "receptionist"
    PATIENT = "patient"
    PROXY = "proxy"
    PRIVACY_OFFICER = "privacy-officer"
    IT_LEAD = "it-lead"
    RESEARCHER = "researcher"
    ANALYST = "analyst"


class Purpose(Word):
    """Purpose of use (HL7 v3 PurposeOfUse)."""

    TREAT = "TREAT"
    ETREAT = "ETREAT"
    BTG = "BTG"
    CAREMGT = "CAREMGT"
    PATRQT = "PATRQT"
    FAMRQT = "FAMRQT"
    HOPERAT = "HOPERAT"
    PUBHLTH = "PUBHLTH"
    HRESCH = "HRESCH"


class Relationship(Word):
    """Whether a legitimate relationship is known, absent, or only claimed by the reader."""

    YES = "yes"
    NO = "no"
    SELF = "self"


class Permission(Word):
    """Permission to view, as in the Summary Care Record: what the person said at this contact."""

    GIVEN = "given"
    REFUSED = "refused"
    NOT_ASKED = "not-asked"
    UNABLE = "unable"


REASONS = frozenset({"cannot-be-asked", "danger-to-life", "safeguarding", "other"})
"""Coded reasons."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a reader goes on without permission. A blank text is no reason."""

    text: str
    code: str = "other"
    """One of `REASONS`."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who is signed in, in the one role they chose."""

    user: str
    role: Role
    organisation: str
    """ODS code; empty for the person themselves and their family."""
    client: str = "local"
    person: int | None = None
    """The person that this actor is (role patient) or acts for (role proxy)."""


class Request(msgspec.Struct, frozen=True):
    """One request, as consent decides it and the ledger keeps it."""

    actor: Actor
    purpose: Purpose
    at: datetime
    relationship: Relationship = Relationship.NO
    permission: Permission = Permission.NOT_ASKED
    reason: Reason | None = None
    until: datetime | None = None
    """When the break-glass that this stands on ends; None for any other ground."""
    id: str = ""
    """Identifier of the request in ledger and response header."""

    @property
    def day(self) -> date:
        """The day on which it is asked, in London."""
        return day_of(self.at)

    @property
    def is_over(self) -> bool:
        """Tell whether the time of the break-glass that this stands on is over."""
        return self.until is not None and self.at >= self.until
