"""Whether a resource that is not stored yet is what a condition looks for; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from throughcare.fhir import index as fhir_index
from throughcare.fhir.terms import Criterion, IdentifierIs, Index, TokenIs


def holds(where: Sequence[Criterion], resource: Mapping[str, Any]) -> bool:
    """Tell whether `resource` fulfils all criteria of a condition.

    Only codes and identifiers are looked at, by which conditions name what they mean; of any other
    criterion the answer is no.
    """
    index = fhir_index.extract(dict(resource))
    return bool(where) and all(_one(criterion, index) for criterion in where)


def _one(criterion: Criterion, index: Index) -> bool:
    if isinstance(criterion, IdentifierIs):
        found = [row[:3] for row in index.identifiers]
    elif isinstance(criterion, TokenIs) and not criterion.negated:
        found = list(index.tokens)
    else:
        return False
    return any(
        param == criterion.param and wanted in {None, system} and sought in {None, code}
        for param, system, code in found
        for wanted, sought in criterion.values
    )
