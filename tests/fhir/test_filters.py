import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.fhir import query
from throughcare.fhir.terms import AllOf, AnyOf, Chain, Criterion, Match, Missing, Not, StringIs
from throughcare.kernel import BadInputError


def read(type_: str, text: str) -> Criterion:
    (found,) = query.parse(type_, [("_filter", text)]).where
    return found


def asked(type_: str, name: str, value: str) -> Criterion:
    (found,) = query.parse(type_, [(name, value)]).where
    return found


@pytest.mark.parametrize(
    ("type_", "text", "name", "value"),
    [
        ("Patient", "birthdate ge 2014-10-10", "birthdate", "ge2014-10-10"),
        ("Patient", "birthdate po 2014", "birthdate", "ap2014"),
        ("Observation", "code eq http://loinc.org|1234-5", "code", "http://loinc.org|1234-5"),
        ("Observation", "code ne 1234-5", "code:not", "1234-5"),
        ("Observation", "value-quantity gt 5.4||mg", "value-quantity", "gt5.4||mg"),
        ("Observation", "subject re Patient/4", "subject", "Patient/4"),
        ("Observation", "subject:Patient eq 4", "subject:Patient", "4"),
        ("Patient", "gender in http://hl7.org/fhir/ValueSet/administrative-gender", *
            ("gender:in", "http://hl7.org/fhir/ValueSet/administrative-gender")),
        ("Patient", "general-practitioner pr false", "general-practitioner:missing", "true"),
        ("ValueSet", 'url ss "http://a/b"', "url:below", "http://a/b"),
        ("Observation", 'subject:Patient.name co "pet"', "subject:Patient.name:contains", "pet"),
        ("Patient", "_id eq a", "_id", "a"),
        ("Observation", 'code-value-quantity eq "x$gt5"', "code-value-quantity", "x$gt5"),
    ],
)  # fmt: skip
def test_a_comparison_is_what_a_parameter_says(
    type_: str, text: str, name: str, value: str
) -> None:
    assert read(type_, text) == asked(type_, name, value)


def test_texts_are_compared_without_case() -> None:
    assert read("Patient", 'given eq "peter"') == StringIs("given", ("peter",), Match.SAME)
    assert read("Patient", "family ew son") == StringIs("family", ("son",), Match.ENDS)
    assert read("Patient", 'family ne "a\\"b"') == Not(StringIs("family", ('a"b',), Match.SAME))


def test_a_filter_in_brackets_is_about_what_is_referred_to() -> None:
    both = AllOf((asked("Patient", "gender", "male"), asked("Patient", "family", "x")))
    found = read("Observation", "subject:Patient[gender eq male].family sw x")
    assert found == Chain("subject", ("Patient",), both)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", 0),
        ("given", 6),
        ("given eq", 9),
        ("given xx y", 11),
        ("colour eq red", 14),
        ("gender.name eq x", 1),
        ("(given eq x", 12),
        ("given eq x) ", 11),
        ("given eq x or", 14),
        ("given eq x not given eq y", 15),
        ('given eq "\\q"', 14),
        ("given eq x gender eq y", 12),
        ("organization[name eq x] eq y", 25),
        ("gender gt male", 15),
        ("_id pr true", 12),
        ("(" * 30 + "given eq x" + ")" * 30, 22),
    ],
)
def test_a_filter_that_can_not_be_read_is_refused_with_its_place(text: str, place: int) -> None:
    if not text:
        assert query.parse("Patient", [("_filter", "")]).where == ()
        return
    with pytest.raises(BadInputError, match=f"character {place}:"):
        read("Patient", text)


def test_a_value_in_a_filter_has_no_alternatives() -> None:
    assert read("Patient", 'gender eq "a,b"') == asked("Patient", "gender", r"a\,b")


names = st.sampled_from(("family", "gender", "birthdate"))
WORDS = {"family": 'co "x"', "gender": "eq male", "birthdate": "lt 2000"}
Tree = tuple[str, ...] | tuple[object, ...]
trees = st.recursive(
    names.map(lambda name: ("is", name)),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(("and", "or")), inner, inner),
    ),
    max_leaves=8,
)


def written(tree: tuple[str, object, object]) -> str:
    if tree[0] == "is":
        return f"{tree[1]} {WORDS[str(tree[1])]}"
    if tree[0] == "not":
        return f"not ({written(tree[1])})"  # type: ignore[arg-type]
    left, right = (written(part) for part in tree[1:])  # type: ignore[arg-type]
    return f"({left}) {tree[0]} ({right})"


def meant(tree: tuple[str, object, object]) -> Criterion:
    if tree[0] == "is":
        return read("Patient", written(tree))
    if tree[0] == "not":
        return Not(meant(tree[1]))  # type: ignore[arg-type]
    kind = AllOf if tree[0] == "and" else AnyOf
    return kind(tuple(meant(part) for part in tree[1:]))  # type: ignore[arg-type]


@given(trees)
def test_parentheses_group_as_they_stand(tree: tuple[str, object, object]) -> None:
    assert read("Patient", written(tree)) == meant(tree)


@given(st.lists(st.tuples(st.sampled_from(("and", "or")), names), max_size=6), names)
def test_without_parentheses_a_filter_goes_from_left_to_right(
    rest: list[tuple[str, str]], first: str
) -> None:
    text, meaning = f"{first} {WORDS[first]}", read("Patient", f"{first} {WORDS[first]}")
    for word, name in rest:
        text += f" {word} {name} {WORDS[name]}"
        kind = AllOf if word == "and" else AnyOf
        meaning = kind((meaning, read("Patient", f"{name} {WORDS[name]}")))
    assert read("Patient", text) == meaning


@given(st.text('abg eqndor()[]."\\_:0123456789-|', max_size=40) | st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadInputError):
        query.parse("Patient", [("_filter", text)])


@given(st.text(max_size=20))
def test_a_quoted_text_is_any_text(text: str) -> None:
    assert read("Patient", f"family co {json.dumps(text)}") == StringIs(
        "family", (text,), Match.CONTAINS
    )


def test_pr_of_a_composite_asks_for_a_combination() -> None:
    found = read("Observation", "component-code-value-quantity pr true")
    assert found == Missing("component-code-value-quantity", missing=False)
