"""The door in for health links: a person makes, pauses and ends them.

What a link opens is a Consent of the person's, as for anybody whom they let act (ADR 0063). It and
the row of the link are written in one transaction.
"""

import asyncio
from typing import Final

from throughcare.actors.health_links import HealthLinks
from throughcare.admission.agency import Agencies
from throughcare.admission.agents import Agents
from throughcare.kernel import BadInputError, NotFoundError, day_of
from throughcare.model.acting import Right
from throughcare.model.granting import KINDS, SENSITIVE, Grant
from throughcare.model.health_link import (
    FEWEST_OF_PASSCODE,
    LONGEST_LABEL,
    LONGEST_PASSCODE,
    HealthLink,
    NewLink,
)
from throughcare.model.request import Request

NO_LINK: Final = "There is no such link of yours, or no longer. Go back to your links."

IDENTITY: Final = frozenset({"Patient"})
"""A summary that does not say whose it is would be taken for somebody else's."""


class Linking:
    """Each call is one transaction with its line in the ledger, in force when it returns."""

    def __init__(self, agents: Agents, links: HealthLinks) -> None:
        """Record Consents as `agents` do, and rows in `links`."""
        self._agents = agents
        self._links = links

    async def make(self, request: Request, link: NewLink) -> str:
        """Make a link for the person who asks and return its account.

        Raises DeniedError to anybody else, BadInputError for what no link can be.
        """
        _check(request, link)
        person = await self._agents.own(request)
        account = self._links.new_account()
        grant = _grant(account, link)
        passcode = await asyncio.to_thread(self._links.passcode, link.passcode.strip())

        async def work(found: Agencies) -> None:
            subject = await found.grant(person, grant)
            await self._links.add(found.tx, account, subject, link, passcode)

        await self._agents.carry_out(request, "make-link", person, work)
        return account

    async def pause(self, request: Request, account: str, *, paused: bool) -> None:
        """Let a link open nothing until it is resumed. Raises DeniedError, NotFoundError."""
        person = await self._agents.own(request)

        async def work(found: Agencies) -> None:
            await self._own(found, person, account)
            await self._links.pause(found.tx, account, paused=paused)

        action = "pause-link" if paused else "resume-link"
        await self._agents.carry_out(request, action, person, work)

    async def end(self, request: Request, account: str) -> None:
        """End a link and its Consent for ever. Raises DeniedError, NotFoundError.

        No look by it succeeds that begins after this returns.
        """
        person = await self._agents.own(request)

        async def work(found: Agencies) -> None:
            await self._own(found, person, account)
            await self._links.end(found.tx, account)
            await found.end_all(person, account)

        await self._agents.carry_out(request, "end-link", person, work)

    async def _own(self, found: Agencies, person: int, account: str) -> HealthLink:
        link = await self._links.get(found.tx, account)
        subjects = await found.rooms.persons.subjects_of(found.tx, person)
        if link is None or link.ended or link.subject not in subjects:
            raise NotFoundError(NO_LINK)
        return link


def _check(request: Request, link: NewLink) -> None:
    if not link.label or len(link.label) > LONGEST_LABEL:
        message = f"Say in at most {LONGEST_LABEL} letters whom the link is for."
        raise BadInputError(message, place="label")
    if link.passcode and not FEWEST_OF_PASSCODE <= len(link.passcode.strip()) <= LONGEST_PASSCODE:
        message = f"A passcode has {FEWEST_OF_PASSCODE} letters or digits at least."
        raise BadInputError(message, place="passcode")
    if link.passcode and link.direct:
        message = "A link to one file can have no passcode. Choose one of the two."
        raise BadInputError(message, place="passcode")
    if link.expires <= request.at:
        message = "The link would have ended already. Go back and choose how long it works."
        raise BadInputError(message, place="lifetime")
    if not link.kinds <= KINDS.keys() | SENSITIVE.keys():
        message = "One of the kinds is none that can be chosen. Load the page again."
        raise BadInputError(message, place="see")


def _grant(account: str, link: NewLink) -> Grant:
    types = [types for key, (_, types) in KINDS.items() if key in link.kinds]
    labels = [labels for key, (_, labels) in SENSITIVE.items() if key in link.kinds]
    if types:
        types.append(IDENTITY)
    return Grant(
        account,
        Right.DELEGATION,
        f"Link: {link.label}",
        until=day_of(link.expires),
        types=frozenset().union(*types),
        labels=frozenset().union(*labels),
    )
