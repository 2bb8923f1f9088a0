"""One request to a page: who asks, what the form says, and how an answer is rendered."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from throughcare.kernel import Clock, Ids, UnauthenticatedError
from throughcare.summary import dates, words
from throughcare.web.acting_ports import ActingFor, ActingNode
from throughcare.web.icons import ICON
from throughcare.web.policy import Policy
from throughcare.web.ports import Node, Session
from throughcare.web.security import Cookies
from throughcare.web.stylesheet import stylesheet

NOT_FOR_LIVE_CARE: Final = (
    "Not for live care until a DCB0129 case signed by a Clinical Safety Officer, "
    "DCB0160 deployment, DPIA and DSPT are in place."
)


@dataclass(frozen=True, slots=True)
class Site:
    """What every page of one node shares."""

    node: Node
    acting: ActingNode
    clock: Clock
    ids: Ids
    cookies: Cookies
    locality: str
    """Name of the locality, shown in the header."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, checked: the session is one that the page is for, the form came from us."""

    site: Site
    request: Request
    signed_in: Session | None
    form: Mapping[str, str]
    acting: ActingFor | None = None
    """Whose record a proxy looks at: shown above every page about it."""

    @property
    def session(self) -> Session:
        """The session; on pages that need one it is always there. Raises UnauthenticatedError."""
        if self.signed_in is None:
            message = "You are not signed in. Ask for a new sign-in link."
            raise UnauthenticatedError(message)
        return self.signed_in

    @property
    def node(self) -> Node:
        """The node behind the pages."""
        return self.site.node

    @property
    def person_id(self) -> str:
        """Opaque id of the person that the address names."""
        return str(self.request.path_params["person_id"])

    def asked(self, name: str) -> str:
        """Return a query parameter, "" if absent."""
        return self.request.query_params.get(name, "")

    def render(self, template: str, title: str, status: int = 200, **values: object) -> Response:
        """Render a page. `title` MUST NOT hold a name or a number of a person."""
        found = environment().get_template(f"{template}.html.j2")
        text = found.render(
            title=title,
            session=self.signed_in,
            acting=self.acting,
            locality=self.site.locality,
            stylesheet=stylesheet().path,
            now=self.site.clock.now(),
            not_for_live_care=NOT_FOR_LIVE_CARE,
            **values,
        )
        return HTMLResponse(text, status)


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """One route: its address, method, handler and for whom it is."""

    path: str
    method: str
    handler: Handler
    policy: Policy


def see_other(path: str) -> Response:
    """Send the browser on after a form, so that loading again repeats nothing."""
    return RedirectResponse(path, 303)


@cache
def environment() -> Environment:
    """Return the templates: an undefined name is an error, all values are escaped."""
    made = Environment(
        loader=PackageLoader("throughcare.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["moment"] = dates.moment
    made.filters["moment_in_full"] = dates.moment_in_full
    made.filters["long_date"] = dates.long
    made.filters["dialled"] = words.dialled
    made.filters["clock_time"] = _clock_time
    made.filters["sentence_case"] = words.sentence_case
    made.filters["role_name"] = words.role_name
    made.globals["icon"] = ICON
    return made


def _clock_time(at: datetime) -> str:
    return f"{at.astimezone(dates.LONDON):%H:%M}"
