"""The node as the pages know it: sessions to requests, doors to views."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from throughcare.actors import sessions as actor_sessions
from throughcare.app import health_links, words
from throughcare.app.grounds import Grounds
from throughcare.app.node import Node
from throughcare.app.notices import notices
from throughcare.app.owning import ASKED
from throughcare.consent.choices import Switch
from throughcare.disclosure import views
from throughcare.disclosure.timelines import Leaf
from throughcare.kernel import DeniedError, NotFoundError, UnauthenticatedError
from throughcare.model.person import PersonQuery
from throughcare.model.request import Permission, Reason, Relationship, Request, Role
from throughcare.store.protocol import Transaction
from throughcare.summary.timeline import Chosen
from throughcare.web import ports

PAGE_LINES = 40
MONTH_LINES = 150
UNNAMED = "to be named"
"""What a locality's file says until somebody is named."""
ASKING = {Role.PARAMEDIC, Role.NURSE, Role.GP, Role.PSYCHIATRIST, Role.PHARMACIST}
"""Roles that ask the person before they look (permission to view)."""
KEEPING = {Role.PARAMEDIC}
"""Roles that may keep a summary on their device, where the locality allows it."""

OWN_CHOICES = "Only the person sets who can see their record."


class PagesOf:
    """Implements `throughcare.web.ports.Node` over the doors of a node."""

    def __init__(self, node: Node) -> None:
        """Serve pages of `node`."""
        self._node = node
        self._grounds = Grounds(node)

    async def session(self, cookie: str) -> ports.Session | None:
        """Return the session of a cookie."""
        try:
            found = await self._node.sessions.use(self._node.store, cookie)
        except UnauthenticatedError:
            return None
        # Whose record a proxy looks at is in the address of a page, never in the session.
        own = found.actor.person if found.actor.role is Role.PATIENT else None
        person_id = ""
        if own is not None:
            async with self._node.store.snapshot() as reader:
                person_id = await self._node.persons.public_id(reader, own)
        return ports.Session(
            actor=replace(found.actor, person=own),
            name=found.name,
            csrf=actor_sessions.csrf(cookie),
            asks_permission=found.actor.role in ASKING,
            person_id=person_id,
            cookie=cookie,
            posts=found.posts,
            matches=found.actor.role in self._node.profile.reviewers,
        )

    async def sign_out(self, cookie: str) -> None:
        """End a session."""

        async def work(tx: Transaction) -> None:
            await self._node.sessions.end(tx, cookie)

        await self._node.store.transact(work)

    async def find_people(
        self, session: ports.Session, query: PersonQuery
    ) -> tuple[Sequence[ports.FoundPerson], ports.Remainder]:
        """Return who matches, the likeliest first, and what was left out."""
        request = self._request(session)
        found = await self._node.people.find(request, query)
        people = [ports.FoundPerson(each.person_id, each.banner) for each in found.people]
        return people, ports.Remainder(found.total, found.is_whole)

    async def told(self, session: ports.Session) -> Sequence[ports.Warned]:
        """Return what the reader is to be told of records that they read."""
        found = await self._node.oversight.told(self._request(session))
        return [
            ports.Warned(datetime.fromisoformat(each.at), each.text, each.person_id)
            for each in found
        ]

    async def permission(self, session: ports.Session, person_id: str, answer: Permission) -> None:
        """Keep what the person said at this contact."""
        await self._grounds.permission(session, person_id, answer)

    async def break_glass(self, session: ports.Session, person_id: str, reason: Reason) -> None:
        """Open the record by break-glass. Raises DeniedError for roles that may not."""
        await self._grounds.break_glass(session, person_id, reason)

    async def claim(self, session: ports.Session, person_id: str, reason: Reason) -> None:
        """Keep that the reader says they care for the person."""
        await self._grounds.claim(session, person_id, reason)

    async def renew_glass(self, session: ports.Session, person_id: str) -> None:
        """Go on with the same reason. Raises ConflictError where the glass was not broken."""
        await self._grounds.renew(session, person_id)

    async def hand_over(self, session: ports.Session, person_id: str) -> None:
        """Close the record again."""
        await self._grounds.hand_over(session, person_id)

    async def emergency(
        self,
        session: ports.Session,
        person_id: str,
        look: ports.Summary = ports.Summary.SCREEN,
    ) -> ports.EmergencyView:
        """Return the emergency page."""
        request = await self._grounds.request_about(session, person_id)
        found = await self._node.people.emergency(request, person_id, look.value)
        return ports.EmergencyView(
            person_id=person_id,
            summary=found.summary,
            withheld=withheld(found.withheld),
            ground=ports.Ground(
                request.purpose,
                request.permission,
                request.until,
                _said(request),
                request.relationship is Relationship.SELF,
            ),
            made=request.at,
            warning=found.warning,
            unsure=found.unsure,
            told=await notices(self._node, session, person_id, request),
            keeps=self._node.profile.offline and session.actor.role in KEEPING,
        )

    async def timeline(
        self, session: ports.Session, person_id: str, chosen: Chosen, *, after: str
    ) -> ports.TimelineView:
        """Return a page of the timeline."""
        request = await self._grounds.request_about(session, person_id)
        leaf = Leaf(chosen, after, _lines_of(chosen))
        found = await self._node.timelines.page(request, person_id, leaf)
        return ports.TimelineView(
            person_id, found.banner, withheld(found.withheld), found.page, found.warning
        )

    async def looks(
        self, session: ports.Session, person_id: str, *, after: str, without_own: bool = False
    ) -> ports.LooksView:
        """Return who has looked."""
        request = self._request(session)
        found = await self._node.oversight.looks(request, person_id)
        start = int(after) if after.isdecimal() else 0
        own = session.actor.user if person_id == session.person_id else ""
        others = tuple(line for line in found.lines if not own or line.user != own)
        lines = (others if without_own else found.lines)[start:]
        shown = await self._node.people.banner_of(person_id, request.day)
        names = await health_links.names(self._node, lines)
        asked = await self._node.oversight.questions(request, person_id) if own else {}
        officer = session.actor.role is Role.PRIVACY_OFFICER
        told = (
            replace(
                words.look(line, names, own, officer=officer),
                asked=ASKED.get(asked.get(line.id, ""), ""),
            )
            for line in lines
        )
        page, taken = words.together(told, PAGE_LINES)
        return ports.LooksView(
            person_id,
            shown,
            page,
            "" if taken is None else str(start + taken),
            len(found.lines) - len(others),
            without_own,
        )

    async def sharing(self, session: ports.Session, person_id: str) -> ports.SharingView:
        """Return who can see the record."""
        request = self._request(session)
        standing = await self._node.sharing.standing(request, person_id)
        return ports.SharingView(
            person_id,
            await self._node.people.banner_of(person_id, request.day),
            tuple(self._choice(switch, shared=on) for switch, on in standing.switches),
            standing.previews,
            standing.others,
            self._contact(),
            tuple(ports.Ended(each.consent, each.text) for each in standing.ended),
            standing.unopened,
        )

    async def sharing_change(
        self, session: ports.Session, person_id: str, choice: str, *, share: bool
    ) -> ports.SharingChange:
        """Return what the switch would change."""
        request = self._request(session)
        ahead = await self._node.sharing.ahead(request, person_id, choice, share=share)
        return ports.SharingChange(
            person_id,
            await self._node.people.banner_of(person_id, request.day),
            self._choice(ahead.switch, shared=ahead.shared),
            share,
            ahead.changes,
            tuple(each.text for each in ahead.ended),
        )

    async def entry_sharing(
        self, session: ports.Session, person_id: str, entry: str
    ) -> ports.EntrySharing:
        """Return who could see one entry."""
        request = self._request(session)
        previews = await self._node.sharing.of_entry(request, person_id, entry)
        shown = await self._node.people.banner_of(person_id, request.day)
        return ports.EntrySharing(person_id, shown, previews)

    async def keep(self, session: ports.Session, person_id: str, consent: str) -> None:
        """Say again what an earlier choice said."""
        if person_id != session.person_id:
            raise DeniedError(OWN_CHOICES)
        await self._node.admission.keep(self._request(session), consent)

    async def share(
        self, session: ports.Session, person_id: str, choice: str, *, share: bool, keep: bool
    ) -> None:
        """Record the choice; `keep` says the exceptions again that it would end."""
        if person_id != session.person_id:
            raise DeniedError(OWN_CHOICES)
        await self._node.admission.switch(self._request(session), choice, share=share, keep=keep)

    async def access_alerts(self, session: ports.Session) -> Sequence[ports.AccessAlert]:
        """Return looks to review, open ones first, the weightiest first."""
        request = self._request(session)
        items = []
        for case, person_id in await self._node.oversight.cases(request):
            banner = await self._node.people.banner_of(person_id, request.day)
            items.append(words.case(case, person_id, banner))
        return items

    async def close_alert(self, session: ports.Session, alert_id: str, *, justified: bool) -> None:
        """Decide about a look; audited. Raises NotFoundError for one that is not in the queue."""
        request = self._request(session)
        for case, _ in await self._node.oversight.cases(request):
            if case.id == alert_id:
                verdict = "justified" if justified else "follow-up"
                await self._node.admission.review(request, case, verdict=verdict)
                return
        message = "There is no such look to check, or no longer. Go back to the list."
        raise NotFoundError(message)

    def _choice(self, switch: Switch, *, shared: bool) -> ports.Choice:
        return words.choice(switch, self._node.profile.sensitive, shared=shared)

    def _contact(self) -> str:
        officer = self._node.profile.data_protection_officer
        return "" if officer == UNNAMED else officer

    def _request(self, session: ports.Session) -> Request:
        return self._grounds.request(session, None)


def _lines_of(chosen: Chosen) -> int:
    """Return how many lines a page has: a month is shown as whole as it can be."""
    return MONTH_LINES if "-" in chosen.month else PAGE_LINES


def _said(request: Request) -> str:
    return request.reason.text if request.reason else ""


def withheld(found: views.Withheld | None) -> ports.Withheld | None:
    """Return why a record is not shown, as pages say it."""
    if found is None:
        return None
    return ports.Withheld(found.rank, found.code, found.text, found.break_glass, found.basis)
