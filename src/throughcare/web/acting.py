"""Acting for others: whose record, who acts for me, and what staff record of it."""

from starlette.responses import Response

from throughcare.kernel import BadInputError, NotFoundError
from throughcare.web.acting_ports import Record, Wish
from throughcare.web.call import Call, see_other
from throughcare.web.days import day_of

_LONGEST = 200
_FIELDS = frozenset({"account", "until"})
_SEE = "see-"
_WHATS = frozenset({"grant", "review", "end", "lacking", "present", "hold", "lift"})
_RIGHTS = frozenset({"parental-responsibility", "lasting-power-of-attorney", "deputy"})


async def charges(call: Call) -> Response:
    """Show a proxy for whom they may look."""
    found = await call.site.acting.charges(call.session)
    told = await call.site.acting.told(call.session)
    return call.render("charges", "Whose record", charges=found, told=told)


async def agents(call: Call) -> Response:
    """Show a person who acts for them, and the form to choose somebody."""
    return await _agents(call, {}, 200)


async def _agents(call: Call, errors: dict[str, str], status: int) -> Response:
    view = await call.site.acting.agents(call.session, call.person_id)
    done = call.asked("done") == "yes"
    return call.render(
        "agents",
        "Who acts for me",
        status,
        view=view,
        done=done,
        form=call.form if errors else {},
        errors=errors,
        tab="agents",
    )


async def check(call: Call) -> Response:
    """Show what a choice would come to, before anything is recorded."""
    try:
        view = await call.site.acting.wish(call.session, call.person_id, _wish(call))
    except BadInputError as error:
        if error.place not in _FIELDS:
            raise
        return await _agents(call, {str(error.place): error.message}, error.status)
    return call.render("agent_check", "Check your choice", view=view, tab="agents")


async def allow(call: Call) -> Response:
    """Let somebody act: in force before the answer leaves."""
    await call.site.acting.allow(call.session, call.person_id, _wish(call))
    return see_other(f"/people/{call.person_id}/agents?done=yes")


async def ending(call: Call) -> Response:
    """Ask whether somebody is to act no more."""
    view = await call.site.acting.agents(call.session, call.person_id)
    consent = str(call.request.path_params["consent"])
    agent = next((each for each in view.agents if each.id == consent and each.own), None)
    if agent is None:
        message = "There is no such choice of yours. Go back to who acts for me."
        raise NotFoundError(message)
    return call.render("agent_end", "Check your choice", view=view, agent=agent, tab="agents")


async def end(call: Call) -> Response:
    """End it: in force before the answer leaves."""
    consent = str(call.request.path_params["consent"])
    await call.site.acting.take_back(call.session, call.person_id, consent)
    return see_other(f"/people/{call.person_id}/agents?done=yes")


async def representation(call: Call) -> Response:
    """Show staff who acts for a person, and the forms to record it."""
    view = await call.site.acting.agents(call.session, call.person_id)
    done = call.asked("done") == "yes"
    title = "Who acts for this person"
    return call.render("representation", title, view=view, done=done, tab="representation")


async def record(call: Call) -> Response:
    """Record what staff say: in force before the answer leaves."""
    form = call.form
    record_ = Record(
        what=form.get("what", ""),
        account=form.get("account", "").strip()[:_LONGEST],
        right=form.get("right", ""),
        consent=form.get("consent", ""),
        since=day_of(form.get("since", ""), "since"),
        until=day_of(form.get("until", ""), "until"),
    )
    if record_.what not in _WHATS or (record_.what == "grant" and record_.right not in _RIGHTS):
        message = "Choose what to record. Go back and press one of the buttons."
        raise BadInputError(message, place="what")
    if record_.what == "lacking" and record_.until is None:
        message = "A lack of capacity has a last day. Go back and fill it in."
        raise BadInputError(message, place="until")
    await call.site.acting.record(call.session, call.person_id, record_)
    return see_other(f"/people/{call.person_id}/representation?done=yes")


def _wish(call: Call) -> Wish:
    ticked = (name for name, value in call.form.items() if value == "yes")
    kinds = frozenset(name.removeprefix(_SEE) for name in ticked if name.startswith(_SEE))
    account = call.form.get("account", "").strip()[:_LONGEST]
    return Wish(account, kinds, day_of(call.form.get("until", ""), "until"))
