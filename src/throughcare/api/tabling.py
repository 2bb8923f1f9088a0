"""A ViewDefinition run over HTTP: a table as NDJSON, JSON or CSV (SQL on FHIR v2)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from throughcare.api import formats, parameters, parquet
from throughcare.api.call import FHIR_JSON, Call, Reply
from throughcare.api.parameters import Pairs
from throughcare.api.routes import Route
from throughcare.disclosure.exporting import Tables
from throughcare.disclosure.exporting.duck import Duck
from throughcare.disclosure.exporting.job import Level, Wish
from throughcare.fhir.spec import is_resource_type
from throughcare.fhir.tables import Form, Sheet, View, ViewError, view_of
from throughcare.fhir.tables.sql import statement_of
from throughcare.kernel import BadInputError, NotAcceptableError

MEDIA_TYPES: Final[Mapping[Form, str]] = {
    Form.NDJSON: "application/x-ndjson",
    Form.JSON: "application/json",
    Form.CSV: "text/csv",
    Form.PARQUET: parquet.PARQUET,
}
_FORMS: Final[Mapping[str, Form]] = {
    **{form.value: form for form in Form},
    **{media_type: form for form, media_type in MEDIA_TYPES.items()},
    "application/ndjson": Form.NDJSON,
    "application/fhir+ndjson": Form.NDJSON,
    FHIR_JSON: Form.JSON,
}
"""Values of ``_format`` and of Accept."""
_NARROWING: Final = ("patient", "group", "_since")
_KNOWN: Final = (*_NARROWING, "_limit", "header", "_engine")
MOST_WANTED: Final = 10**9
"""A higher ``_limit`` means this one; a table ends long before, and says so."""

Json = Mapping[str, Any]


class Tabling:
    """What is asked of `Tables`."""

    def __init__(self, tables: Tables) -> None:
        """Ask `tables`."""
        self._tables = tables

    async def run(self, _route: Route, call: Call) -> Reply:
        """Return the rows of a view over what may be seen, or over what was sent."""
        given = parameters.given(call)
        pairs = parameters.known(given, *_KNOWN)
        parts = parameters.parts(call.body)
        definitions, resources = _resources(parts, "viewResource"), _resources(parts, "resource")
        _refuse_unread(call, given, parts, len(definitions) + len(resources))
        view = _view(definitions)
        duck = _duck(pairs, definitions[0])
        form = _form(given, call.headers.get("accept", ""))
        sheet = Sheet(
            form,
            view.select.names(),
            header=parameters.one(pairs, "header") == "" or parameters.yes(pairs, "header"),
            most=parameters.whole(pairs, "_limit", most=MOST_WANTED),
        )
        if resources:
            _refuse_narrowing(pairs)
            await self._tables.sent(resources, view, sheet, duck)
        else:
            await self._tables.stored(call.request, _wish(call, pairs, view), view, sheet, duck)
        if form is Form.PARQUET:
            made = await parquet.of_rows(view.select.all_columns(), sheet.lines)
            return Reply(200, made, {}, parquet.PARQUET)
        return Reply(200, sheet.text(), {}, MEDIA_TYPES[form])


def _resources(parts: Sequence[Json], name: str) -> list[Json]:
    found = [part.get("resource") for part in parts if part["name"] == name]
    return [resource for resource in found if isinstance(resource, Mapping)]


def _refuse_unread(call: Call, given: Pairs, parts: Sequence[Json], resources: int) -> None:
    """Raise BadInputError for a parameter whose value is neither simple nor one of `resources`."""
    if len(given) - len(call.params) + resources != len(parts):
        message = (
            "A parameter of $run has one simple value, but for viewResource and resource, which "
            "hold a resource; correct it."
        )
        raise BadInputError(message, place="Parameters")


def _view(definitions: Sequence[Json]) -> View:
    """Return the view compiled. Raises ViewError for what is none, with its place."""
    if len(definitions) != 1:
        message = "$run takes one ViewDefinition, as the parameter viewResource. Send it."
        raise BadInputError(message, place="viewResource")
    view = view_of(definitions[0])
    if not is_resource_type(view.resource):
        message = "The view is wrong at resource: it names no resource type of FHIR R4."
        raise ViewError(message, place="resource")
    return view


def _duck(pairs: Pairs, definition: Json) -> Duck | None:
    """Return the view in SQL where ``_engine`` asks for DuckDB; None for the Python way.

    Raises NotInSqlError for a view that SQL can't answer, BadInputError without DuckDB.
    """
    engine = parameters.one(pairs, "_engine", "python")
    if engine not in {"python", "duckdb"}:
        message = "_engine is not known here. Use python, which is the default, or duckdb."
        raise BadInputError(message, place="_engine")
    return Duck(statement_of(definition)) if engine == "duckdb" else None


def _form(given: Pairs, accept: str) -> Form:
    """Return how rows are written: by ``_format`` if it is there, else as `accept` likes best.

    Raises NotAcceptableError for another format.
    """
    named = parameters.one(given, "_format").replace(" ", "+").lower()
    form = _FORMS.get(named or formats.liked(accept, _FORMS), Form.NDJSON)
    if named and named not in _FORMS:
        message = f"_format is not written here. Use one of {', '.join(Form)}."
        raise NotAcceptableError(message, place="_format")
    return form


def _refuse_narrowing(pairs: Pairs) -> None:
    for name, _ in pairs:
        if name in _NARROWING:
            message = f"{name} narrows what is stored, not what is sent as resource. Leave one out."
            raise BadInputError(message, place=name)


def _wish(call: Call, pairs: Pairs, view: View) -> Wish:
    """Return whose entries are asked for. Raises BadInputError for what narrows to nothing."""
    for name, value in pairs:
        if name in _NARROWING and not value:
            message = f"{name} is empty. Say whom or what it means, or leave it out."
            raise BadInputError(message, place=name)
    patients = tuple(value.removeprefix("Patient/") for name, value in pairs if name == "patient")
    group = parameters.one(pairs, "group").removeprefix("Group/")
    return Wish(
        url=f"{call.base}/{call.path}",
        level=Level.GROUP if group else Level.PATIENTS if patients else Level.SYSTEM,
        group=group,
        patients=patients,
        types=(view.resource,),
        since=parameters.instant(pairs, "_since"),
    )
