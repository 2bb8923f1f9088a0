"""Sources: the systems that hand over by a key of their own, for whoever runs the node."""

from typing import Final

from starlette.responses import Response

from throughcare.kernel import BadInputError
from throughcare.model.source import Source
from throughcare.web.call import Call, Page, see_other
from throughcare.web.policy import Policy

PATH: Final = "/node/sources"
_FIELDS: Final = frozenset({"name", "organisation", "mapping"})


async def sources(call: Call) -> Response:
    """Show every source, how it is getting on, and where one is added."""
    return await _list(call, {}, {})


async def add(call: Call) -> Response:
    """Add a source, and show its key with what to hand over."""
    given = {name: call.form.get(name, "").strip() for name in _FIELDS}
    source = Source(given["name"], given["organisation"].upper(), given["mapping"])
    try:
        key = await call.site.sources.add(call.session, source)
    except BadInputError as error:
        place = error.place if error.place in _FIELDS else "mapping"
        return await _list(call, given, {str(place): error.message}, error.status)
    return _sheet(call, source, key)


async def renew(call: Call) -> Response:
    """Give a source a new key, and show it."""
    source, key = await call.site.sources.renew(call.session, _named(call))
    return _sheet(call, source, key)


async def close(call: Call) -> Response:
    """Take the key of a source away."""
    await call.site.sources.close(call.session, _named(call))
    return see_other(PATH)


def _named(call: Call) -> str:
    return str(call.request.path_params["source"])


async def _list(
    call: Call, form: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    known = await call.site.sources.sources(call.session)
    return call.render("sources", "Sources", status, known=known, form=form, errors=errors)


def _sheet(call: Call, source: Source, key: str) -> Response:
    return call.render("source_key", "Key of a source", source=source, key=key, origin=call.origin)


PAGES: Final = (
    Page(PATH, "GET", sources, Policy.RUNS_NODE),
    Page(PATH, "POST", add, Policy.RUNS_NODE),
    Page(f"{PATH}/{{source}}/key", "POST", renew, Policy.RUNS_NODE),
    Page(f"{PATH}/{{source}}/close", "POST", close, Policy.RUNS_NODE),
)
