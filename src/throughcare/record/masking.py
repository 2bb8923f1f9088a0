"""Parameters that would find an entry by what is masked on it; pure.

A critical entry may be shown with its encounter, author and note taken out. It must not
be found by them either: to a search by one of these parameters it has no value there.
"""

import re
from functools import cache

from throughcare.fhir import spec

MEMBERS = frozenset(
    {
        "asserter",
        "author",
        "context",
        "encounter",
        "informationSource",
        "note",
        "performer",
        "recorder",
        "requester",
        "text",
    }
)
"""Members of a resource that are not shown."""


@cache
def tells_episode(type_: str, param: str) -> bool:
    """Tell whether search parameter `param` of `type_` looks at a masked member."""
    if not spec.is_resource_type(type_):
        return False
    known = spec.parameters(type_).get(param.partition(":")[0])
    if known is None:
        return False
    return not MEMBERS.isdisjoint(re.findall(rf"\b{type_}\.(\w+)", known.expression))
