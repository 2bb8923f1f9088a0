"""FHIRPath asked of a resource: what programs outside of a node use."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from throughcare.fhir import path, validation
from throughcare.fhir.path import Environment, Terminology
from throughcare.fhir.path.nodes import Items, wrapped


def evaluate(  # noqa: PLR0913 - each is a service of its own, all but two by name
    expression: str,
    resource: dict[str, Any],
    *,
    now: datetime | None = None,
    resolve: Callable[[str], dict[str, Any] | None] | None = None,
    terminology: Terminology | None = None,
    conforms: Callable[[dict[str, Any], str], bool | None] | None = None,
    trace: Callable[[str, list[Any]], None] | None = None,
    **variables: Any,  # noqa: ANN401 - JSON values
) -> list[Any]:
    """Return what a FHIRPath expression gives over a resource of FHIR R4.

    The resource is JSON as a parser returns it, and so are the items: elements as they stand in the
    resource, dates and times as text, quantities as objects, computed decimals as Decimal with
    their digits. `now` is the time of ``now()`` and ``today()`` (without, the machine's own, in
    UTC); `resolve` returns the resource that a reference leads to; `terminology` answers
    ``memberOf()``; `conforms` answers ``conformsTo()`` (without, it knows R4's own types); `trace`
    is told of each ``trace()``. Further keywords are variables: ``age=5`` is ``%age``; a list is a
    collection.

    Raises ExpressionError for what is no FHIRPath or names what R4 has not, and EvaluationError for
    what can't be answered over this resource or costs more than a million steps.

    >>> patient = {"resourceType": "Patient", "birthDate": "1974-12-25",
    ...     "name": [{"given": ["Peter", "James"], "family": "Chalmers"}]}
    >>> evaluate("name.given", patient)
    ['Peter', 'James']
    >>> evaluate("birthDate + 18 years <= %day", patient, day="2020-01-01")
    Traceback (most recent call last):
    throughcare.fhir.path.errors.EvaluationError: Items of these types have no order: ...
    >>> evaluate("birthDate + 18 years <= %day.toDate()", patient, day="2020-01-01")
    [True]
    >>> evaluate("1.10 + 2.2 | 4 'g' / 2 'L'", patient)
    [Decimal('3.30'), {'value': Decimal('2'), 'unit': 'g/L', ...}]
    """
    known: dict[str, Items] = {
        name: [wrapped(each) for each in (value if isinstance(value, list) else [value])]
        for name, value in variables.items()
    }
    told = None if trace is None else _told(trace)
    environment = Environment(
        known, now or _now(), resolve, terminology, conforms or _conforms, told
    )
    return [path.plain(item) for item in path.items(expression, resource, environment)]


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a program without a node has no clock to hand in


def _conforms(resource: dict[str, Any], url: str) -> bool | None:
    """Tell whether a resource is what R4 says of its own type; None for other profiles."""
    if url != f"http://hl7.org/fhir/StructureDefinition/{resource.get('resourceType')}":
        return None
    return not validation.has_errors(validation.validate(resource))


def _told(trace: Callable[[str, list[Any]], None]) -> Callable[[str, Items], None]:
    """Return a listener of items as one of JSON values."""
    return lambda name, items: trace(name, [path.plain(item) for item in items])
