"""SQL on FHIR: tables of made-up people, each kind of select, and views that are none."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir.path.person import OBSERVATION, PERSON
from throughcare.fhir import run_view
from throughcare.fhir.path import EvaluationError
from throughcare.fhir.tables import ViewError

Json = Any
Rows = list[dict[str, Any]]
PEOPLE: list[Json] = [
    {
        "resourceType": "Patient",
        "id": "a",
        "active": True,
        "name": [{"family": "F1", "given": ["G1", "G2"]}, {"family": "F2", "use": "old"}],
        "telecom": [{"system": "phone", "value": "t1"}],
        "contact": [{"gender": "male", "telecom": [{"value": "c1"}, {"value": "c2"}]}],
        "link": [{"other": {"reference": "Patient/a"}, "type": "seealso"}],
    },
    {"resourceType": "Patient", "id": "b", "active": False, "name": [{"family": "F3"}]},
    {"resourceType": "Patient", "id": "c"},
    OBSERVATION,
]
FORM: Json = {
    "resourceType": "QuestionnaireResponse",
    "id": "q",
    "item": [
        {"linkId": "1", "item": [
            {"linkId": "1.1", "answer": [{"valueString": "x", "item": [{"linkId": "1.1.1"}]}]},
            {"linkId": "1.2"},
        ]},
        {"linkId": "2"},
    ],
}  # fmt: skip


def column(name: str, path: str = "", **more: Json) -> Json:
    return {"name": name, "path": path or name, **more}


def columns(*names: str) -> Json:
    """Return a select of columns, each ``name`` or ``name=path``."""
    return {"column": [column(*name.split("=", 1)) for name in names]}


def of(*selects: Json, **more: Json) -> Json:
    """Return a view of patients."""
    return {"resource": "Patient", "select": list(selects), **more}


CONCEPT = {"name": "x", "valueCoding": {}}


def table(*selects: Json, resource: str = "Patient", **more: Json) -> Rows:
    return list(run_view({"resource": resource, "select": list(selects), **more}, [*PEOPLE, FORM]))


def cells(*selects: Json, **more: Json) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table(*selects, **more)]


def test_a_row_has_all_columns_in_their_order() -> None:
    rows = table({
        **columns("a='A'", "b='B'"),
        "select": [{"forEach": "name", **columns("c=family")}],
        "unionAll": [columns("e='E1'"), columns("e='E2'")],
    })  # fmt: skip
    assert [list(row) for row in rows] == [["a", "b", "c", "e"]] * 6
    assert [(row["c"], row["e"]) for row in rows[:2]] == [("F1", "E1"), ("F1", "E2")]


def test_a_column_of_nothing_is_null() -> None:
    assert cells(columns("id", "active", "g=name.given.first()")) == [
        ("a", True, "G1"),
        ("b", False, None),
        ("c", None, None),
    ]


def test_a_collection_is_a_list_and_else_a_single_value() -> None:
    given = column("given", "name.given", collection=True)
    assert cells({"column": [given]}) == [(["G1", "G2"],), ([],), ([],)]
    with pytest.raises(EvaluationError) as caught:
        cells(columns("given=name.given"))
    assert caught.value.place == "given"


def test_iterations_make_a_row_for_each_item() -> None:
    assert cells(columns("id"), {"forEach": "name", **columns("family")}) == [
        ("a", "F1"),
        ("a", "F2"),
        ("b", "F3"),
    ]
    assert cells(columns("id"), {"forEachOrNull": "name", **columns("family")})[-1] == ("c", None)
    assert cells(columns("id"), {"forEach": "photo", **columns("url")}) == []
    assert cells({"forEach": "name.given", **columns("g=$this")}) == [("G1",), ("G2",)]


def test_two_iterations_side_by_side_make_all_combinations() -> None:
    both = {"forEach": "contact.telecom", **columns("value")}
    assert cells({"forEach": "name", **columns("family")}, both) == list(
        product(("F1", "F2"), ("c1", "c2"))
    )


def test_an_iteration_within_another_is_about_its_item() -> None:
    inner = {"forEach": "telecom", **columns("value", "n=%rowIndex")}
    outer = {"forEach": "contact", **columns("gender", "m=%rowIndex"), "select": [inner]}
    assert cells(outer) == [("male", 0, "c1", 0), ("male", 0, "c2", 1)]


def test_a_union_has_the_rows_of_its_branches_in_turn() -> None:
    branches = [
        {"forEach": "telecom", **columns("v=value")},
        {"unionAll": [{"forEach": "contact.telecom", **columns("v=value")}, columns("v=id")]},
    ]
    assert cells(columns("id"), {"unionAll": branches}) == [
        ("a", "t1"),
        ("a", "c1"),
        ("a", "c2"),
        ("a", "a"),
        ("b", "b"),
        ("c", "c"),
    ]


def test_an_iteration_without_items_nulls_what_is_below_it() -> None:
    below = [columns("v=gender"), {"forEach": "telecom", **columns("v=value")}]
    rows = cells(columns("id"), {"forEachOrNull": "contact", "unionAll": below})
    assert rows == [("a", "male"), ("a", "c1"), ("a", "c2"), ("b", None), ("c", None)]


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["item"], ["1", "1.1", "1.2", "2"]),
        (["item", "answer.item"], ["1", "1.1", "1.1.1", "1.2", "2"]),
        (["jurisdiction"], []),
    ],
)
def test_a_repeat_follows_its_paths_to_the_end(paths: list[str], found: list[str]) -> None:
    select = {"repeat": paths, **columns("i=%rowIndex", "linkId")}
    rows = cells(columns("id"), select, resource="QuestionnaireResponse")
    assert rows == [("q", place, each) for place, each in enumerate(found)]


def test_a_repeat_goes_with_iterations() -> None:
    select = {"repeat": ["item"], "select": [
        columns("linkId"), {"forEachOrNull": "answer", **columns("a=value.ofType(string)")},
    ]}  # fmt: skip
    assert cells(select, resource="QuestionnaireResponse")[1] == ("1.1", "x")
    assert len(cells(select, resource="QuestionnaireResponse")) == 4


@pytest.mark.parametrize(
    ("paths", "ids"),
    [
        (["active"], ["a"]),
        (["active = false"], ["b"]),
        (["name.where(family = 'F3').empty()"], ["a", "c"]),
        (["name.exists()", "active"], ["a"]),
        ([], ["a", "b", "c"]),
    ],
)
def test_a_filter_keeps_what_all_its_paths_hold_of(paths: list[str], ids: list[str]) -> None:
    found = cells(columns("id"), where=[{"path": path} for path in paths])
    assert found == [(each,) for each in ids]


def test_a_filter_must_be_a_boolean() -> None:
    with pytest.raises(EvaluationError):
        cells(columns("id"), where=[{"path": "name.family.first()"}])


@pytest.mark.parametrize(
    ("constant", "path", "found"),
    [
        ({"valueCode": "old"}, "name.where(use = %x).family", "F2"),
        ({"valueInteger": 1}, "name[%x].family", "F2"),
        ({"valueBoolean": True}, "active = %x", True),
        ({"valueDate": "2020"}, "%x + 1 year", "2021"),
        ({"valueDecimal": 1.5}, "%x > 1.4", True),
        ({"valueTime": "10:00"}, "%x < @T11:00", True),
    ],
)
def test_a_constant_is_of_its_own_type(constant: Json, path: str, found: Json) -> None:
    constants = [{"name": "x", **constant}]
    assert cells(columns(f"v={path}"), constant=constants)[0] == (found,)


def test_keys_join_resources_and_references() -> None:
    assert cells(columns("k=getResourceKey()", "r=link.other.getReferenceKey()"))[0] == (
        "Patient/a",
        "Patient/a",
    )
    keys = columns("p=link.other.getReferenceKey(Patient)", "g=link.other.getReferenceKey(Group)")
    assert cells(keys)[0] == ("Patient/a", None)


def test_a_computed_number_is_what_the_resource_was_read_with() -> None:
    view = {"resource": "Observation", "select": [columns("v=value.ofType(Quantity).value * 2")]}
    (exact,) = run_view(view, [OBSERVATION])
    assert exact["v"] == Decimal("167.00")
    assert type(exact["v"]) is Decimal
    floats = {**OBSERVATION, "valueQuantity": {"value": 0.475}}
    (row,) = run_view(view, [floats])
    assert row["v"] == 0.95
    assert type(row["v"]) is float


@pytest.mark.parametrize(
    ("view", "place"),
    [
        ({}, "resource"),
        ([], ""),
        ({"resource": 1, "select": [columns("id")]}, "resource"),
        ({"select": [columns("id")]}, "resource"),
        ({"resource": "Patient"}, "select"),
        ({"resource": "Patient", "select": []}, "select"),
        ({"resource": "Patient", "select": columns("id")}, "select"),
        ({"resource": "Patient", "select": [{}]}, "select[0]"),
        (of({"forEach": "@@", **columns("id")}), "select[0].forEach"),
        (of({"forEach": 1, **columns("id")}), "select[0].forEach"),
        (of({"forEach": "name", "repeat": ["name"], **columns("id")}), "select[0]"),
        (of({"repeat": "name", **columns("id")}), "select[0].repeat"),
        (of({"repeat": ["@"], **columns("id")}), "select[0].repeat"),
        (of(columns("a-b=id")), "select[0].column[0].name"),
        (of(columns("id"), columns("id")), "select"),
        (of({"column": [{"name": "id"}]}), "select[0].column[0].path"),
        (of({"column": [column("id", collection="yes")]}), "select[0].column[0].collection"),
        (of(columns("x=nothere")), "select[0].column[0].path"),
        (of(columns("x=%nothere")), "select[0].column[0].path"),
        (of({"forEach": "name", **columns("x=birthDate")}), "select[0].column[0].path"),
        (of({"unionAll": [columns("a=id"), columns("b=id")]}), "select[0].unionAll"),
        (of(columns("id"), where=[{}]), "where[0].path"),
        (of(columns("id"), constant=[{"name": "x"}]), "constant[0]"),
        (of(columns("id"), constant=[CONCEPT]), "constant[0].valueCoding"),
    ],
)  # fmt: skip
def test_what_is_no_view_is_refused_before_a_row_is_made(view: Json, place: str) -> None:
    with pytest.raises(ViewError) as caught:
        run_view(view, iter(()))
    assert caught.value.place == place


def test_selects_that_are_too_deep_are_refused() -> None:
    select = columns("id")
    for _ in range(50):
        select = {"select": [select]}
    with pytest.raises(ViewError):
        run_view({"resource": "Patient", "select": [select]}, [])


def test_a_table_of_countless_rows_is_stopped() -> None:
    many = {"resourceType": "Patient", "name": [{"family": str(each)} for each in range(200)]}
    selects = [{"forEach": "name", **columns(f"{letter}=family")} for letter in "abcd"]
    with pytest.raises(EvaluationError):
        for _ in run_view({"resource": "Patient", "select": selects}, [many]):
            pass


@pytest.mark.parametrize("path", ["$this", "iif(true, $this)", "1"])
def test_a_repeat_that_never_ends_is_stopped(path: str) -> None:
    select = {"repeat": [path], **columns("a=1")}
    with pytest.raises(EvaluationError, match="repeat"):
        cells(select)


def naive(select: Json, focus: Json) -> Iterator[dict[str, Json]]:
    """Yield the rows of a select of plain members, the plain way: all parts, then their product."""
    for name in ("forEach", "forEachOrNull"):
        if name in select:
            items = focus.get(select[name], [])
            break
    else:
        name, items = "", [focus]
    if not items and name == "forEachOrNull":
        items = [{}]
    for item in items:
        parts = [[{each["name"]: item.get(each["path"]) for each in select.get("column", [])}]]
        parts += [list(naive(each, item)) for each in select.get("select", [])]
        if "unionAll" in select:
            parts.append([row for each in select["unionAll"] for row in naive(each, item)])
        for rows in product(*parts):
            yield {name: value for row in rows for name, value in row.items()}


ITERATIONS = st.sampled_from([{}, {"forEach": "extension"}, {"forEachOrNull": "extension"}])


@st.composite
def selects(draw: st.DrawFn, depth: int = 3) -> Json:
    """Draw a select over nested extensions; its columns are named by a number that is theirs."""
    select = dict(draw(ITERATIONS))
    select["column"] = [{"name": f"c{draw(st.uuids()).hex}", "path": "url" if select else "id"}]
    if depth and draw(st.booleans()):
        select["select"] = draw(st.lists(selects(depth - 1), min_size=1, max_size=2))
    return select


EXTENSIONS = st.recursive(
    st.fixed_dictionaries({"url": st.sampled_from("uvw")}),
    lambda inner: st.fixed_dictionaries(
        {"url": st.sampled_from("uvw"), "extension": st.lists(inner, min_size=1, max_size=3)}
    ),
    max_leaves=8,
)


@given(selects(), st.lists(EXTENSIONS, max_size=3))
def test_rows_are_those_of_a_plain_product(select: Json, extensions: list[Json]) -> None:
    patient = {"resourceType": "Patient", "id": "p", "extension": extensions}
    view = {"resource": "Patient", "select": [select]}
    assert list(run_view(view, [patient])) == list(naive({"select": [select]}, patient))


def test_the_person_of_these_tests_makes_a_table() -> None:
    view = {
        "resource": "Patient",
        "select": [{"forEach": "name", **columns("use", "family")}],
    }
    assert len(list(run_view(view, [PERSON]))) == 3
