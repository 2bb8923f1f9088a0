"""Random Consents: every dimension that a provision can limit, in every dialect and any depth.

No provision takes in a Patient and leaves what is about them: a record without its Patient is none
that anybody could have been sent, so that there would be nothing to compare with.
"""

from collections.abc import Sequence
from random import Random  # noqa: TID251 - seeded, so that a case can be had again
from typing import Any

from node.withheld.links import Link

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
ACTION = "http://terminology.hl7.org/CodeSystem/consentaction"
TYPE = "http://hl7.org/fhir/resource-types"
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
SCT = "http://snomed.info/sct"
KINDS = (
    *("Condition", "Observation", "CarePlan", "Encounter", "List", "Composition"),
    *("DocumentReference", "Binary", "Provenance", "AllergyIntolerance", "MedicationRequest"),
    *("AuditEvent", "Consent", "Appointment"),
)
"""Types that a provision names: all but Patient."""
LISTED = ("86406008", "35489007")
"""Codes that stand for a label (HIV, PSY)."""
SAID = ("2026-06-01T09:00:00Z", "2026-06-01T09:00:00Z", "2025-02-01", "2026-09-09T10:00:00Z")

Json = dict[str, Any]


def _actor(code: str, value: str) -> Json:
    role = {"coding": [{"system": PARTICIPATION, "code": code}]}
    return {"role": role, "reference": {"identifier": {"value": value}}}


class Saying:
    """Draws what one person says."""

    def __init__(self, random: Random, names: Sequence[str], keeper: str, university: str) -> None:
        """Draw from `random`; `names` are entries of the person, but for Patients.

        `keeper` keeps entries of theirs and no Patient.
        """
        self._random = random
        self._names = names
        self._keeper = keeper
        self._university = university
        self.names_entries = False
        """A provision was drawn that names single entries."""

    def members(self, person: str) -> Json:
        """Return what a Consent about `person` says."""
        random = self._random
        provision = self._whole()
        rule = random.choice(("", "", "OPTIN", "OPTOUT"))
        if rule and "type" not in provision:
            said: Json = {"policyRule": {"coding": [{"system": ACT, "code": rule}]}}
        else:
            said = {"policy": [{"uri": "urn:example:policy"}]}
        return {
            "status": random.choice(("active", "active", "active", "active", "inactive")),
            "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
            "patient": Link(person),
            "dateTime": random.choice(SAID),
            **said,
            "provision": provision,
        }

    def _whole(self) -> Json:
        """Return a root provision: with a type (IHE PCF), or nested ones alone (plain R4)."""
        random = self._random
        research = _actor("IRCP", self._university)
        agreed = {"type": "permit", "actor": [research], "purpose": [_coded(REASON, "HRESCH")]}
        kind = random.random()
        if kind < 0.1:
            return {"type": "deny"}
        if kind < 0.3:
            return agreed
        denied = [self._denial(2) for _ in range(random.randint(1, 3))]
        if random.random() < 0.3:
            denied.append(agreed)
        return ({"type": "permit"} if random.random() < 0.6 else {}) | {"provision": denied}

    def _denial(self, depth: int) -> Json:
        """Return a "no" limited in at least one dimension of the entry, with exceptions below."""
        random = self._random
        limits: Json = {}
        for _ in range(random.choice((1, 1, 2))):
            limits |= random.choice(self._of_entries())()
        if random.random() < 0.3:
            limits |= random.choice(self._of_requests())()
        if random.random() < 0.06:
            limits["purpose"] = [_coded("urn:other", "unknown")]  # denies all that it could cover
        if depth and random.random() < 0.3:
            limits["provision"] = [self._exception(depth - 1)]
        return {"type": "deny"} | limits

    def _exception(self, depth: int) -> Json:
        """Return a "yes" within a "no": to somebody, or for a purpose."""
        limits = self._random.choice(self._of_requests())()
        if depth and self._random.random() < 0.3:
            limits["provision"] = [self._denial(0)]
        return {"type": "permit"} | limits

    def _of_entries(self) -> Sequence[Any]:
        return (
            self._type,
            self._label,
            self._code,
            self._date,
            self._keeps,
            self._author,
            self._one,
        )

    def _of_requests(self) -> Sequence[Any]:
        return (self._reader, self._purpose, self._period, self._action)

    def _type(self) -> Json:
        named = self._random.sample(KINDS, self._random.randint(1, 2))
        return {"class": [_coded(TYPE, name) for name in named]}

    def _label(self) -> Json:
        code = self._random.choice(("PSY", "STD", "HIV", "mental-health"))
        return {"securityLabel": [_coded(ACT, code)]}

    def _code(self) -> Json:
        return {"code": [{"coding": [_coded(SCT, self._random.choice(LISTED))]}]}

    def _date(self) -> Json:
        period = ({"start": "2019-01-01"}, {"end": "2019-12"}, {"start": "2014", "end": "2014"})
        return {"dataPeriod": dict(self._random.choice(period))}

    def _keeps(self) -> Json:
        return {"actor": [_actor("CST", self._keeper)]}

    def _author(self) -> Json:
        authors = [name for name in self._names if name.startswith(("Practitioner/", "Org"))]
        chosen = self._random.choice(authors)
        if self._random.random() < 0.5:
            return {"data": [{"meaning": "authoredby", "reference": {"reference": chosen}}]}
        role = {"coding": [{"system": PARTICIPATION, "code": "AUT"}]}
        return {"actor": [{"role": role, "reference": {"reference": chosen}}]}

    def _one(self) -> Json:
        own = [name for name in self._names if not name.startswith(("Practitioner/", "Org"))]
        if not own:
            return self._type()
        self.names_entries = True
        chosen = self._random.choice(own)
        return {"data": [{"meaning": "instance", "reference": {"reference": chosen}}]}

    def _reader(self) -> Json:
        return {
            "actor": [_actor("IRCP", self._random.choice(("RXX", "M99001", "RX8", "somebody")))]
        }

    def _purpose(self) -> Json:
        code = self._random.choice(("TREAT", "ETREAT", "CAREMGT", "BTG"))
        return {"purpose": [_coded(REASON, code)]}

    def _period(self) -> Json:
        period = ({"end": "2026-11-23"}, {"start": "2026-11-24"}, {"start": "2027-01-01"})
        return {"period": dict(self._random.choice(period))}

    def _action(self) -> Json:
        code = self._random.choice(("access", "use", "disclose", "collect", "correct"))
        return {"action": [{"coding": [_coded(ACTION, code)]}]}


def _coded(system: str, code: str) -> Json:
    return {"system": system, "code": code}
