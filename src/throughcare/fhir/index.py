"""Search values of a resource: the compiled search parameters of R4, run.

The plan of each resource type (`throughcare.fhir.extraction`) is written out as the source of one
Python function, compiled at first use and kept. ``_id`` and ``_lastUpdated`` are not extracted:
they are columns of the store.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from throughcare.fhir import extraction, generation, spec
from throughcare.fhir.terms import Index
from throughcare.kernel import BadInputError


def extract(resource: Mapping[str, Any]) -> Index:
    """Return all search values of a resource that `throughcare.fhir.validate` finds no error in.

    Numbers may be Decimal, int or float: Decimals keep the digits that give a range. Raises
    BadInputError for a resource type that R4 does not have, or a value so wrong that it can't be
    read; other wrong values are not found out here.

    >>> extract({"resourceType": "Observation", "status": "final"}).tokens
    (('status', '', 'final'),)
    """
    name = resource.get("resourceType")
    if not isinstance(name, str) or not spec.is_resource_type(name):
        message = "resourceType is no resource type of FHIR R4: correct it."
        raise BadInputError(message, place="resourceType")
    try:
        return extractor(name)(resource)
    except (AttributeError, TypeError, ValueError, KeyError) as cause:
        message = f"{name} can't be indexed, its structure is not that of R4: validate it first."
        raise BadInputError(message, place=name) from cause


@cache
def extractor(resource_type: str) -> Callable[[Mapping[str, Any]], Index]:
    """Return the compiled function of a resource type; KeyError for an unknown one.

    It may raise AttributeError, TypeError, ValueError or KeyError for a resource that is not valid.
    """
    return generation.function(resource_type, extraction.plan(resource_type))


@cache
def unsupported() -> Mapping[str, tuple[str, ...]]:
    """Return, by resource type, ``parameter: why`` of each one that is not extracted.

    Those of every resource (``_text``, ``_content``, ``_query``, ``_filter``) stand under
    ``Resource``.
    """
    everywhere = set(extraction.plan("Basic").unsupported)
    found = {
        name: tuple(row for row in extraction.plan(name).unsupported if row not in everywhere)
        for name in sorted(spec.resource_types())
    }
    return {"Resource": tuple(sorted(everywhere))} | {key: row for key, row in found.items() if row}


@cache
def supported(resource_type: str) -> Mapping[str, str]:
    """Return code -> type of the parameters of a resource type that are extracted.

    Includes ``_id`` and ``_lastUpdated``. Raises KeyError for an unknown type.
    """
    left_out = {
        row.partition(":")[0]
        for row in extraction.plan(resource_type).unsupported
        if not row.partition(": ")[2].startswith("token of")
    }
    return {
        code: parameter.type
        for code, parameter in spec.parameters(resource_type).items()
        if code not in left_out
    }
