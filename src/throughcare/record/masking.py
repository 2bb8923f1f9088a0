"""Parameters that would find an entry by what is masked on it; pure.

A critical entry may be shown with its encounter, author, reason and note taken out. It must not be
found by them either: to a search by one of these parameters it has no value there.
"""

import re
from functools import cache

from throughcare.fhir import spec

MEMBERS = frozenset(
    {"encounter", "context", "episodeOfCare", "location"}
    | {"recorder", "asserter", "author", "authenticator", "attester", "performer", "requester"}
    | {"informationSource", "contributor", "careTeam", "custodian", "organization", "source"}
    | {"managingOrganization", "serviceProvider", "identifier", "extension"}
    | {"reasonCode", "reasonReference", "reason", "evidence", "addresses", "basedOn", "partOf"}
    | {"derivedFrom", "supportingInfo", "supportingInformation", "relatesTo", "note", "text"}
)
"""Members that tell in which episode, by whom or why an entry was made: they are not shown."""


IN_PLACE = frozenset({"encounter"})
"""Members of which a masked reference is left: they count as there."""


@cache
def tells_episode(type_: str, param: str) -> bool:
    """Tell whether search parameter `param` of `type_` looks at a masked member."""
    return bool(_masked(type_, param))


@cache
def stays(type_: str, param: str) -> bool:
    """Tell whether, of what `param` looks at, as much is there when an episode is masked."""
    return _masked(type_, param) <= IN_PLACE


def _masked(type_: str, param: str) -> frozenset[str]:
    if not spec.is_resource_type(type_):
        return frozenset()
    known = spec.parameters(type_).get(param.partition(":")[0])
    if known is None:
        return frozenset()
    return MEMBERS.intersection(re.findall(rf"\b{type_}\.(\w+)", known.expression))
