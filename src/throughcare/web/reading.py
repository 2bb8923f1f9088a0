"""Reading a record: the emergency summary, the ground it is read on, the timeline."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from throughcare.kernel import BadInputError, NotFoundError
from throughcare.model.request import REASONS, Permission, Reason
from throughcare.summary.advice import below
from throughcare.summary.facts import Item
from throughcare.summary.paper import for_copy, shorter
from throughcare.summary.timeline import Chosen
from throughcare.web import caring
from throughcare.web.call import Call, Handler, see_other
from throughcare.web.policy import start_of_record
from throughcare.web.ports import EmergencyView, Summary
from throughcare.web.printing import NO_PRINTER, can_print, pdf
from throughcare.web.scripts import script

_ANSWERS = {
    "agrees": Permission.GIVEN,
    "cannot-be-asked": Permission.UNABLE,
    "refuses": Permission.REFUSED,
}
_LONGEST_REASON = 500


async def emergency(call: Call) -> Response:
    """Show the emergency summary, or why it is withheld and the way on."""
    view = await call.node.emergency(call.session, call.person_id)
    return call.render("emergency", _title(view), 200, **_of_summary(view))


async def emergency_as_pdf(call: Call) -> Response:
    """Send the summary as one sheet: in the ledger that is no look at a screen, but paper.

    Where the record is withheld it is the page that says so. Raises NotFoundError where this node
    makes no PDF.
    """
    if not can_print():
        raise NotFoundError(NO_PRINTER)
    view = await call.node.emergency(call.session, call.person_id, Summary.PAPER)
    if view.withheld:
        return call.render("emergency", _title(view), 200, **_of_summary(view))
    copy = for_copy(view.summary)
    page, *less = [
        call.text("emergency", _title(view), **_of_summary(replace(view, summary=each, told=())))
        for each in (copy, *shorter(copy))
    ]
    body = await pdf(page, call.site.theme, 1, less)
    headers = {"content-disposition": 'inline; filename="emergency-summary.pdf"'}
    return Response(body, headers=headers, media_type="application/pdf")


def _of_summary(view: EmergencyView) -> dict[str, object]:
    return {
        "view": view,
        "below": below(view.summary),
        "listed": _is_listed(view),
        "tab": "emergency",
        "pdf": can_print(),
        "keeping": script("keeping").path,
    }


def _title(view: EmergencyView) -> str:
    if view.withheld is None:
        return "Emergency summary"
    return "Ask the person first" if view.withheld.code == "ask" else "Record withheld"


def _is_listed(view: EmergencyView) -> bool:
    """Say whether anything of the record may be shown, even where the rest is withheld."""
    summary = view.summary
    shown: tuple[Item, ...] = (
        *summary.allergies.items,
        *summary.plans.items,
        *summary.alerts.items,
        *summary.medicines.items,
        *summary.conditions.items,
    )
    return view.withheld is None or bool(shown)


async def answer_permission(call: Call) -> Response:
    """Keep what the person said, and show the page on that ground."""
    said = _ANSWERS.get(call.form.get("answer", ""))
    if said is None:
        message = "Choose whether the person agrees, cannot be asked or refuses."
        raise BadInputError(message, place="answer")
    await call.node.permission(call.session, call.person_id, said)
    return see_other(_begin(call))


def _begin(call: Call) -> str:
    """Return the page on which this reader begins with the record: it asks what it still needs."""
    return f"/people/{call.person_id}/{start_of_record(call.session.actor.role.value)}"


async def break_glass(call: Call) -> Response:
    """Open a withheld record with a reason; a slip is said beside the field."""
    text, code = _stated(call, "reason"), call.form.get("code", "")
    if not text:
        message = "Say in a few words why, then press the button that fits."
        return await _again(call, {"reason": message})
    if code not in REASONS:  # Enter in the field chooses none
        return await _again(call, {"reason": "Now press the button that fits."})
    await call.node.break_glass(call.session, call.person_id, Reason(text, code))
    return see_other(_begin(call))


async def claim(call: Call) -> Response:
    """Keep that the reader says they care for the person; a slip is said beside the field."""
    text = _stated(call, "claim")
    if not text:
        return await _again(call, {"claim": "Say in a few words how you care for this person."})
    await call.node.claim(call.session, call.person_id, Reason(text))
    return see_other(_begin(call))


def _stated(call: Call, field: str) -> str:
    return call.form.get(field, "").strip()[:_LONGEST_REASON]


async def _again(call: Call, slips: Mapping[str, str]) -> Response:
    """Show the page that has the form once more, with what is wrong beside its field."""
    role = call.session.actor.role.value
    return await _BEGINNINGS[start_of_record(role)](replace(call, slips=slips))


async def renew_glass(call: Call) -> Response:
    """Go on with the same reason, for the locality's time box."""
    await call.node.renew_glass(call.session, call.person_id)
    return see_other(f"/people/{call.person_id}/emergency")


async def hand_over(call: Call) -> Response:
    """Close the record: the next look is asked anew."""
    await call.node.hand_over(call.session, call.person_id)
    return see_other("/people")


async def timeline(call: Call) -> Response:
    """Show dated entries, newest first; a filter says how many it hides."""
    chosen = Chosen(call.asked("kind"), call.asked("source"), call.asked("month"))
    view = await call.node.timeline(call.session, call.person_id, chosen, after=call.asked("after"))
    return call.render("timeline", "Timeline", view=view, chosen=chosen, tab="timeline")


_BEGINNINGS: Mapping[str, Handler] = {
    "emergency": emergency,
    "overview": caring.overview,
    "network": caring.network,
    "today": caring.today,
}
"""Pages on which roles begin with a record: each has the forms of its grounds where it is withheld.
"""
