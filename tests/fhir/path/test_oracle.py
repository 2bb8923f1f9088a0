"""FHIRPath beside a library, where the library is right."""

import json
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import orjson
import pytest

from fhir.path.person import FORM, OBSERVATION, PERSON
from throughcare.fhir.answers import evaluate

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import fhirpathpy
    from fhirpathpy.models import models

Texts = Callable[..., Iterator[bytes]]

ANYWHERE = """id
meta.lastUpdated
identifier.value
descendants().coding.where(system = 'http://loinc.org').code
extension.url
text.status
contained.id"""
OF_PERSONS = """name.given
name.where(use = 'official').family
name.select(family & '!')
name.given.first()
name.skip(1).given
name.given.distinct()
telecom.where(system = 'phone').value
telecom.exists(use = 'home')
birthDate
gender in ('male' | 'female')
name.given.count() + name.family.count()
name.first().given.join(' ').length()
name.family.first().substring(1, 2).upper()
name.all(given.exists())
iif(gender = 'female', 'f', 'm')
(name.given | name.family).count()
name.given.combine(name.family).count()
name.given.exclude('Ada')
name.given.intersect(name.last().given)
name.family.first().matches('^[A-Z]')
name.family.first().replace('e', 'E')
name.repeat(period).start
name.given.aggregate($total + 1, 0)
name.family.first().length() > 3
gender.contains('male')
gender.indexOf('m')
deceased.exists()
address.line.first().startsWith('1')"""


def plain(value: Any) -> Any:  # noqa: ANN401 - an answer of the library
    """Return an answer of the library as JSON has it."""
    if isinstance(value, dict | list | str | bool | int) or value is None:
        return value
    return float(value) if isinstance(value, Decimal | float) else str(value)


def agree(expression: str, resource: Any) -> None:  # noqa: ANN401 - JSON
    theirs = [plain(each) for each in fhirpathpy.evaluate(resource, expression, {}, models["r4"])]
    ours = [float(x) if isinstance(x, Decimal) else x for x in evaluate(expression, resource)]
    assert ours == theirs, expression


@pytest.mark.parametrize("expression", ANYWHERE.splitlines() + OF_PERSONS.splitlines())
def test_a_library_finds_the_same(expression: str, resource_texts: Texts) -> None:
    checked = 0
    for text in resource_texts("synthea-2021", bundles=3):
        resource = orjson.loads(text)
        if (expression in ANYWHERE and checked < 40) or resource["resourceType"] == "Patient":
            agree(expression, resource)
            checked += 1
    for resource in (PERSON, OBSERVATION, FORM):
        if expression in ANYWHERE or resource is PERSON:
            agree(expression, json.loads(json.dumps(resource, default=float)))
    assert checked
