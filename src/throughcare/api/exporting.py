"""Bulk export over HTTP: kick-off, status, files, end (FHIR Bulk Data Access 2.0)."""

from typing import Any, Final
from urllib.parse import urlencode

import orjson

from throughcare.api import bundles, conditions, parameters, parquet
from throughcare.api.call import Call, Reply
from throughcare.api.parameters import Pairs
from throughcare.api.routes import Interaction, Route
from throughcare.disclosure.exporting import Exports, duck
from throughcare.disclosure.exporting.content import search
from throughcare.disclosure.exporting.job import Form, Job, Level, State, Wish
from throughcare.fhir.outcome import Issue, Severity, outcome
from throughcare.fhir.spec import is_resource_type
from throughcare.kernel import BadInputError, NotAllowedError, NotFoundError, ThroughcareError

NDJSON: Final = "application/fhir+ndjson"
JSON: Final = "application/json"
FORMS: Final = {
    **dict.fromkeys((NDJSON, "application/ndjson", "ndjson"), Form.NDJSON),
    **dict.fromkeys((parquet.PARQUET, "application/x-parquet", "parquet"), Form.PARQUET),
}
"""Names of the forms in which files are written."""
REMARK: Final = "remark.ndjson"
"""The file that says what exports for a purpose leave out."""
ASK_AGAIN: Final = "2"
"""Seconds until a status is worth asking for again."""
_LEVELS: Final = {
    Interaction.EXPORT: Level.SYSTEM,
    Interaction.EXPORT_PATIENTS: Level.PATIENTS,
    Interaction.EXPORT_GROUP: Level.GROUP,
}
_KNOWN: Final = ("_outputFormat", "_since", "_type", "_typeFilter", "patient")


class FailedExportError(ThroughcareError):
    """The work on an export ended without one."""


class Exporting:
    """What is asked of `Exports`."""

    def __init__(self, exports: Exports) -> None:
        """Ask `exports`."""
        self._exports = exports

    async def begin(self, route: Route, call: Call) -> Reply:
        """Take an export on: 202, and where to ask for it."""
        if call.method == "HEAD":
            message = "HEAD begins no export, GET and POST do."
            raise NotAllowedError(message, allowed=("GET", "POST"))
        pairs = parameters.given(call)
        if "handling=lenient" in call.headers.get("prefer", ""):
            pairs = tuple(pair for pair in pairs if pair[0] in _KNOWN)
        wish = _wish(route, call, parameters.known(pairs, *_KNOWN))
        job = await self._exports.begin(call.request, wish)
        return Reply(202, headers={"content-location": _place(call, job)})

    async def status(self, route: Route, call: Call) -> Reply:
        """Return the manifest, or 202 while the work goes on. Raises FailedExportError."""
        job = self._exports.status(call.request, route.job)
        if job.state is State.FAILED:
            raise FailedExportError(job.fault)
        if job.state is State.UNDER_WAY:
            headers = {"x-progress": f"{job.percent}%", "retry-after": ASK_AGAIN}
            return Reply(202, headers=headers)
        remark = self._exports.remark(call.request)
        manifest = _manifest(job, _place(call, job), remark=bool(remark))
        headers = {"expires": conditions.http_date(job.expires)}
        return Reply(200, orjson.dumps(manifest), headers, JSON)

    async def cancel(self, route: Route, call: Call) -> Reply:
        """Take an export down, finished or not."""
        await self._exports.cancel(call.request, route.job)
        return Reply(202)

    async def file(self, route: Route, call: Call) -> Reply:
        """Return a file as it may be seen now."""
        if route.file == REMARK:
            self._exports.status(call.request, route.job)
            text = self._exports.remark(call.request)
            said = Issue(Severity.INFORMATION, "suppressed", "", text)
            return Reply(200, orjson.dumps(outcome([said])) + b"\n", {}, NDJSON)
        number, _, ending = route.file.partition(".")
        is_number = number.isascii() and number.isdecimal() and len(number) < 9  # noqa: PLR2004
        form = self._exports.status(call.request, route.job).wish.form
        if not is_number or ending != form:
            message = "This export has no such file. Its manifest lists them."
            raise NotFoundError(message)
        found = await self._exports.file(call.request, route.job, int(number) - 1)
        bodies = [entry.body for entry in found.entries]
        if form is Form.PARQUET:
            return Reply(200, await parquet.of_resources(bodies), {}, parquet.PARQUET)
        return Reply(200, b"".join(body + b"\n" for body in bodies), {}, NDJSON)


def _wish(route: Route, call: Call, pairs: Pairs) -> Wish:
    form = FORMS.get(parameters.one(pairs, "_outputFormat", NDJSON).replace(" ", "+"))
    if form is None:
        message = f"_outputFormat is not written here. Use one of {', '.join(FORMS)}."
        raise BadInputError(message, place="_outputFormat")
    if form is Form.PARQUET:
        duck.module()
    types = parameters.types(pairs)
    level = _LEVELS[route.interaction]
    patients = tuple(value for name, value in pairs if name == "patient")
    if patients and level is Level.SYSTEM:
        message = "patient narrows exports of Patients and Groups. Leave it out, or ask for these."
        raise BadInputError(message, place="patient")
    return Wish(
        url=f"{call.base}/{call.path}" + (f"?{urlencode(pairs)}" if pairs else ""),
        level=level,
        group=route.id,
        patients=tuple(each.removeprefix("Patient/") for each in patients),
        types=types,
        filters=_filters(pairs, types),
        since=parameters.instant(pairs, "_since"),
        form=form,
    )


def _filters(pairs: Pairs, types: tuple[str, ...] | None) -> tuple[tuple[str, str], ...]:
    """Return the searches of ``_typeFilter``, each read once to be sure that it can be.

    Raises BadInputError for one that can't, and for one of a type that is not asked for.
    """
    found = []
    for name, value in pairs:
        if name != "_typeFilter":
            continue
        type_, _, text = value.partition("?")
        if not is_resource_type(type_) or (types is not None and type_ not in types):
            message = "_typeFilter must read Type?parameter=value, of a type that _type names."
            raise BadInputError(message, place="_typeFilter")
        search(type_, text)
        found.append((type_, text))
    return tuple(found)


def _place(call: Call, job: Job) -> str:
    return f"{call.base}/_export/jobs/{job.id}"


def _manifest(job: Job, place: str, *, remark: bool) -> dict[str, Any]:
    narrowed = {type_ for type_, _ in job.wish.filters}
    output = []
    for number, part in enumerate(job.parts, start=1):
        file: dict[str, Any] = {
            "type": part.type,
            "url": f"{place}/{number}.{job.wish.form}",
        }
        if part.type not in narrowed:
            file["count"] = part.count
        output.append(file)
    said = [{"type": "OperationOutcome", "url": f"{place}/{REMARK}"}] if remark else []
    return {
        "transactionTime": bundles.instant(job.at),
        "request": job.wish.url,
        "requiresAccessToken": True,
        "output": output,
        "deleted": [],
        "error": said,
    }
