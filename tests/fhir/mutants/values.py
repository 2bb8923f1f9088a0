"""Mutants whose primitives and codes are none."""

from decimal import Decimal
from random import Random  # noqa: TID251 - seeded by whoever draws

from fhir.mutants.drawing import Json, kind, members, primitives, put
from throughcare.fhir import spec

# Primitives


@kind
def number_as_text(resource: Json, chance: Random) -> bool:
    types = ("decimal", "integer", "positiveInt", "unsignedInt")
    return put(resource, chance, "5", *types)


@kind
def text_as_number(resource: Json, chance: Random) -> bool:
    return put(resource, chance, 5, "string", "code", "uri", "dateTime", "date", "instant", "id")


@kind
def boolean_as_text(resource: Json, chance: Random) -> bool:
    return put(resource, chance, chance.choice(["true", 1, "False"]), "boolean")


@kind
def whole_number_with_a_fraction(resource: Json, chance: Random) -> bool:
    types = ("integer", "positiveInt", "unsignedInt")
    return put(resource, chance, Decimal(chance.choice(["1.5", "2.0", "1E3"])), *types)


@kind
def whole_number_out_of_range(resource: Json, chance: Random) -> bool:
    spots = primitives(resource, "integer", "positiveInt", "unsignedInt")
    if not spots:
        return False
    (holder, place), type_ = chance.choice(spots)
    low = {"integer": -(2**31) - 1, "positiveInt": 0, "unsignedInt": -1}[type_]
    holder[place] = chance.choice([low, 2**31])
    return True


@kind
def date_that_does_not_exist(resource: Json, chance: Random) -> bool:
    day = chance.choice(["2021-02-29", "2021-04-31", "2021-13-01", "2021-00-10", "2021-11-31"])
    return put(resource, chance, day, "date", "dateTime")


@kind
def date_of_another_form(resource: Json, chance: Random) -> bool:
    day = chance.choice(["01/02/2021", "20210201", "2021-2-1", "2021-02-01 ", "21-02-01", "now"])
    return put(resource, chance, day, "date", "dateTime", "instant")


@kind
def time_without_its_zone(resource: Json, chance: Random) -> bool:
    return put(resource, chance, "2021-02-01T10:00:00", "dateTime", "instant")


@kind
def time_that_does_not_exist(resource: Json, chance: Random) -> bool:
    clock = chance.choice(["25:00:00Z", "10:61:00Z", "10:00:61Z", "10:00Z", "10:00:00+15:00"])
    return put(resource, chance, f"2021-02-01T{clock}", "dateTime", "instant")


@kind
def moment_without_its_time(resource: Json, chance: Random) -> bool:
    return put(resource, chance, chance.choice(["2021-02-01", "2021", "2021-02"]), "instant")


@kind
def id_of_another_form(resource: Json, chance: Random) -> bool:
    resource["id"] = chance.choice(["a b", "a" * 65, "", "a_b", "ä", "a/b"])
    return True


@kind
def address_with_white_space(resource: Json, chance: Random) -> bool:
    return put(resource, chance, "http://a b", "uri", "url", "canonical")


@kind
def code_with_odd_white_space(resource: Json, chance: Random) -> bool:
    return put(resource, chance, chance.choice([" a", "a ", "a  b", "a\nb", ""]), "code")


@kind
def empty_text(resource: Json, chance: Random) -> bool:
    return put(resource, chance, "", "string", "uri", "markdown", "code", "dateTime")


@kind
def text_with_a_control_character(resource: Json, chance: Random) -> bool:
    return put(resource, chance, "a" + chance.choice("\0\x07\x1b\x0b") + "b", "string", "markdown")


@kind
def binary_of_another_form(resource: Json, chance: Random) -> bool:
    resource["extension"] = [
        {"url": "urn:x", "valueBase64Binary": chance.choice(["a", "!!!!", "QUJ", "", "QUJD="])}
    ]
    return True


# Codes


@kind
def code_of_no_value_set(resource: Json, chance: Random) -> bool:
    spots = [
        here_element
        for here_element in members(
            resource, lambda element, here: bool(element.required) and element.name in here
        )
        if here_element[1].types == ("code",)
    ]
    if not spots:
        return False
    here, element = chance.choice(spots)
    here[element.name] = ["no-such"] if element.max != 1 else "no-such"
    return True


@kind
def code_in_another_case(resource: Json, chance: Random) -> bool:
    spots = [
        (here, element)
        for here, element in members(
            resource,
            lambda element, here: bool(element.required) and type(here.get(element.name)) is str,
        )
        if here[element.name].islower()
        and element.types == ("code",)
        and spec.value_set(element.required) is not None
    ]
    if not spots:
        return False
    here, element = chance.choice(spots)
    here[element.name] = here[element.name].upper()
    return True


@kind
def concept_of_no_value_set(resource: Json, chance: Random) -> bool:
    spots = [
        here_element
        for here_element in members(
            resource, lambda element, here: bool(element.required) and element.name in here
        )
        if here_element[1].types == ("CodeableConcept",)
        and spec.value_set(here_element[1].required) is not None
    ]
    if not spots:
        return False
    here, element = chance.choice(spots)
    wrong = {"coding": [{"system": "http://loinc.org", "code": "8302-2"}]}
    here[element.name] = [wrong] if element.max != 1 else wrong
    return True
