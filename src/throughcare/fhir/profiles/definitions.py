"""What a node knows beyond R4 itself: definitions of loaded packages, by canonical url."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from throughcare.fhir import spec

Json = Any
Member = Callable[[str, str, str], bool | None]
"""(value set, system, code) -> whether it is a member; None where that can't be known."""

CORE = "http://hl7.org/fhir/StructureDefinition/"


def member_of_r4(value_set: str, system: str, code: str) -> bool | None:
    """Tell whether a code is in a value set that some element of R4 requires; None if unknown.

    >>> member_of_r4("http://hl7.org/fhir/ValueSet/administrative-gender", "", "female")
    True
    """
    try:
        codes = spec.value_set(value_set.partition("|")[0])
    except KeyError:
        return None
    if codes is None:
        return None
    if not system:
        return any(code in known for known in codes.values())
    return code in codes.get(system, ())


@dataclass(frozen=True, slots=True)
class Definitions:
    """Structure definitions by url, and who answers for value sets."""

    structures: Mapping[str, Json] = field(default_factory=dict)
    member: Member = member_of_r4

    def structure(self, url: str) -> Json | None:
        """Return the StructureDefinition with a canonical url, its version left aside."""
        return self.structures.get(url.partition("|")[0])

    def type_of(self, url: str) -> str:
        """Return the type that a profile (or a type's own url) is about; "" if it is unknown."""
        bare = url.partition("|")[0]
        name = bare.removeprefix(CORE)
        if name != bare and (spec.is_complex(name) or name in spec.primitives()):
            return name
        known = self.structures.get(bare)
        return "" if known is None else str(known["type"])


def of(resources: Iterable[Json], member: Member = member_of_r4) -> Definitions:
    """Return definitions of the StructureDefinitions among `resources`; of equal urls the last."""
    structures = {
        resource["url"]: resource
        for resource in resources
        if resource.get("resourceType") == "StructureDefinition" and "url" in resource
    }
    return Definitions(MappingProxyType(structures), member)
