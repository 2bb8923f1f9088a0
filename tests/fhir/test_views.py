"""Parts of resources: what stays, and what says that something was left out."""

import json

import pytest

from throughcare.fhir import spec, views
from throughcare.fhir.views import SUBSETTED, View
from throughcare.kernel import BadInputError

WEIGHT = (
    b'{"resourceType":"Observation","id":"a","meta":{"versionId":"1","tag":[{"code":"mine"}]},'
    b'"text":{"status":"generated","div":"<div/>"},"status":"final","code":{"text":"Weight"},'
    b'"subject":{"reference":"Patient/1"},"valueQuantity":{"value":1.10,"unit":"kg"},'
    b'"note":[{"text":"n"}],"component":[{"code":{"text":"c"},"valueQuantity":{"value":1E5},'
    b'"interpretation":[{"text":"high"}]}]}'
)
ALWAYS = {"resourceType", "id", "meta", "status", "code"}


@pytest.mark.parametrize(
    ("view", "more"),
    [
        (View("true"), {"subject", "valueQuantity", "component"}),
        (View("text"), {"text"}),
        (View("data"), {"subject", "valueQuantity", "note", "component"}),
        (View(elements=frozenset({"value"})), {"valueQuantity"}),
        (View(elements=frozenset({"Observation.note", "subject"})), {"note", "subject"}),
        (View(elements=frozenset({"valueQuantity", "absent"})), {"valueQuantity"}),
    ],
)
def test_a_view_leaves_what_was_asked_for_and_what_must_stay(view: View, more: set[str]) -> None:
    text = views.shown(WEIGHT, view)
    part = json.loads(text)
    assert set(part) == ALWAYS | more
    assert part["meta"]["tag"] == [{"code": "mine"}, SUBSETTED]
    assert views.is_part(part)
    if "valueQuantity" in more:
        assert b'"value":1.10' in text


def test_a_summary_leaves_out_what_is_below_too_and_keeps_digits() -> None:
    text = views.shown(WEIGHT, View("true"))
    (component,) = json.loads(text)["component"]
    assert set(component) == {"code", "valueQuantity"}
    assert b'"value":1E5' in text


def test_what_modifies_stays() -> None:
    person = b'{"resourceType":"Patient","active":false,"gender":"male","birthDate":"1970-01-01"}'
    part = json.loads(views.shown(person, View(elements=frozenset({"gender"}))))
    assert set(part) == {"resourceType", "meta", "active", "gender"}


def test_an_extension_of_a_primitive_goes_with_it() -> None:
    person = b'{"resourceType":"Patient","_birthDate":{"id":"x"},"_gender":{"id":"y"}}'
    part = json.loads(views.shown(person, View(elements=frozenset({"gender"}))))
    assert set(part) == {"resourceType", "meta", "_gender"}


def test_every_marked_path_is_an_element_of_its_type() -> None:
    for name in spec.complex_types():
        paths = set(spec.structure(name).elements)
        assert spec.in_summary(name) | spec.modifiers(name) <= paths


@pytest.mark.parametrize(
    "params",
    [
        [("_summary", "some")],
        [("_summary", "true"), ("_summary", "text")],
        [("_summary", "true"), ("_elements", "name")],
    ],
)
def test_an_unclear_view_is_refused(params: list[tuple[str, str]]) -> None:
    with pytest.raises(BadInputError):
        views.asked(params)


def test_no_view_is_asked_for_by_default() -> None:
    for params in ([], [("_summary", "false")], [("_summary", "count")], [("name", "x")]):
        assert views.asked(params) is None
