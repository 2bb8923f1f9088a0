"""A person's health links: made, shown as a QR code, paused and ended."""

import segno
from markupsafe import Markup
from starlette.responses import Response

from throughcare.kernel import BadInputError
from throughcare.web.call import Call, Page, see_other
from throughcare.web.linking_ports import LIFETIMES, LinkWish
from throughcare.web.policy import Policy

_SEE = "see-"
_LONGEST = 200
_FIELDS = frozenset({"label", "passcode"})
_QUIET_ZONE = 4
"""Light modules around the code, which readers need (ISO/IEC 18004)."""


def qr_code(text: str) -> Markup:
    """Return a QR code as SVG without a size of its own, with the error correction of level M."""
    code = segno.make_qr(text, error="m", boost_error=False)
    shape = code.svg_inline(
        border=_QUIET_ZONE, light="#fff", omitsize=True, svgclass="tc-qr", lineclass=None
    )
    return Markup(shape)  # noqa: S704 - made of dark and light modules alone


async def links(call: Call) -> Response:
    """Show the links, and the form for another."""
    return await _links(call, {}, 200)


async def _links(call: Call, errors: dict[str, str], status: int) -> Response:
    view = await call.site.linked.links(call.session, call.person_id)
    form = call.form if errors else {}
    return call.render(
        "links", "Share by link", status, view=view, form=form, errors=errors, tab="links"
    )


async def make(call: Call) -> Response:
    """Make a link, and lead to it."""
    form = call.form
    kinds = (name.removeprefix(_SEE) for name, value in form.items() if value == "yes")
    wish = LinkWish(
        label=form.get("label", "").strip()[:_LONGEST],
        kinds=frozenset(kinds) - {"direct"},
        lifetime=form.get("lifetime", ""),
        passcode=form.get("passcode", "").strip(),
        direct=form.get("direct", "") == "yes",
    )
    if wish.lifetime not in LIFETIMES:
        message = "Choose how long the link works. Go back and do it."
        raise BadInputError(message, place="lifetime")
    try:
        account = await call.site.linked.make_link(call.session, call.person_id, wish)
    except BadInputError as error:
        if error.place not in _FIELDS:
            raise
        return await _links(call, {str(error.place): error.message}, error.status)
    return see_other(_path(call, account))


async def link(call: Call) -> Response:
    """Show one link to hand out."""
    account = str(call.request.path_params["account"])
    view = await call.site.linked.link(call.session, call.person_id, account, call.origin)
    code = qr_code(view.text) if view.text else ""
    return call.render("link", "Share by link", view=view, code=code, tab="links")


async def change(call: Call) -> Response:
    """Pause, resume or end a link: in force before the answer leaves."""
    account, what = str(call.request.path_params["account"]), call.form.get("what", "")
    linked = call.site.linked
    if what == "end":
        await linked.end_link(call.session, call.person_id, account)
    elif what in {"pause", "resume"}:
        paused = what == "pause"
        await linked.pause_link(call.session, call.person_id, account, paused=paused)
    else:
        message = "Choose what to do with the link. Go back and press one of the buttons."
        raise BadInputError(message, place="what")
    return see_other(_path(call, account))


def _path(call: Call, account: str) -> str:
    return f"/people/{call.person_id}/links/{account}"


_LINKS = "/people/{person_id}/links"
PAGES = (
    Page(_LINKS, "GET", links, Policy.OWN_RECORD),
    Page(_LINKS, "POST", make, Policy.OWN_RECORD),
    Page(f"{_LINKS}/{{account}}", "GET", link, Policy.OWN_RECORD),
    Page(f"{_LINKS}/{{account}}", "POST", change, Policy.OWN_RECORD),
)
"""Routes of these pages, each with its policy."""
