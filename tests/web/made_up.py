"""The made-up people of the node in memory: their records, a pair to match, looks and alerts."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from summary.entries import (
    LOINC,
    allergy,
    concept,
    condition,
    entry,
    fall,
    medicine,
    observation,
    patient,
    plan,
)
from throughcare.model.entry import Category
from throughcare.model.person import (
    Comparison,
    Foreseen,
    Pair,
    Review,
    Ruled,
    SourceRecord,
    Standing,
    State,
    Thresholds,
)
from throughcare.summary.entry import Answer, SourceStatus, SummaryEntry
from throughcare.web.matching_ports import PairView
from throughcare.web.ports import (
    AccessAlert,
    LookLine,
)

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
KHAN, BAINES = "p7k2m9xq", "q4t8w1zn"
DEMENTIA = "Condition/dementia"
"""Her entry of that name."""
MILD = {"coding": [{"code": "255604002", "display": "Mild"}]}


def _contact(relation: str, given: str, phone: str) -> dict[str, object]:
    return {
        "relationship": [concept(relation)],
        "name": {"family": "Khan", "given": [given]},
        "telecom": [{"system": "phone", "value": phone}],
    }


def _pressure(on: str, above: int, below: int) -> SummaryEntry:
    return observation(
        concept("Blood pressure", code="85354-9", system=LOINC),
        on,
        "ambulance",
        component=[
            {"code": concept(code="8480-6"), "valueQuantity": {"value": above, "unit": "mmHg"}},
            {"code": concept(code="8462-4"), "valueQuantity": {"value": below, "unit": "mmHg"}},
        ],
    )


def khan_entries() -> list[SummaryEntry]:
    """Return the record of a woman of 85 with mild dementia, diabetes and falls."""
    return [*_problems(), *_care()]


def _problems() -> list[SummaryEntry]:
    anaphylaxis = {"manifestation": [concept("Anaphylaxis")], "severity": "severe"}
    return [
        msgspec.structs.replace(
            condition("Dementia", "52448006", on="2024-02-19", severity=MILD),
            id=DEMENTIA.partition("/")[2],
        ),
        condition("Dementia", "52448006", "hospital", "2026-01-06"),
        observation(
            concept("Dementia", code="52448006"), "2026-05-19", "social", valueBoolean=True
        ),
        condition("Diabetes mellitus type 2", "44054006", on="2011-06-02"),
        condition("Hypertensive disorder", "38341003", on="2009-03-28"),
        condition("Atrial fibrillation", "49436004", on="2021-11-13"),
        condition("Chronic kidney disease stage 3", "709044004", on="2023-04-04"),
        allergy("Allergy to penicillin", "91936005", on="1998-05-11", reaction=[anaphylaxis]),
        allergy("Allergy to latex", "294716003", on="2015-09-30"),
        allergy("Latex allergy", source="hospital", on="2026-01-06"),
        fall("2026-01-14T02:10:00", "carehome"),
        fall("2026-03-02T20:35:00", "ambulance"),
        fall("2026-05-12T07:30:00", "carehome"),
        fall("2026-05-12T08:05:00", "ambulance"),
        medicine("Donepezil 5mg tablets", "one at night", on="2026-10-28"),
    ]


def _care() -> list[SummaryEntry]:
    return [
        plan(
            "Prefers care in her own home. For antibiotics by mouth and treatment of what can be "
            "reversed. Not for intensive care. Speak with her daughter first.",
            context={"period": {"end": "2027-02-03"}},
        ),
        medicine("Apixaban 5mg tablets", "one twice a day", on="2026-10-28"),
        medicine("Metformin 500mg tablets", "one twice a day with food", on="2026-10-28"),
        medicine("Metformin 500mg tablets", "two twice a day", "hospital", "2026-01-09"),
        medicine("Amlodipine 5mg tablets", "one in the morning", on="2026-10-28"),
        _pressure("2026-05-12T08:20:00", 138, 74),
        observation(
            concept("Body weight", code="29463-7", system=LOINC),
            "2026-11-02",
            valueQuantity={"value": 52.4, "unit": "kg"},
        ),
        observation(
            concept("HbA1c", code="59261-8", system=LOINC),
            "2026-08-17",
            "gp",
            valueQuantity={"value": 61, "unit": "mmol/mol"},
        ),
        observation(concept("Night check"), "2026-11-20", valueString="awake, settled with tea"),
        entry(
            {
                "resourceType": "Encounter",
                "status": "finished",
                "class": {"code": "IMP", "display": "Stay in hospital"},
                "reasonCode": [concept("Urinary tract infection")],
                "period": {"start": "2026-01-06T04:12:00", "end": "2026-01-09T15:40:00"},
            },
            "hospital",
            Category.ENCOUNTER,
        ),
        entry(
            {
                "resourceType": "Flag",
                "status": "active",
                "code": concept("Safeguarding enquiry open"),
            },
            "social",
            Category.ALERT,
        ),
        entry(
            {"resourceType": "Flag", "status": "active", "code": concept("Hearing aid, left ear")},
            "carehome",
            Category.ALERT,
        ),
    ]


def khan_patients() -> list[SummaryEntry]:
    """Return her records at the GP and the hospital."""
    address = {"line": ["12 Mill Lane"], "city": "Ilkley", "postalCode": "LS29 8AA"}
    mine = patient(
        address=[address],
        contact=[_contact("Daughter", "Sara", "07700 900123")],
        generalPractitioner=[{"display": "Mill Lane Surgery, 01632 960001"}],
    )
    return [mine, patient("hospital", contact=[_contact("Daughter", "Sara", "07700 900123")])]


def sources() -> tuple[SourceStatus, ...]:
    """Return how the locality's sources answered."""
    return (
        SourceStatus("gp", Answer.ANSWERED, NOW - timedelta(hours=5)),
        SourceStatus("hospital", Answer.ANSWERED, NOW - timedelta(minutes=12)),
        SourceStatus("social", Answer.ANSWERED, NOW - timedelta(days=2)),
        SourceStatus("ambulance", Answer.ANSWERED, NOW - timedelta(hours=1)),
        SourceStatus("carehome", Answer.ANSWERED, NOW - timedelta(hours=8)),
    )


@dataclass(frozen=True)
class Person:
    """A record of the node in memory."""

    entries: tuple[SummaryEntry, ...]
    patients: tuple[SummaryEntry, ...]


def people() -> dict[str, Person]:
    """Return the two records of the node."""
    baines = patient(
        name=[{"family": "Baines", "given": ["Walter"], "prefix": ["Mr"]}],
        gender="male",
        birthDate="1948-10-02",
        identifier=[],
        deceasedDateTime="2026-09-30",
    )
    return {
        KHAN: Person(tuple(khan_entries()), tuple(khan_patients())),
        BAINES: Person((), (baines,)),
    }


def looked_before() -> tuple[LookLine, ...]:
    day = timedelta(days=1)
    return (
        LookLine(
            NOW - 9 * day,
            *("Lee Marsh", "nurse", "RXX", "looked at the emergency summary"),
            *("break-glass", False, "unconscious, no relative reached", True),
        ),
        LookLine(
            NOW - 30 * day,
            *("Dr Green", "gp", "B86001", "read the timeline", "direct care, person agreed", False),
        ),
        LookLine(
            NOW - 41 * day,
            *("Reception desk", "receptionist", "B86001", "asked for the timeline"),
            *("refused: this role sees demographics only", True),
        ),
    )


def pairs() -> dict[str, PairView]:
    """Return a pair that waits, one that was decided, and two that nobody was asked about."""
    left = SourceRecord("hospital", "MRN:RX700001", 11, 3, "p1", State.REVIEW)
    right = SourceRecord("gp", "NHS:9990000018", 12, 4, KHAN, State.LINKED)
    comparisons = (
        Comparison("given", "Aminah", "Amina", "spelling variant", 0.5),
        Comparison("family", "Khan", "Khan", "exact", 3.1),
        Comparison("date of birth", "1941-04-18", "1941-04-18", "equal", 6.8),
        Comparison("postcode", "LS298AB", "LS298AA", "same sector", -0.1),
        Comparison("phone", "07700 900555", "07700 900123", "different", -3.3),
        Comparison("NHS number", "", "9990000018", "missing", 0.0),
        Comparison("size of the index", "", "", "300 people", -2.8),
    )
    reasons = ("No NHS number on one side", "No agreement of postcode or phone")
    thresholds = Thresholds(-2, 5)
    day = timedelta(days=1)
    review = Review("rv-1", left, right, 4.2, reasons, comparisons, thresholds, NOW - day)
    sides = ((left,), (right,))
    ahead = Foreseen(sides, ((left, right),))
    waiting = PairView(Pair(review, Standing.WAITING, None, sides, ("Beware.",)), ahead)
    ruled = Ruled(
        "rv-2",
        left,
        right,
        same=False,
        who="Dr Green, GP",
        why="two",
        at=NOW - 2 * day,
        by_source=False,
    )
    shown = replace(review, id="rv-2", raised=NOW - 6 * day)
    decided = Pair(shown, Standing.APART, ruled, sides, ())
    two = Pair(replace(review, id="rv-3"), Standing.TWO, None, sides, ())
    return {
        "rv-1": waiting,
        "rv-2": PairView(decided, ahead),
        "rv-3": PairView(two, ahead),
        "rv-4": PairView(
            replace(two, review=replace(review, id="rv-4")), replace(ahead, unheeded=(ruled,))
        ),
    }


def alerts() -> list[AccessAlert]:
    first = AccessAlert(
        "al-1",
        NOW - timedelta(hours=3),
        ("break-glass", "same family name"),
        *("Lee Marsh", "nurse", "RXX", KHAN, "KHAN, Amina (Mrs)"),
        *("unconscious, no relative reached", "open"),
    )
    claimed = replace(
        first,
        id="al-2",
        reasons=("no care relationship",),
        who="Pat Doyle",
        reason="",
        state="justified",
    )
    return [first, claimed]


def every_alert() -> list[SummaryEntry]:
    """Return what raises each kind of alert that she does not have yet, as feeds word it."""
    stated = [
        *("Insulin dependent", "Addison's disease", "Oxygen target 88 to 92 percent"),
        *("Haemophilia A", "Immunosuppressed", "Epilepsy", "Cardiac pacemaker in situ"),
        *("Learning disability", "Autism spectrum disorder", "Hearing loss", "Sight impairment"),
        *("Aphasia", "Needs an interpreter", "Reasonable adjustment: quiet room"),
    ]
    warned = ["Dog on the premises, aggressive", "Key safe by the door"]
    flags = [{"resourceType": "Flag", "status": "active", "code": concept(text)} for text in warned]
    return [*map(condition, stated), *(entry(flag, category=Category.ALERT) for flag in flags)]
