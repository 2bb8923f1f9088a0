"""Made-up resources that the expressions of these tests are asked of."""

from decimal import Decimal
from typing import Any

PERSON: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "extension": [
        {"url": "http://example.org/eyes", "valueCode": "brown"},
        {
            "url": "http://example.org/age",
            "valueAge": {"value": 52, "code": "a", "system": "http://unitsofmeasure.org"},
        },
    ],
    "contained": [{"resourceType": "Organization", "id": "surgery", "name": "The Surgery"}],
    "active": True,
    "name": [
        {
            "use": "official",
            "family": "Okafor",
            "given": ["Ada", "Ngozi"],
            "period": {"start": "2001"},
        },
        {"use": "usual", "given": ["Addy"]},
        {
            "use": "maiden",
            "family": "Bell",
            "given": ["Ada", "Ngozi"],
            "period": {"end": "2001-06"},
        },
    ],
    "telecom": [
        {"system": "phone", "value": "01632 960001", "use": "home", "rank": 2},
        {"system": "phone", "value": "07700 900001", "use": "mobile", "rank": 1},
        {
            "system": "email",
            "_value": {"extension": [{"url": "http://example.org/why", "valueCode": "masked"}]},
        },
    ],
    "gender": "female",
    "birthDate": "1974-12-25",
    "_birthDate": {
        "extension": [{"url": "http://example.org/time", "valueDateTime": "1974-12-25T14:35:45Z"}]
    },
    "deceasedBoolean": False,
    "multipleBirthInteger": 2,
    "managingOrganization": {"reference": "#surgery"},
    "generalPractitioner": [
        {"reference": "Practitioner/7"},
        {"reference": "https://x.example/fhir/Organization/8/_history/2"},
    ],
}
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {
        "coding": [
            {"system": "http://loinc.org", "code": "29463-7"},
            {"system": "http://loinc.org", "code": "3141-9"},
        ]
    },
    "effectiveDateTime": "2026-02-03T10:20:30+01:00",
    "issued": "2026-02-03T09:30:10.25Z",
    "valueQuantity": {
        "value": Decimal("83.50"),
        "unit": "kg",
        "system": "http://unitsofmeasure.org",
        "code": "kg",
    },
    "component": [
        {"code": {"text": "a"}, "valueString": "high"},
        {"code": {"text": "b"}, "valueInteger": 3},
        {"code": {"text": "c"}, "valueCodeableConcept": {"text": "well"}},
    ],
}
FORM: dict[str, Any] = {
    "resourceType": "Questionnaire",
    "status": "active",
    "url": "http://example.org/form",
    "item": [
        {"linkId": "1", "type": "group", "item": [
            {"linkId": "1.1", "type": "string"},
            {"linkId": "1.2", "type": "group", "item": [{"linkId": "1.2.1", "type": "string"}]},
        ]},
        {"linkId": "2", "type": "string"},
    ],
}  # fmt: skip
