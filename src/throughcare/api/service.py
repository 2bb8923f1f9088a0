"""What is routed, as the capability statement says it: made of the table of paths."""

from collections.abc import Iterator, Mapping
from typing import Final

from throughcare.api.call import FHIR_JSON
from throughcare.api.formats import FHIR_XML
from throughcare.api.patches import MEDIA_TYPES
from throughcare.api.routes import PATHS, Interaction
from throughcare.fhir.capability import Service
from throughcare.fhir.spec import is_resource_type

_R4: Final = "http://hl7.org/fhir/OperationDefinition"
_BULK: Final = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"
DEFINITIONS: Final[Mapping[Interaction, str]] = {
    Interaction.SUMMARY: "http://hl7.org/fhir/uv/ips/OperationDefinition/summary",
    Interaction.EXPORT: f"{_BULK}/export",
    Interaction.EXPORT_PATIENTS: f"{_BULK}/patient-export",
    Interaction.EXPORT_GROUP: f"{_BULK}/group-export",
    Interaction.EXPLAIN_ACCESS: "urn:throughcare:OperationDefinition:explain-access",
    Interaction.COUNT_PEOPLE: "urn:throughcare:OperationDefinition:count-people",
    Interaction.TAKE_SNAPSHOT: "urn:throughcare:OperationDefinition:take-snapshot",
    Interaction.UNMERGE: "urn:throughcare:OperationDefinition:unmerge",
    Interaction.RUN: "http://sql-on-fhir.org/OperationDefinition/$viewdefinition-run",
}
"""Of operations that R4 does not define itself; its own are named by type and operation."""

FORMATS: Final = (FHIR_JSON, "json", FHIR_XML, "xml")

_OF_A_TYPE: Final = (
    *(Interaction.READ, Interaction.VREAD, Interaction.UPDATE, Interaction.PATCH),
    *(Interaction.DELETE, Interaction.HISTORY, Interaction.TYPE_HISTORY, Interaction.CREATE),
    Interaction.SEARCH,
)
_CONDITIONAL: Final[Mapping[Interaction, Mapping[str, bool | str]]] = {
    Interaction.CREATE: {"conditionalCreate": True},
    Interaction.READ: {"conditionalRead": "full-support"},
    Interaction.CONDITIONAL_UPDATE: {"conditionalUpdate": True},
    Interaction.CONDITIONAL_DELETE: {"conditionalDelete": "single"},
}


def service() -> Service:
    """Return what the table of paths offers."""
    routed = {interaction for methods in PATHS.values() for interaction in methods.values()}
    conditional: dict[str, bool | str] = {}
    for interaction, said in _CONDITIONAL.items():
        if interaction in routed:
            conditional |= said
    system = (Interaction.SYSTEM_HISTORY, Interaction.SEARCH_TYPES)
    bundles = ("transaction", "batch") if Interaction.TRANSACTION in routed else ()
    return Service(
        interactions=tuple(each.value for each in _OF_A_TYPE if each in routed),
        system_interactions=(*bundles, *(each.value for each in system if each in routed)),
        operations=tuple(_operations()),
        conditional=conditional,
        formats=FORMATS,
        patch_formats=MEDIA_TYPES if Interaction.PATCH in routed else (),
    )


def _operations() -> Iterator[tuple[str, str, str]]:
    """Yield type, name and definition of each operation that has a path."""
    named: dict[tuple[str, str], str] = {}
    for path, methods in PATHS.items():
        owner, _, name = path.rpartition("$")
        if owner or path.startswith("$"):
            for interaction in sorted(set(methods.values())):
                type_ = owner.partition("/")[0].replace("{type}", "*")
                if type_ != "*" and not is_resource_type(type_):
                    type_ = ""  # a type that R4 does not have: said of the system
                own = f"{_R4}/{type_.replace('*', 'Resource')}-{name}"
                named[type_, name] = DEFINITIONS.get(interaction, own)
    for (type_, name), definition in named.items():
        yield type_, name, definition
