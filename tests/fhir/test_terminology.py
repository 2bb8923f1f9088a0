"""Code systems and value sets, against a naive reading of the same definitions."""

import re
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.fhir import spec
from throughcare.fhir.packages import Definition, Package
from throughcare.fhir.terminology import Library, Terms, answers, expanding, translating
from throughcare.fhir.terminology.answers import Coding, Wish
from throughcare.fhir.terminology.library import of_r4
from throughcare.fhir.terminology.translating import Direction
from throughcare.kernel import BadInputError, NotFoundError, ThroughcareError, UnprocessableError

Json = Any
AT = datetime(2026, 11, 26, tzinfo=UTC)
CARS, TOWNS = "urn:cars", "urn:towns"

CAR_SYSTEM: Json = {
    "resourceType": "CodeSystem",
    "url": CARS,
    "name": "Cars",
    "version": "2",
    "content": "complete",
    "concept": [
        {
            "code": "car",
            "display": "Car",
            "property": [{"code": "notSelectable", "valueBoolean": True}],
            "concept": [
                {"code": "estate", "display": "Estate car", "designation": [{"value": "Wagon"}]},
                {
                    "code": "van",
                    "display": "Delivery van",
                    "property": [
                        {"code": "doors", "valueInteger": 4},
                        {"code": "inactive", "valueBoolean": True},
                    ],
                    "concept": [{"code": "camper", "display": "Camper van"}],
                },
            ],
        },
        {"code": "boat", "display": "Boat", "property": [{"code": "doors", "valueInteger": 0}]},
        {
            "code": "amphibian",
            "display": "Amphibian car",
            "property": [
                {"code": "subsumedBy", "valueCode": "car"},
                {"code": "subsumedBy", "valueCode": "boat"},
            ],
        },
    ],
}
PARENTS = {
    "car": set(),
    "estate": {"car"},
    "van": {"car"},
    "camper": {"car", "van"},
    "boat": set(),
    "amphibian": {"car", "boat"},
}
"""All that each code stands below: what the definition above comes to, by hand."""
TOWN_SYSTEM: Json = {
    "resourceType": "CodeSystem",
    "url": TOWNS,
    "content": "fragment",
    "caseSensitive": False,
    "concept": [{"code": "LS", "display": "Leeds"}, {"code": "BD", "display": "Bradford"}],
}
MAP: Json = {
    "resourceType": "ConceptMap",
    "url": "urn:map",
    "sourceUri": "urn:vs:cars",
    "targetUri": "urn:vs:towns",
    "group": [
        {
            "source": CARS,
            "target": TOWNS,
            "element": [
                {"code": "car", "target": [{"code": "LS", "equivalence": "wider"}]},
                {"code": "boat", "target": [{"equivalence": "unmatched"}]},
            ],
        }
    ],
}


def value_set(url: str, *include: Json, exclude: tuple[Json, ...] = (), **more: Json) -> Json:
    compose = {"include": list(include), "exclude": list(exclude)} | more
    return {"resourceType": "ValueSet", "url": url, "compose": compose}


def library(*resources: Json) -> Library:
    definitions = tuple(
        Definition(each["resourceType"], each["url"], "", orjson.dumps(each))
        for each in (CAR_SYSTEM, TOWN_SYSTEM, MAP, *resources)
    )
    return Library([Package("own", "1", "", "", definitions)])


def codes(made: Json, *others: Json) -> list[str]:
    return [code for _, code in expanding.listed(library(*others), made)]


def filtered(name: str, operator: str, value: str) -> Json:
    rule = {"property": name, "op": operator, "value": value}
    return {"system": CARS, "filter": [rule]}


@pytest.mark.parametrize(
    ("include", "found"),
    [
        ({"system": CARS}, ["car", "estate", "van", "camper", "boat", "amphibian"]),
        ({"system": CARS, "concept": [{"code": "boat"}, {"code": "new"}]}, ["boat", "new"]),
        (filtered("concept", "is-a", "van"), ["van", "camper"]),
        (filtered("concept", "descendent-of", "car"), ["estate", "van", "camper", "amphibian"]),
        (filtered("concept", "is-not-a", "car"), ["boat"]),
        (filtered("concept", "generalizes", "amphibian"), ["car", "boat", "amphibian"]),
        (filtered("concept", "in", "van,boat"), ["van", "boat"]),
        (filtered("concept", "not-in", "van,boat"), ["car", "estate", "camper", "amphibian"]),
        (filtered("code", "regex", "[bc]a.*"), ["car", "camper"]),
        (filtered("display", "=", "Boat"), ["boat"]),
        (filtered("doors", "=", "4"), ["van"]),
        (filtered("doors", "exists", "true"), ["van", "boat"]),
        (filtered("doors", "exists", "false"), ["car", "estate", "camper", "amphibian"]),
        (filtered("parent", "=", "car"), ["estate", "van", "amphibian"]),
        (filtered("child", "exists", "true"), ["car", "van", "boat"]),
        (filtered("notSelectable", "=", "true"), ["car"]),
        (filtered("inactive", "=", "true"), ["van"]),
    ],
)
def test_an_include_keeps_what_its_filters_say(include: Json, found: list[str]) -> None:
    assert codes(value_set("urn:vs", include)) == found


def test_filters_of_one_include_all_hold_and_includes_add_up() -> None:
    both = {
        "system": CARS,
        "filter": [
            {"property": "concept", "op": "is-a", "value": "car"},
            {"property": "concept", "op": "is-a", "value": "boat"},
        ],
    }
    assert codes(value_set("urn:vs", both)) == ["amphibian"]
    made = value_set("urn:vs", both, filtered("concept", "is-a", "van"))
    assert codes(made) == ["amphibian", "van", "camper"]


def test_value_sets_named_together_are_what_they_have_in_common() -> None:
    vans = value_set("urn:vs:vans", filtered("concept", "is-a", "van"))
    cars = value_set("urn:vs:cars", filtered("concept", "is-a", "car"))
    both = value_set("urn:vs", {"valueSet": ["urn:vs:cars", "urn:vs:vans|1"]})
    assert codes(both, vans, cars) == ["van", "camper"]
    with_system = value_set(
        "urn:vs", {"valueSet": ["urn:vs:cars"], "system": CARS, "concept": [{"code": "boat"}]}
    )
    assert codes(with_system, cars) == []


def test_what_is_excluded_or_inactive_is_left_out() -> None:
    everything = {"system": CARS}
    made = value_set("urn:vs", everything, exclude=(filtered("concept", "is-a", "car"),))
    assert codes(made) == ["boat"]
    assert "van" not in codes(value_set("urn:vs", everything, inactive=False))


def test_an_expansion_counts_where_there_is_no_definition() -> None:
    contains = [{"display": "Land", "contains": [{"system": CARS, "code": "car"}]}]
    made = {"resourceType": "ValueSet", "url": "urn:vs", "expansion": {"contains": contains}}
    assert codes(made) == ["car"]
    assert expanding.contains(library(), made, CARS, "car") is True
    assert expanding.contains(library(), made, CARS, "van") is False


@pytest.mark.parametrize(
    ("made", "error"),
    [
        (value_set("urn:vs", {"system": "urn:gone"}), NotFoundError),
        (value_set("urn:vs", {"system": TOWNS}), NotFoundError),
        (value_set("urn:vs", {"valueSet": ["urn:gone"]}), NotFoundError),
        (value_set("urn:vs", {"valueSet": ["urn:circle"]}), UnprocessableError),
        (value_set("urn:vs", filtered("code", "regex", "(")), BadInputError),
        (value_set("urn:vs", filtered("code", "like", "a")), BadInputError),
    ],
)
def test_what_can_not_be_listed_is_an_error_and_no_shorter_list(
    made: Json, error: type[ThroughcareError]
) -> None:
    circle = value_set("urn:circle", {"valueSet": ["urn:circle"]})
    with pytest.raises(error):
        expanding.listed(library(circle), made)


@pytest.mark.parametrize(
    ("include", "system", "code", "said"),
    [
        ({"system": "urn:gone"}, "urn:gone", "x", None),
        ({"system": "urn:gone"}, CARS, "car", False),
        ({"system": TOWNS}, TOWNS, "ls", True),
        ({"system": TOWNS}, TOWNS, "HX", None),
        ({"valueSet": ["urn:gone"]}, CARS, "car", None),
        ({"system": CARS}, None, "car", True),
        ({"system": CARS}, None, "plane", False),
    ],
)
def test_what_can_not_be_known_is_neither_true_nor_false(
    include: Json, system: str | None, code: str, *, said: bool | None
) -> None:
    assert expanding.contains(library(), value_set("urn:vs", include), system, code) is said


RULES = st.tuples(
    st.sampled_from(["is-a", "descendent-of", "is-not-a", "in", "not-in", "regex"]),
    st.sampled_from([*PARENTS, "plane"]),
)
PARTS = st.one_of(
    st.builds(lambda rules: ("filters", rules), st.lists(RULES, max_size=2)),
    st.builds(lambda names: ("codes", names), st.lists(st.sampled_from(list(PARENTS)), min_size=1)),
)


def naive(part: tuple[str, Json], code: str) -> bool:
    """Read a part as the standard does, for one code."""
    kind, said = part
    if kind == "codes":
        return code in said
    for operator, value in said:
        below = value in PARENTS[code]
        holds = {
            "is-a": below or code == value,
            "descendent-of": below,
            "is-not-a": not below and code != value,
            "in": code == value,
            "not-in": code != value,
            "regex": re.fullmatch(value, code) is not None,
        }[operator]
        if not holds:
            return False
    return True


def as_fhir(part: tuple[str, Json]) -> Json:
    kind, said = part
    if kind == "codes":
        return {"system": CARS, "concept": [{"code": code} for code in said]}
    rules = [{"property": "concept", "op": op, "value": value} for op, value in said]
    return {"system": CARS, "filter": rules}


@given(st.lists(PARTS, min_size=1, max_size=3), st.lists(PARTS, max_size=2))
def test_lists_and_members_are_those_of_a_naive_reading(
    include: list[tuple[str, Json]], exclude: list[tuple[str, Json]]
) -> None:
    made = value_set("urn:vs", *map(as_fhir, include), exclude=tuple(map(as_fhir, exclude)))
    known = library()
    wanted = {
        code
        for code in PARENTS
        if any(naive(part, code) for part in include)
        and not any(naive(part, code) for part in exclude)
    }
    assert {code for _, code in expanding.listed(known, made)} == wanted
    for code in (*PARENTS, "plane"):
        assert expanding.contains(known, made, CARS, code) is (code in wanted)


def test_r4_lists_what_its_elements_require() -> None:
    terms = Terms(Library())
    for url in spec.required_value_sets():
        codes_of = spec.value_set(url)
        if codes_of is not None:
            pairs = {(system, code) for system, known in codes_of.items() for code in known}
            assert terms.members(url) == pairs


def test_nearly_all_value_sets_of_r4_are_listed() -> None:
    known, count = Library(), 0
    for definition in of_r4().definitions:
        if definition.kind == "ValueSet":
            try:
                found = expanding.listed(known, definition.read())
            except (NotFoundError, UnprocessableError):
                continue
            count += 1
            for system, code in list(found)[:3]:
                assert expanding.contains(known, definition.read(), system, code) is True
    assert count > 1200


def test_search_asks_for_members_and_for_what_stands_above_and_below() -> None:
    terms = Terms(library(value_set("urn:vs", filtered("concept", "is-a", "van"))))
    assert terms.members("urn:vs") == {(CARS, "van"), (CARS, "camper")}
    assert terms.members("urn:gone") is None
    assert terms.below(CARS, "van") == {(CARS, "van"), (CARS, "camper")}
    assert terms.above(CARS, "camper") == {(CARS, "camper"), (CARS, "van"), (CARS, "car")}
    assert terms.above("urn:gone", "x") is None


def named(answer: Json) -> dict[str, Json]:
    """Return simple parameters by name."""
    found = {}
    for each in answer["parameter"]:
        found[each["name"]] = next((v for k, v in each.items() if k.startswith("value")), None)
    return found


def test_an_expansion_is_filtered_by_words_and_paged() -> None:
    made = value_set("urn:vs", {"system": CARS})

    def shown(**wish: Json) -> Json:
        return answers.expand(library(), made, Wish(**wish), AT)["expansion"]

    assert [each["code"] for each in shown(filter="CAR")["contains"]] == [
        "car",
        "estate",
        "amphibian",
    ]
    assert [each["code"] for each in shown(filter="wag")["contains"]] == ["estate"]
    page = shown(offset=2, count=2)
    assert (page["total"], page["offset"]) == (6, 2)
    assert [each["code"] for each in page["contains"]] == ["van", "camper"]
    assert shown(count=0)["total"] == 6
    assert shown(is_active_only=True)["total"] == 5
    assert {"system": CARS, "version": "2", "code": "van", "display": "Delivery van"} | {
        "inactive": True
    } in shown()["contains"]


def test_a_code_is_right_under_each_of_its_names() -> None:
    made = value_set("urn:vs", {"system": CARS})
    for display, result in (("", True), ("wagon", True), ("ESTATE CAR", True), ("Boat", False)):
        said = named(answers.member(library(), made, [Coding(CARS, "estate", display)]))
        assert (said["result"], said["display"]) == (result, "Estate car")
    wrong = named(answers.member(library(), made, [Coding(CARS, "plane")]))
    assert wrong["result"] is False
    several = [Coding("urn:x", "a"), Coding(CARS, "van")]
    assert named(answers.member(library(), made, several))["result"] is True
    with pytest.raises(NotFoundError):
        answers.member(library(), value_set("u", {"system": "urn:gone"}), [Coding("urn:gone", "x")])


def test_a_code_is_looked_up_with_what_its_system_says() -> None:
    table = library().system(CARS)
    assert table is not None
    said = answers.lookup(table, "van", [])["parameter"]
    assert {"name": "display", "valueString": "Delivery van"} in said
    properties = {
        (each["part"][0]["valueCode"], str(list(each["part"][1].values())[1]))
        for each in said
        if each["name"] == "property"
    }
    assert properties == {
        ("inactive", "True"),
        ("parent", "car"),
        ("child", "camper"),
        ("doors", "4"),
    }
    only = answers.lookup(table, "van", ["doors"])["parameter"]
    assert len([each for each in only if each["name"] == "property"]) == 1
    with pytest.raises(NotFoundError):
        answers.lookup(table, "plane", [])


@pytest.mark.parametrize(
    ("left", "right", "outcome"),
    [
        ("car", "car", "equivalent"),
        ("car", "camper", "subsumes"),
        ("amphibian", "boat", "subsumed-by"),
        ("boat", "car", "not-subsumed"),
    ],
)
def test_two_codes_stand_to_one_another(left: str, right: str, outcome: str) -> None:
    table = library().system(CARS)
    assert table is not None
    assert named(answers.subsumes(table, left, right)) == {"outcome": outcome}


def test_a_code_is_translated_both_ways() -> None:
    def said(coding: Coding, direction: Direction) -> Json:
        return translating.translate([MAP], [coding], direction)

    there = said(Coding(CARS, "car"), Direction(target="urn:vs:towns"))
    assert named(there)["result"] is True
    match = there["parameter"][1]["part"]
    assert match[0] == {"name": "equivalence", "valueCode": "wider"}
    assert match[1] == {"name": "concept", "valueCoding": {"system": TOWNS, "code": "LS"}}
    back = said(Coding(TOWNS, "LS"), Direction(is_reversed=True))
    assert back["parameter"][1]["part"][0]["valueCode"] == "narrower"
    assert named(said(Coding(CARS, "boat"), Direction()))["result"] is False
    assert named(said(Coding(CARS, "van"), Direction()))["result"] is False
    assert named(said(Coding(CARS, "car"), Direction(target="urn:other")))["result"] is False
    assert named(said(Coding(CARS, "car"), Direction(system="urn:other")))["result"] is False
