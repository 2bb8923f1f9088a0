"""Pages of care professionals about one person: overview, network, resident today and the pack."""

from typing import Any, Final

from starlette.responses import Response

from throughcare.kernel import BadInputError
from throughcare.summary.trends import CHARTS
from throughcare.web.call import Call, see_other
from throughcare.web.care_ports import Noted, Resident, View
from throughcare.web.linking import qr_code
from throughcare.web.printing import can_print, pdf
from throughcare.web.scanning import address

_DIGITS: Final = 6
"""Digits of the place of a chart, at most."""
SHEETS: Final = 2
"""What goes to hospital with somebody."""


async def overview(call: Call) -> Response:
    """Show what a GP opens a consultation with; ``?trends=all`` draws every result, in pages."""
    first, after = None, call.asked("after")
    if call.asked("trends") == "all":
        first = int(after) if after.isdecimal() and len(after) <= _DIGITS else 0
    view = await call.site.care.overview(call.session, call.person_id, first)
    following = None if first is None else first + CHARTS
    return call.render("overview", "Overview", view=view, tab="overview", following=following)


async def network(call: Call) -> Response:
    """Show how somebody lives, and who cares and decides."""
    found = await call.site.care.network(call.session, call.person_id)
    title = "Person and network"
    return call.render("network", title, view=found.view, agents=found.agents, tab="network")


async def today(call: Call) -> Response:
    """Show a resident's day, with buttons to note what happens."""
    return await _today(call, {}, 200)


async def _today(call: Call, errors: dict[str, str], status: int) -> Response:
    view = await call.site.care.resident(call.session, call.person_id, Resident.TODAY)
    noted, form = call.asked("noted") == "yes", call.form if errors else {}
    told = {"view": view, "noted": noted, "form": form, "errors": errors, "tab": "today"}
    return call.render("today", "Resident today", status, **told)


async def pack(call: Call) -> Response:
    """Show the two sheets that go to hospital with a resident."""
    return _sheets(call, await call.site.care.resident(call.session, call.person_id, Resident.PACK))


async def pack_as_pdf(call: Call) -> Response:
    """Send the two sheets as PDF: in the ledger that is no look at a screen, but paper.

    Where the record is withheld it is the page that says so. Raises NotFoundError where this node
    makes no PDF.
    """
    view = await call.site.care.resident(call.session, call.person_id, Resident.PAPER)
    if view.withheld:
        return _sheets(call, view)
    page = call.text("pack", "Going to hospital", **_of_pack(call, view))
    body = await pdf(page, call.site.theme, SHEETS)
    headers = {"content-disposition": 'inline; filename="going-to-hospital.pdf"'}
    return Response(body, headers=headers, media_type="application/pdf")


def _sheets(call: Call, view: View[Any]) -> Response:
    return call.render("pack", "Going to hospital", 200, **_of_pack(call, view))


def _of_pack(call: Call, view: View[Any]) -> dict[str, object]:
    code = qr_code(address(call.origin, call.person_id))
    return {"view": view, "tab": "today", "code": code, "pdf": can_print()}


async def note(call: Call) -> Response:
    """Add a note: one button is a kind and a value, ``drink:200``."""
    kind, _, value = call.form.get("note", "").partition(":")
    noted = Noted(kind, value or call.form.get("value", ""))
    try:
        await call.site.care.note(call.session, call.person_id, noted)
    except BadInputError as error:
        if error.place != "value":
            raise
        return await _today(call, {"value": error.message}, error.status)
    return see_other(f"/people/{call.person_id}/today?noted=yes")


async def key_safe(call: Call) -> Response:
    """Show how a key safe is opened: a tap of its own, and a look of its own in the ledger."""
    view = await call.site.care.key_safe(call.session, call.person_id)
    return call.render("key_safe", "Key safe", view=view, tab="emergency")
