"""The door out for whoever holds a person's health link.

Nobody is signed in: the link stands for an account that the person's own Consent names. So each
look is decided by what the person says at that moment, masked, and in the ledger, as for anybody
whom they let act (ADR 0063).
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from throughcare.actors.health_links import HealthLinks, is_passcode
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.documents import Documents
from throughcare.disclosure.lines import Look
from throughcare.disclosure.links import persons
from throughcare.identity import PersonIndex
from throughcare.kernel import Clock, DeniedError, NotFoundError, WrongPasscodeError
from throughcare.model.health_link import HealthLink
from throughcare.model.request import Actor, Purpose, Reason, Relationship, Request, Role
from throughcare.store.protocol import Reader, Transaction

OPENED: Final = "open-link"
"""What the ledger calls a look by a link."""
NO_LINK: Final = (
    "This link opens nothing. It may have ended or be paused, or a part of it is missing. Ask "
    "whoever gave it to you."
)
ASKS: Final = "This link needs its passcode. Ask whoever gave it to you."
WRONG: Final = "This is not the passcode of the link. Ask whoever gave it to you."
FHIR_JSON: Final = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody sends who holds a link."""

    address: str
    recipient: str
    """Who they say they are."""
    base: str
    """Address of the node's FHIR interface as they see it."""
    passcode: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens now: an International Patient Summary."""

    account: str
    content: bytes
    """A Bundle in JSON."""


class Bearers:
    """Answers those who hold a link; every call leaves a line that the person reads."""

    def __init__(
        self,
        door: Disclosure,
        documents: Documents,
        index: PersonIndex,
        links: HealthLinks,
        clock: Clock,
    ) -> None:
        """Make what links open with `documents`."""
        self._door = door
        self._index = index
        self._documents = documents
        self.links = links
        self._clock = clock

    async def open(self, asked: Asked, *, direct: bool = False) -> Opened:
        """Return what a link opens now.

        Raises NotFoundError, in the same words, for a link that is unknown, ended, over, locked,
        paused or without the Consent's cover, WrongPasscodeError for another passcode, DeniedError
        where it is `direct` and the link is not for that.
        """
        async with self._door.rooms.store.snapshot() as reader:
            link = await self.links.at(reader, asked.address)
            if link is None:
                raise NotFoundError(NO_LINK)
            request = await self._request(reader, link, asked.recipient)
            stored = await self.links.secret_of(reader, link.account)
        if link.state(request.at) != "open":
            await self._refuse(request, link)
        if direct and not link.direct:
            message = "This link has a manifest: send a POST with your name as recipient."
            raise DeniedError(message)
        if link.protected:
            await self._pass(request, link, stored, asked.passcode)
        return await self._summary(request, link, asked.base)

    async def offer(self, opened: Opened, recipient: str) -> str:
        """Return the secret by which what was opened can be fetched as a file, once and soon."""

        async def work(tx: Transaction) -> str:
            return await self.links.offer(tx, opened.account, recipient)

        return await self._door.rooms.store.transact(work)

    async def file(self, address: str, given: str, base: str) -> Opened:
        """Return what such a secret stands for, decided anew. Raises NotFoundError as `open`."""

        async def work(tx: Transaction) -> HealthLink:
            ticket = await self.links.redeem(tx, given)
            link = await self.links.at(tx, address)
            if ticket is None or link is None or link.account != ticket.account:
                raise NotFoundError(NO_LINK)
            recipient.append(ticket.recipient)
            return link

        recipient: list[str] = []
        link = await self._door.rooms.store.transact(work)
        async with self._door.rooms.store.snapshot() as reader:
            request = await self._request(reader, link, recipient[0])
        if link.state(request.at) != "open":
            await self._refuse(request, link)
        return await self._summary(request, link, base)

    def sealed(self, opened: Opened) -> str:
        """Return what was opened, encrypted under the key that is in the link."""
        return self.links.sealed(opened.account, opened.content, FHIR_JSON)

    async def of(self, request: Request, person_id: str) -> tuple[HealthLink, ...]:
        """Return the links of the person who asks, newest first; audited.

        Raises DeniedError to anybody else.
        """
        person = request.actor.person
        async with self._door.rooms.store.snapshot() as reader:
            about = await self._index.by_public_id(reader, person_id)
            own = request.actor.role is Role.PATIENT and about is not None and about == person
            about_whom = () if about is None else (about,)
            look = Look("links", f"person/{person_id}", {}, 0, own, about_whom)
            await self._door.lines.write(request, look)
            if not own or about is None:
                message = "Only the person sees the links to their record."
                raise DeniedError(message)
            found = await self.links.of(reader, await self._index.subjects_of(reader, about))
        return tuple(sorted(found, key=lambda link: link.made, reverse=True))

    async def _pass(self, request: Request, link: HealthLink, stored: str, given: str) -> None:
        """Let the right passcode pass. Raises WrongPasscodeError, audited if one was given."""
        if not given:
            raise WrongPasscodeError(ASKS, remaining=link.attempts)
        store = self._door.rooms.store

        async def take(tx: Transaction) -> bool:
            return await self.links.take_attempt(tx, link.account)

        async def give_back(tx: Transaction) -> None:
            await self.links.give_attempt_back(tx, link.account)

        if not await store.transact(take):
            await self._refuse(request, link)
        if await asyncio.to_thread(is_passcode, stored, given):
            await store.transact(give_back)
            return
        await self._line(request, "passcode")
        async with store.snapshot() as reader:
            left = await self.links.get(reader, link.account)
        raise WrongPasscodeError(WRONG, remaining=left.attempts if left else 0)

    async def _summary(self, request: Request, link: HealthLink, base: str) -> Opened:
        """Return the summary as the link's Consent opens it; the line is written by the reading."""
        try:
            patient = await self._patient(link)
            content = await self._documents.summary(request, patient, base, OPENED)
        except (NotFoundError, DeniedError) as error:
            raise NotFoundError(NO_LINK) from error
        return Opened(link.account, content)

    async def _refuse(self, request: Request, link: HealthLink) -> None:
        await self._line(request, link.state(request.at))
        raise NotFoundError(NO_LINK)

    async def _line(self, request: Request, what: str) -> None:
        """Write down that somebody tried, for the person to read."""
        await self._door.lines.write(request, Look(OPENED, what, {}, 0, permitted=False))

    async def _request(self, reader: Reader, link: HealthLink, recipient: str) -> Request:
        found = await persons(reader, [link.subject])
        (person,) = found or (None,)
        return Request(
            Actor(link.account, Role.PROXY, "", client="health-link", person=person),
            Purpose.FAMRQT,
            self._clock.now(),
            Relationship.YES,
            reason=Reason(recipient),
            id=self._door.rooms.ids.new(),
        )

    async def _patient(self, link: HealthLink) -> str:
        async with self._door.rooms.store.snapshot() as reader:
            stored = await self._door.rooms.records.unfiltered(
                reader, [link.subject], types=["Patient"]
            )
        live = [each.id for each in stored if not each.deleted]
        if not live:
            raise NotFoundError(NO_LINK)
        return live[0]
