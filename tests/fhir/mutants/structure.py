"""Mutants whose members or their values are not those of their type."""

from collections.abc import Mapping
from random import Random  # noqa: TID251 - seeded by whoever draws

from fhir.mutants.drawing import Json, elements, kind, members, objects, primitives
from throughcare.fhir import spec

# Structure


@kind
def unknown_member(resource: Json, chance: Random) -> bool:
    chance.choice(list(objects(resource)))["colour"] = "red"
    return True


@kind
def misspelt_member(resource: Json, chance: Random) -> bool:
    here = chance.choice(list(objects(resource)))
    names = [name for name in here if name != "resourceType"]
    if not names:
        return False
    name = chance.choice(names)
    here[name + "s" if not name.endswith("s") else name + "x"] = here.pop(name)
    return True


@kind
def required_member_gone(resource: Json, chance: Random) -> bool:
    spots = members(
        resource, lambda element, here: element.min > 0 and element.name in here and len(here) > 1
    )
    if not spots:
        return False
    here, element = chance.choice(spots)
    del here[element.name]
    return True


@kind
def list_as_single(resource: Json, chance: Random) -> bool:
    spots = [(here, k) for here in objects(resource) for k, v in here.items() if type(v) is list]
    if not spots:
        return False
    here, name = chance.choice(spots)
    here[name] = here[name][0]
    return True


@kind
def single_as_list(resource: Json, chance: Random) -> bool:
    spots = members(
        resource,
        lambda element, here: element.max == 1 and not element.is_choice and element.name in here,
    )
    if not spots:
        return False
    here, element = chance.choice(spots)
    here[element.name] = [here[element.name]]
    return True


@kind
def empty_list(resource: Json, chance: Random) -> bool:
    spots = [(here, k) for here in objects(resource) for k, v in here.items() if type(v) is list]
    if not spots:
        return False
    here, name = chance.choice(spots)
    here[name] = []
    return True


@kind
def empty_object(resource: Json, chance: Random) -> bool:
    inner = list(objects(resource))[1:]
    if not inner:
        return False
    chance.choice(inner).clear()
    return True


@kind
def object_with_an_id_alone(resource: Json, chance: Random) -> bool:
    inner = [each for _, _, each in elements(resource) if "resourceType" not in each]
    if not inner:
        return False
    here = chance.choice(inner)
    here.clear()
    here["id"] = "a"
    return True


@kind
def null_member(resource: Json, chance: Random) -> bool:
    here = chance.choice(list(objects(resource)))
    here[chance.choice(list(here))] = None
    return True


@kind
def null_in_a_list_of_objects(resource: Json, chance: Random) -> bool:
    spots = [
        value
        for here in objects(resource)
        for value in here.values()
        if type(value) is list and type(value[0]) is dict
    ]
    if not spots:
        return False
    chance.choice(spots).append(None)
    return True


@kind
def null_without_extension(resource: Json, chance: Random) -> bool:
    spots = [
        value
        for here in objects(resource)
        for name, value in here.items()
        if type(value) is list and type(value[0]) is str and f"_{name}" not in here
    ]
    if not spots:
        return False
    chance.choice(spots).append(None)
    return True


@kind
def object_as_text(resource: Json, chance: Random) -> bool:
    spots = [(here, k) for here in objects(resource) for k, v in here.items() if type(v) is dict]
    if not spots:
        return False
    here, name = chance.choice(spots)
    here[name] = "text"
    return True


@kind
def two_of_a_choice(resource: Json, chance: Random) -> bool:
    def has_one(element: spec.Element, here: dict[str, Json]) -> bool:
        return element.is_choice and any(member in here for member, _ in element.members())

    spots = members(resource, has_one)
    if not spots:
        return False
    here, element = chance.choice(spots)
    other = [name for name, type_ in element.members() if name not in here and type_ in _VALUES]
    if not other:
        return False
    name = chance.choice(other)
    here[name] = _VALUES[dict(element.members())[name]]
    return True


_VALUES: Mapping[str, Json] = {
    "boolean": True,
    "string": "x",
    "dateTime": "2020-01-01",
    "integer": 3,
    "CodeableConcept": {"text": "x"},
    "Period": {"start": "2020-01-01"},
    "Quantity": {"value": 1},
    "Age": {"value": 1},
    "Reference": {"display": "x"},
}


@kind
def choice_of_a_wrong_type(resource: Json, chance: Random) -> bool:
    def has_one(element: spec.Element, here: dict[str, Json]) -> bool:
        return element.is_choice and any(member in here for member, _ in element.members())

    spots = [spot for spot in members(resource, has_one) if "Money" not in spot[1].types]
    if not spots:
        return False
    here, element = chance.choice(spots)
    for member, _ in element.members():
        here.pop(member, None)
    here[f"{element.name}Money"] = {"value": 3, "currency": "GBP"}
    return True


@kind
def choice_without_its_type(resource: Json, chance: Random) -> bool:
    def has_one(element: spec.Element, here: dict[str, Json]) -> bool:
        return element.is_choice and any(member in here for member, _ in element.members())

    spots = members(resource, has_one)
    if not spots:
        return False
    here, element = chance.choice(spots)
    for member, _ in element.members():
        if member in here:
            here[element.name] = here.pop(member)
    return True


@kind
def sibling_of_an_object(resource: Json, chance: Random) -> bool:
    spots = [
        (here, element.name)
        for here, element in members(
            resource, lambda element, here: type(here.get(element.name)) in {dict, list}
        )
        if element.types and element.types[0][0].isupper()
    ]
    if not spots:
        return False
    here, name = chance.choice(spots)
    here[f"_{name}"] = {"extension": [{"url": "urn:x", "valueString": "x"}]}
    return True


@kind
def sibling_that_says_nothing(resource: Json, chance: Random) -> bool:
    spots = primitives(resource, "string", "code", "dateTime", "date", "boolean", "uri")
    spots = [each for each in spots if type(each[0][1]) is str]
    if not spots:
        return False
    (here, name), _ = chance.choice(spots)
    del here[name]
    here[f"_{name}"] = {"id": "a"}
    return True


@kind
def unknown_resource_type(resource: Json, chance: Random) -> bool:
    typed = [each for each in objects(resource) if "resourceType" in each]
    chance.choice(typed)["resourceType"] = chance.choice(["Dragon", "patient", "", "Resource"])
    return True
