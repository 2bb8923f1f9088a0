"""Health links over the doors of a node: for the person who makes them, and for who opens one."""

from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any, Final

from throughcare.actors import jwe, secret
from throughcare.admission.health_links import NO_LINK
from throughcare.api.application import BASE
from throughcare.api.health_links import PATH
from throughcare.app.acting import sees
from throughcare.app.grounds import Grounds
from throughcare.app.node import Node
from throughcare.disclosure.health_links import Asked, Opened
from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import BadInputError, DeniedError, NotFoundError
from throughcare.model import health_link
from throughcare.model.audit import AuditEntry
from throughcare.model.granting import KINDS, SENSITIVE
from throughcare.model.health_link import (
    LONGEST_ADDRESS,
    HealthLink,
    NewLink,
    Payload,
    is_link,
)
from throughcare.model.request import Request
from throughcare.web import linking_ports as ports
from throughcare.web.ports import Session
from throughcare.web.security import VIEWER_PATH

ELSEWHERE: Final = (
    "This link leads to another place. Turn scripts on in your browser to open it here, or open it "
    "there."
)
_OWN: Final = "Only the person shares their record by a link."


class HealthLinksOf:
    """Implements `throughcare.web.linking_ports.LinkedNode`."""

    def __init__(self, node: Node) -> None:
        """Serve pages of `node`."""
        self._node = node
        self._grounds = Grounds(node)

    async def links(self, session: Session, person_id: str) -> ports.LinksView:
        """Return the person's links."""
        request, found = await self._found(session, person_id)
        banner = await self._node.people.banner_of(person_id, request.day)
        kinds = tuple((key, words) for key, (words, _) in {**KINDS, **SENSITIVE}.items())
        lines = tuple(_line(link, request) for link in found)
        return ports.LinksView(person_id, banner, lines, kinds)

    async def link(
        self, session: Session, person_id: str, account: str, origin: str
    ) -> ports.LinkView:
        """Return one, to hand out."""
        request, found = await self._found(session, person_id)
        link = next((each for each in found if each.account == account), None)
        if link is None:
            raise NotFoundError(NO_LINK)
        line = _line(link, request)
        text = self._text(link, origin) if line.state in {"open", "paused"} else ""
        banner = await self._node.people.banner_of(person_id, request.day)
        return ports.LinkView(person_id, banner, line, text)

    async def make_link(self, session: Session, person_id: str, wish: ports.LinkWish) -> str:
        """Make one."""
        request = self._own(session, person_id)
        expires = request.at + ports.LIFETIMES[wish.lifetime]
        link = NewLink(wish.label, wish.kinds, expires, wish.passcode, wish.direct)
        return await self._node.linking.make(request, link)

    async def pause_link(
        self, session: Session, person_id: str, account: str, *, paused: bool
    ) -> None:
        """Let it open nothing for a while, or again."""
        await self._node.linking.pause(self._own(session, person_id), account, paused=paused)

    async def end_link(self, session: Session, person_id: str, account: str) -> None:
        """End it for ever."""
        await self._node.linking.end(self._own(session, person_id), account)

    async def view(self, text: str, recipient: str, passcode: str, origin: str) -> ports.Viewed:
        """Return what a link of this node opens now; another place is never fetched from here."""
        given = health_link.read(text)
        start = f"{origin}{PATH}/"
        if not given.url.startswith(start):
            raise BadInputError(ELSEWHERE, place="link")
        address = given.url.removeprefix(start)
        await self._check_key(address, given.key)
        asked = Asked(address, recipient, f"{origin}{BASE}", passcode)
        opened = await self._node.bearers.open(asked, direct="U" in given.flag)
        return self._viewed(opened, given.label)

    async def _check_key(self, address: str, key: str) -> None:
        """Raise NotFoundError unless the link holds its own key: half a link opens nothing."""
        links = self._node.health_links
        async with self._node.store.snapshot() as reader:
            link = await links.at(reader, address)
        if link is None or not secret.same(jwe.text_of(links.key(link.account)), key):
            raise NotFoundError(NO_LINK)

    def _viewed(self, opened: Opened, label: str) -> ports.Viewed:
        bundle = fhir_bytes.parse(opened.content)
        resources: list[Mapping[str, Any]] = [each["resource"] for each in bundle["entry"]]
        patient = next(each for each in resources if each["resourceType"] == "Patient")
        sections = tuple(
            ports.ViewedSection(part["title"], _lines(part["text"]["div"]))
            for part in resources[0]["section"]
        )
        return ports.Viewed(label, _who(patient), self._node.clock.now(), sections)

    def _text(self, link: HealthLink, origin: str) -> str:
        links = self._node.health_links
        url = f"{origin}{PATH}/{links.address(link.account)}"
        if len(url) > LONGEST_ADDRESS:
            message = (
                f"The address of this node is too long for a health link, which has at most "
                f"{LONGEST_ADDRESS} letters with it. Ask those who run this node."
            )
            raise BadInputError(message, place="host")
        key = jwe.text_of(links.key(link.account))
        ends = int(link.expires.timestamp())
        payload = Payload(url, key, ends, link.flags, link.label)
        return f"{origin}{VIEWER_PATH}#{health_link.written(payload)}"

    async def _found(
        self, session: Session, person_id: str
    ) -> tuple[Request, tuple[HealthLink, ...]]:
        request = self._own(session, person_id)
        return request, await self._node.bearers.of(request, person_id)

    def _own(self, session: Session, person_id: str) -> Request:
        if not session.person_id or person_id != session.person_id:
            raise DeniedError(_OWN)
        return self._grounds.request(session, None)


async def names(node: Node, lines: Iterable[AuditEntry]) -> dict[str, str]:
    """Return how users are called, and the links that `lines` speak of, to their person."""
    accounts = {line.user for line in lines if is_link(line.user)}
    async with node.store.snapshot() as reader:
        found = {user.id: user.name for user in await node.directory.all(reader)}
        for account in sorted(accounts):
            link = await node.health_links.get(reader, account)
            if link is not None:
                found[account] = f"Somebody with your link “{link.label}”"
    return found


def _line(link: HealthLink, request: Request) -> ports.LinkLine:
    types = [types for key, (_, types) in KINDS.items() if key in link.kinds]
    labels = [labels for key, (_, labels) in SENSITIVE.items() if key in link.kinds]
    shown = sees(frozenset().union(*types), frozenset().union(*labels))
    return ports.LinkLine(
        account=link.account,
        label=link.label,
        sees=shown,
        state=link.state(request.at),
        expires=link.expires,
        protected=link.protected,
        attempts=link.attempts,
    )


def _who(patient: Mapping[str, Any]) -> str:
    """Return name and birth date of the person of a summary."""
    name: Mapping[str, Any] = next(iter(patient.get("name", ())), {})
    family, given = str(name.get("family", "")).upper(), " ".join(name.get("given", ()))
    whole = ", ".join(part for part in (family, given) if part) or str(name.get("text", ""))
    born = patient.get("birthDate", "")
    return f"{whole}. Born {born}" if born else whole


def _lines(narrative: str) -> tuple[str, ...]:
    reader = _Items()
    reader.feed(narrative)
    reader.close()
    return tuple(text for text in reader.found if text)


class _Items(HTMLParser):
    """Takes the items of a narrative of `throughcare.summary.ips` as plain text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        """Begin an item."""
        if tag == "li":
            self.found.append("")

    def handle_data(self, data: str) -> None:
        """Add to the item."""
        if self.found:
            self.found[-1] += data
