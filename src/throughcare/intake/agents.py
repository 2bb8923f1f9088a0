"""A register of people who act for others, as CSV: a row a right, a finding or a hold.

``nhs_number, what, account, name, since, until, reviewed, state``. A row's key is the person, what
it is and the account, so that a later row is the next version of it. A row that can't be read opens
nothing: it is rejected. A hold needs no more than the NHS number, so that it fails closed.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any, Final

from throughcare.intake import systems
from throughcare.intake.decode import text_of
from throughcare.intake.statement import Statement
from throughcare.intake.tables import convert
from throughcare.intake.tables.fault import RowFault, refuse
from throughcare.intake.tables.table import BadRow, Row, rows
from throughcare.model import granting
from throughcare.model.acting import Right
from throughcare.model.granting import Grant
from throughcare.model.submission import Place, Rejection, Remark, Submission

Json = dict[str, Any]

COLUMNS: Final = ("nhs_number", "what", "account", "name", "since", "until", "reviewed", "state")
_NEEDED: Final = frozenset({"nhs_number", "what", "account"})
_FINDINGS: Final = {"lacks-capacity": True, "has-capacity": False}
_HOLD: Final = "safeguarding-hold"
_RIGHTS: Final = {right.value: right for right in Right}
_STATES: Final = {"": "active", "active": "active", "ended": "inactive"}


def is_header(header: tuple[str, ...]) -> bool:
    """Tell whether a header is that of such a register."""
    return set(header) >= _NEEDED


def read(file: str, data: bytes, source: str) -> Iterator[Submission | Rejection | Remark]:
    """Read all rows of a file."""
    for row in rows(text_of(data), COLUMNS):
        place = Place(file, f"line {row.line}")
        if isinstance(row, BadRow):
            yield Rejection(place, row.rule, "Correct the row.")
            continue
        try:
            yield _submission(row, place, source)
        except RowFault as fault:
            at = Place(file, f"{place.at}, column {fault.column}")
            yield Rejection(at, fault.rule, fault.remedy)


def _submission(row: Row, place: Place, source: str) -> Submission:
    cells = {name: row.cells.get(name, "").strip() for name in COLUMNS}
    number = systems.nhs_number(cells["nhs_number"])
    if not number:
        refuse("nhs_number", "The NHS number fails its check digit.", "Correct it.")
    resource = _resource(cells, number, source)
    key = systems.key(source, number, cells["what"], cells["account"] or "all")
    if cells["state"] not in _STATES:
        refuse("state", "The state is neither active nor ended.", "Write one of them.")
    resource["status"] = _STATES[cells["state"]]
    resource["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": key}]
    content = "\x1f".join(cells.values())
    return Statement(number, resource, content, row.text, place).submission(source)


def _resource(cells: dict[str, str], number: str, source: str) -> Json:
    """Return what a row records: a Consent for a right, a Flag for a finding or a hold."""
    what = cells["what"]
    patient: Json = {"type": "Patient", "identifier": systems.nhs_identifier(number)}
    if what == _HOLD:
        return granting.hold(patient, convert.usual_day(cells["since"]), source)
    since, until = _day(cells, "since"), _day(cells, "until")
    if what in _FINDINGS:
        if since is None:
            refuse("since", "A finding has a first day.", "Write it as 2026-12-31.")
        if _FINDINGS[what] and until is None:
            refuse("until", "A lack of capacity has a last day.", "Write it as 2026-12-31.")
        lacking, by = _FINDINGS[what], cells["name"] or source
        return granting.capacity(patient, lacking=lacking, since=since, until=until, by=by)
    if what not in _RIGHTS:
        allowed = ", ".join([*_RIGHTS, *_FINDINGS, _HOLD])
        refuse("what", "What the row records is unknown.", f"Write one of: {allowed}.")
    if not cells["account"]:
        refuse("account", "A right names the account of whoever acts.", "Fill it in.")
    reviewed = _day(cells, "reviewed")
    grant = Grant(cells["account"], _RIGHTS[what], cells["name"], since, until, reviewed=reviewed)
    said = datetime.combine(since or date(1970, 1, 1), time(), UTC)
    return granting.consent(grant, patient, said)


def _day(cells: dict[str, str], column: str) -> date | None:
    if not cells[column]:
        return None
    found = convert.usual_day(cells[column])
    if found is None:
        refuse(column, "No date in this column.", "Write it as 2026-12-31 or 31/12/2026.")
    return found
