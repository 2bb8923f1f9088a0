"""One request to a page: who asks, what the form says, and how an answer is rendered."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from throughcare.kernel import Clock, Ids, UnauthenticatedError
from throughcare.web import packing
from throughcare.web.acting_ports import ActingFor, ActingNode
from throughcare.web.care_ports import CareNode
from throughcare.web.connecting_ports import RehearsalNode
from throughcare.web.health_ports import HealthNode
from throughcare.web.keeping_ports import KeepingNode
from throughcare.web.languages import COOKIE, NOT_IN_WELSH, Language, chosen, marked
from throughcare.web.launch_ports import LaunchNode
from throughcare.web.linking_ports import LinkedNode
from throughcare.web.matching_ports import MatchingNode
from throughcare.web.owning_ports import OwningNode
from throughcare.web.policy import Policy
from throughcare.web.ports import Node, Session
from throughcare.web.post_ports import PostNode
from throughcare.web.security import Cookies
from throughcare.web.source_ports import SourceNode
from throughcare.web.stylesheet import stylesheet
from throughcare.web.templating import environment, is_whole
from throughcare.web.theme import Theme
from throughcare.web.uploading import Upload

APPEARANCE: Final = "throughcare-appearance"
"""Cookie of who prefers the summary light or dark, whatever their device is set to."""
NOT_FOR_LIVE_CARE: Final = marked(
    "Not for live care until a DCB0129 case signed by a Clinical Safety Officer, "
    "DCB0160 deployment, DPIA and DSPT are in place."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every page of one node shares: the parts of it that pages ask, each by its name."""

    node: Node
    posts: PostNode
    acting: ActingNode
    launching: LaunchNode
    care: CareNode
    keeping: KeepingNode
    owning: OwningNode
    linked: LinkedNode
    health: HealthNode
    matching: MatchingNode
    rehearsal: RehearsalNode
    sources: SourceNode
    clock: Clock
    ids: Ids
    locality: str
    """Name of the locality, at the foot of each page."""
    theme: Theme = field(default_factory=Theme)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server stops: whoever is sent events is sent no more."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, checked: the session is one that the page is for, the form came from us."""

    site: Site
    request: Request
    signed_in: Session | None
    form: Mapping[str, str]
    acting: ActingFor | None = None
    """Whose record a proxy looks at: shown above every page about it."""
    upload: Upload | None = None
    """The file of a form that carries one."""
    slips: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with fields of a form that a page of a record carries, by the field."""

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
    def cookies(self) -> Cookies:
        """The cookies of this browser."""
        return Cookies.of(self.request)

    @property
    def person_id(self) -> str:
        """Opaque id of the person that the address names."""
        return str(self.request.path_params["person_id"])

    def asked(self, name: str) -> str:
        """Return a query parameter, "" if absent."""
        return self.request.query_params.get(name, "")

    @property
    def language(self) -> Language:
        """The language that whoever asks has chosen, or their browser."""
        headers = self.request.headers
        cookie = self.request.cookies.get(COOKIE, "")
        return chosen(cookie, headers.get("accept-language", ""))

    @property
    def appearance(self) -> str:
        """``dark`` or ``light`` for who chose, else ``device``."""
        found = self.request.cookies.get(APPEARANCE, "")
        return found if found in ("dark", "light") else "device"

    @property
    def origin(self) -> str:
        """Address of this node as the browser sees it: ``https://node.example``."""
        url = self.request.url
        return f"{url.scheme}://{url.netloc}"

    @property
    def back(self) -> str:
        """Address of this page for a link that leads back to it; else the start page.

        After a form there is no way back, and who is not signed in is told no record's address.
        """
        url = self.request.url
        unknown = self.signed_in is None and "person_id" in self.request.path_params
        if self.request.method != "GET" or unknown:
            return "/"
        return f"{url.path}?{url.query}" if url.query else url.path

    def render(self, template: str, title: str, status: int = 200, **values: object) -> Response:
        """Render a page in the reader's language.

        `title` MUST NOT hold a person's name or number. A page with a slip in its form is an error.
        """
        if self.slips:
            title, status = f"Error: {title}", 400
        text = self.text(template, title, **values)
        return packing.page(text, status, self.request.headers.get("accept-encoding", ""))

    def part(self, template: str, **values: object) -> str:
        """Return a part of a page that is open already, in the language of the program."""
        found = environment().get_template(f"{template}.html.j2")
        return found.render(
            session=self.signed_in, acting=self.acting, now=self.site.clock.now(), **values
        )

    def text(self, template: str, title: str, **values: object) -> str:
        """Return a page as `render` sends it.

        A page that is not wholly in the reader's language is in English, and says so: half of each
        can neither be read nor be spoken aloud.
        """
        wanted = self.language
        language = wanted if is_whole(template, wanted) else Language.ENGLISH
        found = environment(language).get_template(f"{template}.html.j2")
        return found.render(
            title=title,
            session=self.signed_in,
            acting=self.acting,
            locality=self.site.locality,
            stylesheet=stylesheet(self.site.theme).path,
            colour=self.site.theme.colour,
            now=self.site.clock.now(),
            not_for_live_care=NOT_FOR_LIVE_CARE,
            language=language,
            wanted=wanted,
            missing="" if language is wanted else NOT_IN_WELSH,
            back=self.back,
            appearance=self.appearance,
            slips=self.slips,
            typed=self.form if self.slips else {},
            **values,
        )


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """One route: its address, method, handler and for whom it is."""

    path: str
    method: str
    handler: Handler
    policy: Policy
    takes: int = 0
    """Bytes of the file that its form may carry; 0: it carries none."""


def see_other(path: str) -> Response:
    """Send the browser on after a form, so that loading again repeats nothing."""
    return RedirectResponse(path, 303)
