"""What settles an invariant before its FHIRPath is asked: never what the FHIRPath would deny."""

import copy
from collections.abc import Iterator
from functools import cache
from random import Random  # noqa: TID251 - seeded by the test
from typing import Any

import pytest

from api.hl7_examples import examples
from fhir.path.person import FORM, OBSERVATION, PERSON
from fhir.path.test_conditions import elements
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import narrative, proofs, spec
from throughcare.fhir.path import ExpressionError, settled, shortcuts
from throughcare.fhir.path.conditions import Condition, full_condition
from throughcare.fhir.path.kinds import Kind
from throughcare.fhir.path.syntax import Tree, parsed

Json = Any
SEED = 20260102
LARGEST = 30_000
TYPES = frozenset({"StructureDefinition", "CodeSystem", "ValueSet", "Bundle", "SearchParameter"})


@cache
def invariants_of(kind: Kind) -> tuple[tuple[str, Tree, Condition], ...]:
    """Return the invariants of an element: key, expression and the FHIRPath itself."""
    owner, _, path = kind.path.partition(".")
    if kind.is_primitive or not owner:
        return ()
    found = []
    for key in spec.structure(owner).elements[path].constraints:
        expression = spec.constraint(key).expression
        try:
            found.append((key, parsed(expression), full_condition(expression, kind)))
        except ExpressionError:
            continue
    return tuple(found)


def wrongly_settled(resource: Json) -> list[str]:
    wrong = []
    for node in elements(resource):
        for key, tree, holds in invariants_of(node.kind):
            value, proof = node.value, proofs.PROOFS.get(key)
            ask = shortcuts.question(tree, node.kind)
            says = [
                settled.holds(tree, node.kind, value.keys()),
                proof is not None and proof(value, resource),
                ask is not None and ask(value) is not False,
            ]
            is_true = (any(says) or ask is not None) and holds(value, resource)
            if not is_true and any(says):
                wrong.append(f"{key} of {node.kind.path}")
            if is_true and ask is not None and not says[2]:
                wrong.append(f"{key} of {node.kind.path} by its short way")
    return wrong


def objects(value: Json) -> Iterator[dict[str, Json]]:
    """Yield every object of a resource."""
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value:
        if isinstance(child, dict | list):
            yield from objects(child)


def changed(resource: Json, chance: Random) -> Json:
    """Return a resource with a member left out, a text changed, or an item that stands twice."""
    mutant = copy.deepcopy(resource)
    for _ in range(chance.randint(1, 4)):
        holder = chance.choice(list(objects(mutant)))
        names = [name for name in holder if name not in {"resourceType", "contained"}]
        if not names:
            continue
        name = chance.choice(names)
        value = holder[name]
        if isinstance(value, list) and chance.random() < 0.7:
            value.append(copy.deepcopy(chance.choice(value)))
        elif isinstance(value, str) and chance.random() < 0.7:
            holder[name] = chance.choice(["a.b", "x", value + ".", "5", "*", "http://hl7.org/fhir"])
        elif len(holder) > 1:
            del holder[name]
    return mutant


def test_nothing_is_settled_that_the_language_denies() -> None:
    chance = Random(SEED)  # noqa: S311 - no secret
    resources = [PERSON, OBSERVATION, FORM]
    of_types = dict.fromkeys(TYPES, 0)
    for _, text in examples(LARGEST):
        resource = fhir_bytes.parse(text)
        name = resource.get("resourceType", "")
        of_types[name] = of_types.get(name, 0) + 1
        if of_types[name] <= (12 if name in TYPES else 1):
            resources.append(resource)
    assert len(resources) > 150
    for resource in resources:
        for number in range(3):
            made = changed(resource, chance) if number else resource
            assert not wrongly_settled(made)


def test_each_proof_is_found_and_fails() -> None:
    definition = {"type": "Flag", "kind": "resource"}
    paths = [{"path": "Flag"}, {"path": "Flag.code"}]
    good: dict[str, tuple[Json, Json]] = {
        "csd-1": ({"concept": [{"code": "a", "concept": [{"code": "b"}]}]}, None),
        "eld-2": ({"min": 1, "max": "2"}, None),
        "eld-3": ("12", None),
        "sdf-8": ({"element": paths}, definition),
        "sdf-8a": ({"element": paths}, definition),
        "sdf-9": ({"snapshot": {"element": [*paths, {"path": "Flag.x", "label": "x"}]}}, None),
    }
    bad: dict[str, tuple[Json, Json]] = {
        "csd-1": ({"concept": [{"code": "a", "concept": [{"code": "a"}]}]}, None),
        "eld-2": ({"min": 3, "max": "2"}, None),
        "eld-3": ("many", None),
        "sdf-8": ({"element": [*paths, {"path": "Flagon.x"}]}, definition),
        "sdf-8a": ({"element": [*paths, {"path": "Flagon"}]}, definition),
        "sdf-9": ({"differential": {"element": [{"path": "Flag", "label": "x"}]}}, None),
    }
    assert good.keys() == bad.keys() == proofs.PROOFS.keys()
    for key, proof in proofs.PROOFS.items():
        assert proof(*good[key])
        assert not proof(*bad[key])
    for key in ("sdf-8", "sdf-8a"):
        assert not proofs.PROOFS[key]({"element": paths}, {"type": "Basic", "kind": "resource"})
        assert proofs.PROOFS[key]({"element": paths}, {"type": "Basic", "kind": "logical"})


HEAD = f'<div xmlns="{narrative.NAMESPACE}">'


@pytest.mark.parametrize(
    ("inside", "is_right"),
    [
        ("<p>Seen</p>", True),
        ('<p class="a > b">Seen</p>', True),
        ('<a href="https://a/?b=1&amp;c=2" title="x: y">Seen</a>', True),
        ('<a href="mailto:a@example.org">Seen</a>', True),
        ('<img src="data: image/png;base64,AAAA"/>', True),
        ("<br/>" * 200 + "Seen", True),
        ("<p>&#160;</p>", False),
        ("<p> </p>", False),
        ("<p/>", False),
        ("<p>Seen</b>", False),
        ("<p>Seen", False),
        ("<P>Seen</P>", False),
        ("<script>Seen</script>", False),
        ('<p onclick="x">Seen</p>', False),
        ('<p class="a" class="b">Seen</p>', False),
        ('<p class="<">Seen</p>', False),
        ('<a href="javascript:x()">Seen</a>', False),
        ('<a href=" java\nscript:x()">Seen</a>', False),
        ('<a href="&#106;avascript:x()">Seen</a>', False),
        ('<a href="data:text/html,x">Seen</a>', False),
        ('<a href="da ta:text/html,x">Seen</a>', False),
        ('<p xmlns="http://a">Seen</p>', False),
        ('<x:p xmlns:x="http://www.w3.org/1999/xhtml">Seen</x:p>', True),
        ("<p>&nbsp;Seen</p>", False),
        ("<p>Se\ud800en</p>", False),
        ("<p>Se\0en</p>", False),
        ("<!-- a comment --><p>Seen</p>", True),
        ("<![CDATA[<p>]]>", True),
        ("<p>" * 120 + "Seen" + "</p>" * 120, False),
        ("<p>" * 99 + "Seen" + "</p>" * 99, True),
        ("<p>" * 99 + "Seen<br/>" + "</p>" * 99, False),
    ],
)
def test_a_narrative_is_judged_by_its_tags_as_event_by_event(
    inside: str,
    is_right: bool,  # noqa: FBT001 - a column
) -> None:
    text = f"{HEAD}{inside}</div>"
    slowly = narrative.first_fault(text)
    assert (narrative.fault(text) is None) == (slowly is None) == is_right
    assert not narrative.is_plain(text) or slowly is None


def test_the_narratives_of_hl7_are_judged_the_same_both_ways() -> None:
    plain = 0
    for number, (_, text) in enumerate(examples(LARGEST)):
        if number % 8:
            continue
        said = fhir_bytes.parse(text).get("text")
        if isinstance(said, dict) and narrative.is_plain(said.get("div", "")):
            plain += 1
            assert narrative.first_fault(said["div"]) is None
    assert plain > 200
