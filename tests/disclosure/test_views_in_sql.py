"""Views answered by DuckDB: the rows of the Python way, or a refusal that names the place."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir.path.person import OBSERVATION, PERSON
from throughcare.disclosure.exporting import duck
from throughcare.disclosure.exporting.duck import Duck
from throughcare.fhir import run_view
from throughcare.fhir.path import EvaluationError
from throughcare.fhir.tables.sql import NotInSqlError, line_of, statement_of
from throughcare.kernel import BadInputError

Json = Any
PLAIN = {
    name: value
    for name, value in PERSON.items()
    if name not in {"telecom", "contained", "_birthDate"}
} | {"telecom": PERSON["telecom"][:2], "birthDate": "1974-12-25"}


def column(name: str, path: str, **more: Json) -> Json:
    return {"name": name, "path": path, **more}


def columns(*paths: str) -> Json:
    return {"column": [column(f"c{at}", path) for at, path in enumerate(paths)]}


def view(*selects: Json, resource: str = "Patient", **more: Json) -> Json:
    return {"resource": resource, "select": list(selects), **more}


def in_python(definition: Json, resource: Json) -> list[Json] | None:
    """Return the rows of the Python way; None where it can't answer."""
    try:
        return list(run_view(definition, [resource]))
    except EvaluationError:
        return None


def in_sql(definition: Json, *resources: Json) -> list[list[Json] | None]:
    return Duck(statement_of(definition)).rows(resources, 60)


def are_same(definition: Json, *resources: Json) -> None:
    expected = [in_python(definition, each) for each in resources]
    found = in_sql(definition, *resources)
    if None in expected:
        assert found == [None] * len(resources)
    else:
        assert found == expected


@pytest.mark.parametrize(
    "path",
    [
        "id",
        "getResourceKey()",
        "active",
        "active.not()",
        "active = true and gender != 'male'",
        "active = {} or gender = 'female'",
        "name[1].given",
        "name.first().given.join(', ')",
        "name.last().family",
        "name.where(use = 'maiden' and family.exists()).family",
        "name.where(use = 'nothing').family",
        "name.given.count()",
        "name.given.exists($this = 'Ngozi')",
        "name.all(family.exists())",
        "name.select(family).join()",
        "photo.empty()",
        "photo.title.join(',')",
        "Patient.gender",
        "%resource.name.first().family = 'Okafor'",
        "extension('http://example.org/eyes').value.ofType(code)",
        "extension('http://example.org/age').value.ofType(Age).value > 51.99",
        "extension('it''s \"nothing\"').exists()",
        "deceased.ofType(boolean)",
        "deceased",
        "multipleBirth.ofType(integer) = 2",
        "multipleBirth.ofType(integer) >= 2.5",
        "multipleBirth.ofType(boolean).exists()",
        "generalPractitioner.getReferenceKey(Practitioner)",
        "generalPractitioner.getReferenceKey('Organization')",
        "managingOrganization.getReferenceKey()",
        "generalPractitioner[1].getReferenceKey()",
        "name.family < 'P'",
        "name.first().family < 'P'",
        "name.family",
        "name.given = name.given",
        "telecom.where(rank = 1).value",
        "telecom.where(rank < 2 or system = 'email').value",
        "name.first()",
        "'it''s'",
        "-1",
        "%rowIndex",
        "telecom.where(rank).count()",
        "name.where(given).exists()",
    ],
)
def test_a_path_in_sql_gives_what_it_gives_in_python(path: str) -> None:
    path = path.replace("''", "\\'")
    are_same(view(columns(path)), PLAIN)
    are_same(view(columns(path)), {"resourceType": "Patient"})


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("value.ofType(Quantity).value", Decimal("83.50")),
        ("value", OBSERVATION["valueQuantity"]),
        ("value.ofType(Quantity).value = 83.5", True),
        ("value.ofType(string)", None),
        ("component.where(value.ofType(integer) = 3).code.text", "b"),
        ("component.value.ofType(string)", "high"),
        ("effective.ofType(dateTime)", "2026-02-03T10:20:30+01:00"),
    ],
)
def test_choices_and_decimals_are_those_of_the_resource(path: str, found: Json) -> None:
    definition = view(columns(path), resource="Observation")
    assert in_sql(definition, OBSERVATION) == [[{"c0": found}]]
    assert str(in_sql(definition, OBSERVATION)[0]) == str([{"c0": found}])
    are_same(definition, OBSERVATION)


NESTED = {"forEach": "name", **columns("use"), "select": [
    {"forEachOrNull": "given", "column": [column("g", "$this"), column("i", "%rowIndex")]},
]}  # fmt: skip
BRANCHES = {"unionAll": [
    {"forEach": "telecom", "column": [column("v", "value")]},
    {"unionAll": [{"column": [column("v", "gender")]}, {"column": [column("v", "id")]}]},
]}  # fmt: skip


@pytest.mark.parametrize(
    "definition",
    [
        view(NESTED),
        view(columns("id"), {**NESTED, "column": [column("u", "use")]}, BRANCHES),
        view({"forEachOrNull": "photo", "column": [column("t", "title"), column("x", "'x'")]}),
        view({"forEach": "photo", **columns("title")}),
        view(columns("id"), where=[{"path": "active"}, {"path": "name.exists()"}]),
        view(columns("id"), where=[{"path": "active = false"}]),
        view({"column": [column("g", "name.given", collection=True)]}),
        view(
            columns("name.where(use = %x).family", "%n > 1", "%d <= 1.5", "active = %b"),
            constant=[
                {"name": "x", "valueCode": "official"},
                {"name": "n", "valueInteger": 2},
                {"name": "d", "valueDecimal": Decimal("1.50")},
                {"name": "b", "valueBoolean": True},
            ],
        ),
    ],
)
def test_selects_in_sql_give_the_rows_of_the_python_way(definition: Json) -> None:
    others: list[Json] = [{"resourceType": "Patient", "id": "b"}, OBSERVATION]
    are_same(definition, *others, PLAIN, *others)


@pytest.mark.parametrize(
    "more",
    [
        {"birthDate": None, "_birthDate": {"extension": [{"url": "u", "valueString": "asked"}]}},
        {"nothing": 1},
        {"name": {"family": "alone"}},
        {"active": "true"},
        {"name": [{"given": [None], "_given": [{"id": "x"}]}]},
        {"multipleBirthInteger": 10**30},
        {"gender": "\x1amark"},
        {"gender": "\0"},
        {"contained": [{"resourceType": "Nothing"}]},
    ],
)
def test_a_resource_that_sql_would_see_otherwise_is_left_to_python(more: Json) -> None:
    resource = {**PLAIN, **more}
    assert line_of(resource) is None
    assert in_sql(view(columns("id")), resource, PLAIN) == [None, [{"c0": "p1"}]]


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        (view(columns("birthDate > @1970")), "select[0].column[0].path"),
        (view(columns("id", "name.given | name.family")), "select[0].column[1].path"),
        (view(columns("contained.id")), "select[0].column[0].path"),
        (view(columns("multipleBirth.ofType(integer) + 1")), "select[0].column[0].path"),
        (view(columns("birthDate.extension('u').exists()")), "select[0].column[0].path"),
        (view(columns("birthDate.lowBoundary()")), "select[0].column[0].path"),
        (view(columns("1.50")), "select[0].column[0].path"),
        (view({"repeat": ["contact"], **columns("gender")}), "select[0].repeat"),
        (view({"forEach": "name.children()", **columns("id")}), "select[0].forEach"),
        (view(columns("id"), where=[{"path": "gender"}]), "where[0].path"),
        (view(columns("id"), resource="Nothing"), "resource"),
    ],
)
def test_what_sql_can_not_do_is_refused_with_its_place_and_the_way_out(
    definition: Json, place: str
) -> None:
    with pytest.raises(NotInSqlError) as caught:
        statement_of(definition)
    assert caught.value.place == place


SIDES = [{"forEach": "name", "column": [column(f"s{at}", "family")]} for at in range(3)]


def test_rows_that_multiply_beyond_all_bounds_are_left_to_python() -> None:
    many = {"resourceType": "Patient", "name": [{"family": "x"}] * 47}
    assert in_sql(view(*SIDES), many) == [None]
    some = {"resourceType": "Patient", "name": [{"family": "x"}] * 46}
    assert in_sql(view(*SIDES), some) == [[{"s0": "x", "s1": "x", "s2": "x"}] * 46**3]
    assert in_sql(view(*SIDES), some, some) == [None, None]


def test_what_takes_too_long_is_stopped_and_left_to_python() -> None:
    many = [{"resourceType": "Patient", "name": [{"family": "x"}] * 10}] * 100
    assert Duck(statement_of(view(*SIDES))).rows(many, 0.0) == [None] * 100


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO 'never.csv'",
        "ATTACH 'never.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ],
)
def test_the_database_reaches_nothing_outside(statement: str) -> None:
    with duck.opened() as database, pytest.raises(duck.module().Error):
        database.execute(statement)


def test_without_duckdb_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(BadInputError, match="throughcare\\[bulk\\]"):
        Duck(statement_of(view(columns("id"))))


TEXTS = st.sampled_from(["a", "b", "é", "'", '"', "\\", "a b", ""])
NAMES = st.fixed_dictionaries(
    {},
    optional={
        "use": st.sampled_from(["official", "old"]),
        "family": TEXTS,
        "given": st.lists(TEXTS, min_size=1, max_size=3),
    },
)
PATIENTS = st.fixed_dictionaries(
    {"resourceType": st.just("Patient")},
    optional={
        "id": st.sampled_from(["p", "q"]),
        "active": st.booleans(),
        "gender": st.sampled_from(["male", "female"]),
        "name": st.lists(NAMES, max_size=3),
        "telecom": st.lists(
            st.fixed_dictionaries({}, optional={"rank": st.integers(1, 3), "value": TEXTS}),
            max_size=3,
        ),
        "multipleBirthInteger": st.integers(0, 3),
    },
)
TRUTHS = st.sampled_from(
    [
        "active",
        "name.exists()",
        "gender = 'male'",
        "name.family = 'a'",
        "telecom.where(rank > 1).exists()",
        "name.given.count() >= 2",
        "multipleBirth.ofType(integer) != 1",
        "name.where(given = 'a').exists()",
    ]
)
CRITERIA = st.recursive(
    TRUTHS,
    lambda inner: (
        st.builds("({} and {})".format, inner, inner)
        | st.builds("({} or {})".format, inner, inner)
        | st.builds("({}).not()".format, inner)
    ),
    max_leaves=3,
)
FAILS_WITH_SEVERAL = st.just("telecom.rank > 1")
"""Never beside `and` or `or`: FHIRPath leaves open whether they look at both sides (6.5)."""
OF_PATIENT = st.sampled_from(
    ["id", "active", "name.first().family", "name.given.join('-')", "telecom.value", "%rowIndex"]
) | CRITERIA | FAILS_WITH_SEVERAL  # fmt: skip
OF_NAME = st.sampled_from(
    ["family", "use", "given.first()", "given", "given.exists($this = 'a')", "%rowIndex"]
)


@st.composite
def selects(draw: st.DrawFn, paths: st.SearchStrategy[str], depth: int = 2) -> Json:
    """Draw a select over a Patient, or over one of its names, with columns of names of its own."""
    select: Json = {}
    if paths is OF_PATIENT and draw(st.booleans()):
        select[draw(st.sampled_from(["forEach", "forEachOrNull"]))] = "name"
        paths = OF_NAME
    select["column"] = [
        column(f"c{draw(st.uuids()).hex}", path, collection=draw(st.booleans()))
        for path in draw(st.lists(paths, min_size=1, max_size=2))
    ]
    if depth and draw(st.booleans()):
        select["select"] = draw(st.lists(selects(paths, depth - 1), min_size=1, max_size=2))
    return select


@settings(max_examples=60, deadline=None)
@given(
    selects(OF_PATIENT),
    st.lists(CRITERIA | FAILS_WITH_SEVERAL, max_size=1),
    st.lists(PATIENTS, max_size=3),
)
def test_any_view_in_sql_gives_the_rows_of_the_python_way(
    select: Json, criteria: list[str], patients: list[Json]
) -> None:
    are_same(view(select, where=[{"path": path} for path in criteria]), *patients)


def test_a_path_inside_itself_is_refused_before_its_sql_grows() -> None:
    path = "active"
    for _ in range(40):
        path = f"({path} = true)"
    with pytest.raises(NotInSqlError, match="path of so many steps"):
        statement_of(view(columns(path)))


def test_a_view_of_many_long_paths_is_refused() -> None:
    long = "(((active = true) = true) = true)"
    with pytest.raises(NotInSqlError, match="view of so many steps"):
        statement_of(view({"column": [column(f"c{number}", long) for number in range(200)]}))
