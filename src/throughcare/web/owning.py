"""A person's own pages: the record in plain words, what they add, and what they ask."""

from decimal import Decimal, InvalidOperation

from starlette.responses import Response

from throughcare.kernel import BadInputError
from throughcare.model.telling import HEADINGS, KINDS, Part
from throughcare.web.call import Call, Page, see_other
from throughcare.web.languages import marked
from throughcare.web.owning_ports import OwnView
from throughcare.web.policy import Policy
from throughcare.web.printing import can_print, pdf

DONE = {
    "reading": marked("Your reading is in your record."),
    "about-me": marked("What you wrote is in your record."),
    "wrong": marked("We passed it on. You see what becomes of it on this page."),
    "asked": marked("The privacy officer has your question. You see the answer on this page."),
}


_AS_MANY_AS_IT_TAKES = 500
"""Sheets: a record is for reading, and is not set smaller to save paper."""


async def my_record(call: Call) -> Response:
    """Show the record with plain sentences."""
    view = await call.site.owning.own_record(call.session, call.person_id)
    return call.render("my_record", _title(call), 200, **_of_record(call, view))


async def as_pdf(call: Call) -> Response:
    """Send the same as PDF: in the ledger that is no look at a screen, but paper.

    Where the record is withheld it is the page that says so. Raises NotFoundError where this node
    makes no PDF.
    """
    view = await call.site.owning.own_record(call.session, call.person_id, paper=True)
    if view.withheld:
        return call.render("my_record", _title(call), 200, **_of_record(call, view))
    page = call.text("my_record", _title(call), **_of_record(call, view))
    headers = {"content-disposition": 'attachment; filename="my-record.pdf"'}
    body = await pdf(page, call.site.theme, _AS_MANY_AS_IT_TAKES)
    return Response(body, headers=headers, media_type="application/pdf")


def _title(call: Call) -> str:
    own = call.session.person_id == call.person_id
    return marked("My record") if own else marked("The record in plain words")


def _of_record(call: Call, view: OwnView) -> dict[str, object]:
    done = DONE.get(call.asked("done"), "")
    return {"view": view, "done": done, "tab": "mine", "pdf": can_print()}


async def download(call: Call) -> Response:
    """Send everything that the person sees as FHIR."""
    body = await call.site.owning.download(call.session, call.person_id)
    headers = {"content-disposition": 'attachment; filename="my-record.json"'}
    return Response(body, headers=headers, media_type="application/fhir+json")


async def add(call: Call) -> Response:
    """Show the forms for readings and About Me."""
    return await _add(call, {}, 200)


async def _add(call: Call, errors: dict[str, str], status: int) -> Response:
    """Show both forms; after an error with what was written, which stays."""
    view = await call.site.owning.about_me(call.session, call.person_id)
    written = dict(view.about_me)
    texts = {key: written.get(heading, "") for key, heading in HEADINGS.items()}
    form = call.form if errors else {}
    return call.render(
        "add",
        "Add to my record",
        status,
        form=form,
        errors=errors,
        view=view,
        kinds=KINDS,
        headings=HEADINGS,
        texts=texts | {key: form[key] for key in HEADINGS if key in form},
        tab="mine",
    )


async def add_reading(call: Call) -> Response:
    """Store a reading: it is in the record before the answer leaves."""
    kind = call.form.get("kind", "")
    parts = KINDS[kind].parts if kind in KINDS else ()
    try:
        values = {each.key: _number(call.form.get(each.key, ""), each) for each in parts}
        await call.site.owning.add_reading(call.session, call.person_id, kind, values)
    except BadInputError as error:
        if error.place not in {part.key for part in parts}:
            raise
        return await _add(call, {str(error.place): error.message}, error.status)
    return see_other(f"/people/{call.person_id}/mine?done=reading")


async def about_me(call: Call) -> Response:
    """Store About Me."""
    texts = {key: call.form.get(key, "") for key in HEADINGS}
    try:
        await call.site.owning.write_about_me(call.session, call.person_id, texts)
    except BadInputError as error:
        if error.place not in HEADINGS:
            raise
        return await _add(call, {str(error.place): error.message}, error.status)
    return see_other(f"/people/{call.person_id}/mine?done=about-me")


async def wrong(call: Call) -> Response:
    """Show the form on which somebody says that something is wrong."""
    return await _wrong(call, {}, 200)


async def _wrong(call: Call, errors: dict[str, str], status: int) -> Response:
    entry, form = _entry(call), call.form if errors else {}
    view = await call.site.owning.wrong(call.session, call.person_id, entry)
    told = {"view": view, "entry": entry, "form": form, "errors": errors, "tab": "mine"}
    return call.render("wrong", "Something is wrong", status, **told)


async def call_wrong(call: Call) -> Response:
    """Pass it on to where the entry comes from."""
    entry = _entry(call)
    said = call.form.get("said", "")
    try:
        await call.site.owning.call_wrong(call.session, call.person_id, entry, said)
    except BadInputError as error:
        if error.place != "said":
            raise
        return await _wrong(call, {"said": error.message}, error.status)
    return see_other(f"/people/{call.person_id}/mine?done=wrong")


async def look(call: Call) -> Response:
    """Show one look, and the form to ask about it."""
    return await _look(call, {}, 200)


async def _look(call: Call, errors: dict[str, str], status: int) -> Response:
    look_id, form = str(call.request.path_params["look"]), call.form if errors else {}
    view = await call.site.owning.look(call.session, call.person_id, look_id)
    told = {"view": view, "form": form, "errors": errors, "tab": "looks"}
    return call.render("ask_about", "Ask about a look", status, **told)


async def ask_about(call: Call) -> Response:
    """Put the question in the privacy officer's queue."""
    look_id = str(call.request.path_params["look"])
    said = call.form.get("said", "")
    try:
        await call.site.owning.ask_about(call.session, call.person_id, look_id, said)
    except BadInputError as error:
        if error.place != "said":
            raise
        return await _look(call, {"said": error.message}, error.status)
    return see_other(f"/people/{call.person_id}/looks")


def _entry(call: Call) -> str:
    names = call.request.path_params
    return f"{names['type']}/{names['entry_id']}" if "type" in names else ""


def _number(text: str, part: Part) -> Decimal:
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        message = f"Write the {part.name.lower()} as a number alone, in {part.unit}."
        raise BadInputError(message, place=part.key)
    return value


_PERSON = "/people/{person_id}"
_ENTRY = f"{_PERSON}/wrong/{{type}}/{{entry_id}}"
PAGES = (
    Page(f"{_PERSON}/mine", "GET", my_record, Policy.START_OF_OWN),
    Page(f"{_PERSON}/mine.json", "GET", download, Policy.OWN_RECORD),
    Page(f"{_PERSON}/mine.pdf", "GET", as_pdf, Policy.OWN_RECORD),
    Page(f"{_PERSON}/add", "GET", add, Policy.OWN_RECORD),
    Page(f"{_PERSON}/readings", "POST", add_reading, Policy.OWN_RECORD),
    Page(f"{_PERSON}/about-me", "POST", about_me, Policy.OWN_RECORD),
    Page(f"{_PERSON}/wrong", "GET", wrong, Policy.OWN_RECORD),
    Page(f"{_PERSON}/wrong", "POST", call_wrong, Policy.OWN_RECORD),
    Page(_ENTRY, "GET", wrong, Policy.OWN_RECORD),
    Page(_ENTRY, "POST", call_wrong, Policy.OWN_RECORD),
    Page(f"{_PERSON}/looks/{{look}}", "GET", look, Policy.OWN_RECORD),
    Page(f"{_PERSON}/looks/{{look}}", "POST", ask_about, Policy.OWN_RECORD),
)
"""Routes of these pages, each with its policy."""
