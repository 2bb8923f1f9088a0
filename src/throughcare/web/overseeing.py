"""Who has looked, who can see, and what the privacy officer is told of."""

from starlette.responses import Response

from throughcare.kernel import BadInputError
from throughcare.web.call import Call, see_other
from throughcare.web.health import LOOKS

WATCH_SECONDS = "10"


async def looks(call: Call) -> Response:
    """Show every line of the ledger about the person; ``?own=no`` all but their own."""
    view = await call.node.looks(
        call.session,
        call.person_id,
        after=call.asked("after"),
        without_own=call.asked("own") == "no",
    )
    return call.render("looks", "Who has looked", view=view, tab="looks")


async def sharing(call: Call) -> Response:
    """Show the switches and what each kind of reader sees."""
    view = await call.node.sharing(call.session, call.person_id)
    done = call.asked("done") == "yes"
    return call.render("sharing", "Who can see", view=view, done=done, tab="sharing")


async def sharing_change(call: Call) -> Response:
    """Show what a switch would change, before anything does."""
    choice = str(call.request.path_params["choice"])
    share = _share(call.asked("to"))
    view = await call.node.sharing_change(call.session, call.person_id, choice, share=share)
    return call.render("sharing_change", "Check your choice", view=view, tab="sharing")


async def share(call: Call) -> Response:
    """Record the choice: in force before the answer leaves."""
    choice = str(call.request.path_params["choice"])
    wanted = _share(call.form.get("to", ""))
    keep = call.form.get("keep") == "yes"
    await call.node.share(call.session, call.person_id, choice, share=wanted, keep=keep)
    return see_other(f"/people/{call.person_id}/sharing?done=yes")


async def keep(call: Call) -> Response:
    """Say an earlier choice again: in force before the answer leaves."""
    await call.node.keep(call.session, call.person_id, call.form.get("consent", ""))
    return see_other(f"/people/{call.person_id}/sharing?done=yes")


async def entry_sharing(call: Call) -> Response:
    """Show who could see one entry, and why."""
    names = call.request.path_params
    entry = f"{names['type']}/{names['entry_id']}"
    view = await call.node.entry_sharing(call.session, call.person_id, entry)
    return call.render("entry_sharing", "Who could see this?", view=view, tab="sharing")


def _share(text: str) -> bool:
    if text not in ("share", "stop"):
        message = "Choose whether to share or to stop. Go back and press one of the buttons."
        raise BadInputError(message, place="to")
    return text == "share"


async def access(call: Call) -> Response:
    """Show looks to review, weightiest first; who wishes so sees new ones within seconds."""
    alerts = await call.node.access_alerts(call.session)
    watching = call.asked("watch") == "yes"
    ledger = await call.site.health.ledger(call.session)
    answer = call.render(
        "access", "Access to check", alerts=alerts, watching=watching, ledger=ledger, looks=LOOKS
    )
    if watching:
        answer.headers["refresh"] = WATCH_SECONDS
    return answer


async def close_alert(call: Call) -> Response:
    """Mark an alert as justified, or for follow-up."""
    outcome = call.form.get("outcome", "")
    if outcome not in ("justified", "follow-up"):
        message = "Choose justified or follow up. Go back and press one of the buttons."
        raise BadInputError(message, place="outcome")
    alert = str(call.request.path_params["alert_id"])
    await call.node.close_alert(call.session, alert, justified=outcome == "justified")
    return see_other("/access")
