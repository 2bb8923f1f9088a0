import contextlib
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.fhir import criteria, index, query, spec
from throughcare.fhir.terms import (
    AnyOf,
    Chain,
    Criterion,
    DateIs,
    Has,
    IdentifierIs,
    IdIs,
    Include,
    InRecordOf,
    Match,
    Missing,
    NumberIs,
    Prefix,
    QuantityIs,
    RefersTo,
    StringIs,
    TokenIs,
    UpdatedIs,
    UriIs,
)
from throughcare.kernel import BadInputError


def asked(resource_type: str, name: str, value: str) -> Criterion:
    (criterion,) = query.parse(resource_type, [(name, value)]).where
    return criterion


def microseconds(*day: int) -> int:
    moment = datetime(*day, tzinfo=UTC)  # type: ignore[misc, arg-type]
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("value", "values"),
    [
        ("x", ((None, "x"),)),
        ("s|x", (("s", "x"),)),
        ("|x", (("", "x"),)),
        ("s|", (("s", None),)),
        ("s|x,y", (("s", "x"), (None, "y"))),
        (r"a\,b\|c,d", ((None, "a,b|c"), (None, "d"))),
        (r"a\\,b", ((None, "a\\"), (None, "b"))),
    ],
)
def test_a_token_has_system_and_code(value: str, values: tuple[tuple[str, str], ...]) -> None:
    assert asked("Condition", "code", value) == TokenIs("code", values)


def test_modifiers_change_the_criterion() -> None:
    assert asked("Condition", "code:not", "x") == TokenIs("code", ((None, "x"),), negated=True)
    assert asked("Condition", "code:missing", "true") == Missing("code", missing=True)
    assert asked("Patient", "family:exact", "Khan") == StringIs("family", ("Khan",), Match.EXACT)
    assert asked("Patient", "name:contains", "ha") == StringIs("name", ("ha",), Match.CONTAINS)
    assert asked("Patient", "name", "kh,ad") == StringIs("name", ("kh", "ad"), Match.STARTS)
    assert asked("Condition", "asserter:identifier", "s|1") == IdentifierIs(
        "asserter", (("s", "1"),)
    )


def test_dates_numbers_and_quantities_are_ranges_with_a_prefix() -> None:
    year = (microseconds(2019, 1, 1), microseconds(2020, 1, 1) - 1)
    assert asked("Condition", "onset-date", "ge2019") == DateIs("onset-date", ((Prefix.GE, *year),))
    assert asked("Condition", "_lastUpdated", "lt2019,2019") == UpdatedIs(
        ((Prefix.LT, *year), (Prefix.EQ, *year))
    )
    assert asked("RiskAssessment", "probability", "gt0.8") == NumberIs(
        "probability", ((Prefix.GT, 0.8, 0.8),)
    )
    below = math.nextafter(0.00545, 0)
    assert asked("Observation", "value-quantity", "5.4|http://unitsofmeasure.org|mg") == (
        QuantityIs("value-quantity:canonical", ((Prefix.EQ, 0.00535, below, None, "g"),))
    )
    assert asked("Observation", "value-quantity", "ap5.4||mg") == QuantityIs(
        "value-quantity", ((Prefix.AP, 4.86, 5.94, None, "mg"),)
    )
    assert asked("ValueSet", "url", "urn:x") == UriIs("url", ("urn:x",))


def test_a_plus_that_became_a_space_is_still_a_time_zone() -> None:
    sent = asked("Condition", "onset-date", "2020-01-01T10:00:00 01:00")
    assert sent == asked("Condition", "onset-date", "2020-01-01T09:00:00Z")


def test_a_patient_means_the_whole_person() -> None:
    whole = InRecordOf(("Patient/1",), "patient")
    assert asked("Condition", "patient", "1") == whole
    assert asked("Condition", "patient", "Patient/1") == whole
    assert asked("Condition", "patient:Patient", "1") == whole
    assert asked("Observation", "subject", "Patient/1") == InRecordOf(("Patient/1",), "subject")
    assert asked("Observation", "subject", "Device/1") == RefersTo("subject", ("Device/1",))
    assert asked("Observation", "subject", "7") == AnyOf(
        (
            InRecordOf(("Patient/7",), "subject"),
            RefersTo("subject", ("Group/7", "Device/7", "Location/7")),
        )
    )
    assert asked("Observation", "performer", "Patient/1") == RefersTo("performer", ("Patient/1",))
    found = query.parse("Condition", [], compartment="Patient/9")
    assert found.where == (InRecordOf(("Patient/9",)),)


def test_chains_go_to_any_depth() -> None:
    assert asked("Observation", "subject:Patient.organization.name", "x") == Chain(
        "subject", ("Patient",), Chain("organization", ("Organization",), StringIs("name", ("x",)))
    )
    assert asked("Patient", "general-practitioner.name", "x") == Chain(
        "general-practitioner", ("Practitioner", "Organization"), StringIs("name", ("x",))
    )
    assert asked("Patient", "_has:Observation:patient:code", "x") == Has(
        "Observation", "patient", TokenIs("code", ((None, "x"),))
    )
    assert asked("Patient", "_has:Observation:patient:_has:Provenance:target:agent", "x") == Has(
        "Observation", "patient", Has("Provenance", "target", asked("Provenance", "agent", "x"))
    )


def test_what_the_answer_looks_like_is_parsed() -> None:
    found = query.parse(
        "Observation",
        [
            ("_sort", "-date,_lastUpdated"),
            ("_count", "5000"),
            ("_total", "none"),
            ("_summary", "count"),
            ("_include", "Observation:subject:Patient"),
            ("_revinclude", "Provenance:target"),
            ("_format", "json"),
            ("_after", "abc"),
            ("_id", "a,b"),
        ],
    )
    assert found.sort == (("date", True), ("_lastUpdated", False))
    assert found.count == query.MAXIMUM_COUNT
    assert found.total is False
    assert found.summary == "count"
    assert found.includes == (
        Include("Observation", "subject", "Patient"),
        Include("Provenance", "target", "", reverse=True),
    )
    assert found.where == (IdIs(("a", "b")),)
    assert found.after == "abc"
    assert "_after" not in found.self_link
    assert "_format" not in found.self_link


def test_an_unknown_parameter_is_reported_and_left_out_of_the_self_link() -> None:
    asked = [("colour", "red"), ("code", "x"), ("_elements", "id"), ("_=", "17"), ("_text", "x")]
    found = query.parse("Condition", asked)
    assert found.ignored == ("colour", "_text")
    assert found.self_link == "code=x"


@pytest.mark.parametrize(
    ("resource_type", "name", "value"),
    [
        ("Condition", "code:in", "x"),
        ("Condition", "code:missing", "perhaps"),
        ("Condition", "code", "a|b|c"),
        ("Condition", "code", "|"),
        ("Condition", "onset-date", "yesterday"),
        ("Condition", "onset-date", "2020-02-30"),
        ("Condition", "onset-date", "0000"),
        ("Condition", "onset-age", "1|2"),
        ("RiskAssessment", "probability", "NaN"),
        ("Condition", "patient", "Device/1"),
        ("Condition", "patient", "a b"),
        ("Condition", "subject:Device", "1"),
        ("Condition", "code.text", "x"),
        ("Condition", "patient.colour", "x"),
        ("Condition", "subject:Device.type", "x"),
        ("Condition", "_id", "a b"),
        ("Condition", "_id:not", "a"),
        ("Condition", "_count", "-1"),
        ("Condition", "_count", "²"),
        ("Condition", "_sort", "colour"),
        ("Condition", "_total", "many"),
        ("Condition", "_summary", "some"),
        ("Condition", "_include", "Condition"),
        ("Condition", "_include", "Dragon:x"),
        ("Condition", "_include", "Observation:subject"),
        ("Condition", "_include", "Condition:code"),
        ("Condition", "_include", "Condition:subject:Device"),
        ("Condition", "_include:again", "Condition:subject"),
        ("Patient", "_has:Observation", "x"),
        ("Patient", "_has:Dragon:patient:code", "x"),
        ("Patient", "_has:Observation:code:code", "x"),
        ("Patient", "_has:Observation:encounter:code", "x"),
        ("Patient", "_has:Observation:patient:colour", "x"),
        ("Patient", "link." * 12 + "name", "x"),
    ],
)
def test_a_known_parameter_with_a_bad_value_is_refused_by_name(
    resource_type: str, name: str, value: str
) -> None:
    with pytest.raises(BadInputError) as caught:
        query.parse(resource_type, [(name, value)])
    assert caught.value.message.split(":")[0].split(".")[0] in name
    assert caught.value.place


def test_an_unknown_type_or_compartment_is_refused() -> None:
    with pytest.raises(BadInputError):
        query.parse("Dragon", [])
    with pytest.raises(BadInputError):
        query.parse("Organization", [], compartment="Patient/1")


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_escaping_and_splitting_are_each_others_reverse(parts: list[str]) -> None:
    def escaped(text: str) -> str:
        for sign in "\\,$|":
            text = text.replace(sign, "\\" + sign)
        return text

    found = criteria.split(",".join(escaped(part) for part in parts))
    assert [criteria.unescaped(part) for part in found] == parts


@given(
    st.sampled_from(sorted(spec.resource_types())),
    st.data(),
    st.sampled_from(["", ":not", ":missing", ":exact", ":Patient", ":identifier", ".name", ":x"]),
    st.text(max_size=12),
)
def test_any_parameter_and_value_is_parsed_or_refused(
    resource_type: str, data: st.DataObject, modifier: str, value: str
) -> None:
    code = data.draw(st.sampled_from(sorted(index.supported(resource_type))))
    with contextlib.suppress(BadInputError):
        query.parse(resource_type, [(code + modifier, value)])
