"""Search extraction, beside fhirpathpy as an oracle for which values a parameter has."""

import json
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import extraction, index, spec
from throughcare.kernel import BadInputError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import fhirpathpy
    from fhirpathpy.models import models

Json = Any
Texts = Callable[..., Iterator[bytes]]


def microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def test_every_parameter_is_extracted_but_those_named() -> None:
    left = {f"{name}.{row}" for name, rows in index.unsupported().items() for row in rows}
    assert left == {
        "Resource._content: no usable expression",
        "Resource._filter: special parameter",
        "Resource._query: no usable expression",
        "Resource._text: no usable expression",
        "Location.near: special parameter",
        "Patient.age: no usable expression",
        "Patient.birthOrderBoolean: no usable expression",
    }


def test_every_resource_type_compiles() -> None:
    for name in spec.resource_types():
        assert index.extractor(name)({"resourceType": name}).dates == ()


def test_an_observation_has_its_values() -> None:
    found = index.extract(
        fhir_bytes.parse(b"""{"resourceType":"Observation","status":"final",
        "code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}],"text":"Heart rate"},
        "subject":{"reference":"Patient/p1/_history/3"},
        "performer":[{"reference":"Practitioner/q/_history/2"}],
        "effectiveDateTime":"2026-03-01T10:20:30+01:00",
        "valueQuantity":{"value":72.50,"unit":"/min","system":"http://unitsofmeasure.org",
                         "code":"/min"}}""")
    )
    assert ("code", "http://loinc.org", "8867-4") in found.tokens
    assert ("combo-code", "http://loinc.org", "8867-4") in found.tokens
    assert ("patient", "Patient/p1") in found.references
    assert ("subject", "Patient/p1") in found.references
    low = microseconds(datetime(2026, 3, 1, 9, 20, 30, tzinfo=UTC))
    assert found.dates == (("date", low, low + 999_999),)
    assert found.date == (low, low + 999_999)
    assert found.author == "Practitioner/q"
    assert ("value-quantity", 72.5, 72.5, "http://unitsofmeasure.org", "/min") in found.quantities
    assert ("value-quantity:canonical", 72.5 / 60, 72.5 / 60, "", "s-1") in found.quantities


def test_a_reference_test_reads_the_type_off_the_reference() -> None:
    def patients(reference: dict[str, str]) -> tuple[tuple[str, str], ...]:
        found = index.extract({"resourceType": "Observation", "subject": reference})
        return tuple(row for row in found.references if row[0] == "patient")

    assert patients({"reference": "Patient/1"})
    assert patients({"reference": "https://other.example/fhir/Patient/1"})
    assert patients({"reference": "urn:uuid:1", "type": "Patient"})
    assert not patients({"reference": "Group/1"})
    assert not patients({"reference": "urn:uuid:1"})


def test_an_identifier_reference_is_a_token() -> None:
    identifier = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}
    found = index.extract(
        {"resourceType": "Flag", "subject": {"type": "Patient", "identifier": identifier}}
    )
    assert ("subject", *identifier.values(), "") in found.identifiers
    assert ("patient", *identifier.values(), "") in found.identifiers
    assert found.references == ()


def test_contained_references_are_not_indexed() -> None:
    found = index.extract({"resourceType": "Observation", "subject": {"reference": "#p"}})
    assert found.references == ()


def test_resource_parameters_are_extracted_from_meta() -> None:
    found = index.extract(
        {
            "resourceType": "Basic",
            "meta": {
                "tag": [{"system": "s", "code": "t"}],
                "security": [{"system": "c", "code": "R"}],
                "profile": ["http://example.org/p"],
                "source": "urn:feed",
            },
        }
    )
    assert set(found.tokens) == {("_tag", "s", "t"), ("_security", "c", "R")}
    assert set(found.uris) == {("_profile", "http://example.org/p"), ("_source", "urn:feed")}


@pytest.mark.parametrize(
    ("patient", "said"),
    [
        ({}, "false"),
        ({"deceasedBoolean": False}, "false"),
        ({"deceasedBoolean": True}, "true"),
        ({"deceasedDateTime": "2020"}, "true"),
    ],
)
def test_a_patient_is_deceased_or_not(patient: dict[str, Any], said: str) -> None:
    found = index.extract({"resourceType": "Patient", **patient})
    assert ("deceased", "", said) in found.tokens


def test_the_clinical_date_is_onset_before_record() -> None:
    condition = {"resourceType": "Condition", "recordedDate": "2020-05-05"}
    assert index.extract(condition).date == index.extract(condition).dates[0][1:]
    onset = index.extract({**condition, "onsetPeriod": {"start": "2019-01-01"}})
    assert onset.date is not None
    assert onset.date[0] == microseconds(datetime(2019, 1, 1, tzinfo=UTC))
    assert index.extract({"resourceType": "Patient", "birthDate": "1950-01-01"}).date is None


def test_a_resource_that_is_not_of_r4_is_refused() -> None:
    with pytest.raises(BadInputError, match="no resource type"):
        index.extract({"resourceType": "Dragon"})
    with pytest.raises(BadInputError, match="can't be indexed"):
        index.extract({"resourceType": "Patient", "name": ["Ada"]})


# The oracle: fhirpathpy finds the values, the naive reading below turns each into rows.


def expressions(resource_type: str, code: str) -> Iterator[tuple[str, str]]:
    """Yield (expression, type that a reference must name) of a parameter, for one type."""
    for part in spec.parameters(resource_type)[code].expression.split(" | "):
        text = part.strip()
        if text.count("(") != text.count(")"):
            text = text.strip("()")
        named = re.search(r"\.where\(resolve\(\) is (\w+)\)", text)
        bare = re.sub(r"\.where\(resolve\(\) is \w+\)", "", text)
        if re.match(rf"\(*({resource_type}|Resource)\b", bare):
            yield bare, named[1] if named else ""


def values(resource: dict[str, Any], code: str) -> list[Any]:
    """Return the values that the oracle finds, references of a wrong type left out."""
    found = []
    for expression, target in expressions(resource["resourceType"], code):
        path = expression.replace("Resource.", "", 1) if expression[0] == "R" else expression
        for value in fhirpathpy.evaluate(resource, path, {}, models["r4"]):
            named = value.get("reference", "") if isinstance(value, dict) else ""
            if not target or named.startswith(f"{target}/"):
                found.append(value)
    return found


def as_tokens(value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and ("coding" in value or set(value) == {"text"}):
        for coding in value.get("coding", ()):
            yield from as_tokens(coding)
    elif isinstance(value, dict):
        is_contact = value.get("system") in {"phone", "email", "fax", "url", "sms"}
        code = value.get("code", value.get("value", ""))
        yield ("" if is_contact else value.get("system", ""), code)
    else:
        yield "", json.dumps(value).strip('"')


def as_strings(value: Json) -> set[str]:
    if isinstance(value, str):
        return {value}
    wanted = {"text", "family", "given", "prefix", "suffix"}
    wanted |= {"line", "city", "district", "state", "country", "postalCode"}
    parts: set[str] = set()
    for name in wanted & value.keys():
        parts |= {value[name]} if isinstance(value[name], str) else set(value[name])
    return parts


def as_range(text: str, *, end: bool = False) -> int:
    """Return one end of what a date covers, read naively."""
    if len(text) == 10:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        step = timedelta(days=1)
    else:
        moment = datetime.fromisoformat(text)
        step = timedelta(milliseconds=1) if "." in text else timedelta(seconds=1)
    return microseconds(moment + step) - 1 if end else microseconds(moment)


def as_dates(value: Json) -> Iterator[tuple[int | None, int | None]]:
    if isinstance(value, dict):
        start, stop = value.get("start"), value.get("end")
        yield as_range(start) if start else None, as_range(stop, end=True) if stop else None
    else:
        yield as_range(str(value)), as_range(str(value), end=True)


def expected(kind: str, found: list[Any]) -> set[Any]:
    if kind == "token":
        return {row for value in found for row in as_tokens(value)}
    if kind == "reference":
        named = {value["reference"] for value in found if "reference" in value}
        return {text for text in named if not text.startswith("#")}
    if kind == "string":
        return {row for value in found for row in as_strings(value)}
    if kind == "date":
        return {row for value in found for row in as_dates(value)}
    if kind == "quantity":
        return {(float(value["value"]), value.get("code")) for value in found if "value" in value}
    return set(found)


def extracted(found: Json, kind: str, code: str) -> set[Any]:
    if kind == "token":
        return {row[1:] for row in found.tokens if row[0] == code}
    if kind == "reference":
        return {row[1] for row in found.references if row[0] == code}
    if kind == "string":
        return {row[1] for row in found.strings if row[0] == code}
    if kind == "date":
        return {
            (None if low < -(10**16) else low, None if high > 10**17 else high)
            for param, low, high in found.dates
            if param == code
        }
    if kind == "quantity":
        return {
            (round(row[1], 9), row[4])
            for row in found.quantities
            if row[0] == code and (row[3] or not row[4])
        }
    return {row[1] for row in found.uris if row[0] == code}


def local(texts: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """Yield resources, references to others of their bundle as ``Type/id``."""
    resources = [json.loads(text) for text in texts]
    keys = {row["id"]: f"{row['resourceType']}/{row['id']}" for row in resources if "id" in row}
    pattern = re.compile(r"urn:uuid:([0-9a-f-]{36})")
    for row in resources:
        text = pattern.sub(lambda match: keys.get(match[1], match[0]), json.dumps(row))
        yield json.loads(text)


@pytest.mark.parametrize("folder", ["synthea-2019", "synthea-2021"])
def test_extraction_agrees_with_a_fhirpath_library(folder: str, resource_texts: Texts) -> None:
    seen: dict[str, int] = defaultdict(int)
    compared = 0
    for resource in local(resource_texts(folder, bundles=3)):
        name = resource["resourceType"]
        seen[name] += 1
        if seen[name] > 2:
            continue
        found = index.extract(resource)
        for code, kind in index.supported(name).items():
            if code in {"_id", "_lastUpdated", "deceased"} or kind in {"number", "composite"}:
                continue
            oracle = expected(kind, values(resource, code))
            if kind == "quantity":
                oracle = {(round(number, 9), unit) for number, unit in oracle}
            assert extracted(found, kind, code) == oracle, f"{name}.{code}"
            compared += 1
    assert compared > 300


def test_decimals_and_floats_give_the_same_range() -> None:
    def quantity(value: Decimal | float) -> Json:
        resource = {"resourceType": "Observation", "valueQuantity": {"value": value}}
        return index.extract(resource).quantities

    assert quantity(Decimal("5.5")) == quantity(5.5)


def test_a_plan_shares_the_prefixes_of_its_paths() -> None:
    root = extraction.plan("Patient").root
    names = [step.member for step in root.next if isinstance(step, extraction.Get)]
    assert len(names) == len(set(names))
