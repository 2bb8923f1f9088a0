"""The node as the pages for match reviewers know it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from throughcare.app.grounds import Grounds
from throughcare.app.node import Node
from throughcare.model.person import Decided, PersonQuery, Queued, QueueQuery, Standing
from throughcare.model.request import Request
from throughcare.web import matching_ports as ports
from throughcare.web.ports import FoundPerson, Remainder, Session

A_WHILE: Final = timedelta(days=7)
"""For how long a pair is put off where nobody says."""
ON_THE_PAGE: Final = "decided on the page"
"""The reason of whoever gave none for a question that the index asked."""


class MatchingOf:
    """Implements `throughcare.web.matching_ports.MatchingNode` over the doors of a node."""

    def __init__(self, node: Node) -> None:
        """Serve pages of `node`."""
        self._node = node
        self._grounds = Grounds(node)

    async def queue(self, session: Session, asked: QueueQuery) -> Queued:
        """Return a part of what waits, or of what was put off."""
        return await self._node.reviewers.reviews(self._request(session), asked)

    async def beside(self, session: Session) -> ports.Beside:
        """Return what was put off, what was decided lately, and how the queue stands."""
        request, reviewers = self._request(session), self._node.reviewers
        later = await reviewers.reviews(request, QueueQuery(put_off=True))
        return ports.Beside(
            later=tuple(ports.ReviewItem(each, Standing.LATER) for each in later.reviews),
            decided=tuple(map(_decided, await reviewers.decided(request))),
            contradictions=tuple(await reviewers.contradictions(request)),
            figures=await reviewers.figures(request),
        )

    async def pair(self, session: Session, review_id: str) -> ports.PairView:
        """Return two records side by side."""
        seen = await self._node.reviewers.pair(self._request(session), review_id)
        return ports.PairView(seen.pair, seen.ahead)

    async def find_records(
        self, session: Session, query: PersonQuery
    ) -> tuple[Sequence[ports.FoundRecords], Remainder]:
        """Return whom a search finds, with their source records, and what was left out."""
        found, whole = await self._node.reviewers.find(self._request(session), query)
        records = [
            ports.FoundRecords(FoundPerson(each.person.person_id, each.person.banner), each.records)
            for each in found
        ]
        return records, Remainder(whole.total, whole.is_whole)

    async def decide(
        self, session: Session, review_id: str, verdict: ports.Verdict, said: ports.Said
    ) -> None:
        """Answer a question of the index: link, keep apart or put off."""
        linking, request = self._node.admission.linking, self._request(session)
        if verdict is ports.Verdict.LATER:
            until = said.until or request.day + A_WHILE
            await linking.postpone(request, review_id, until=until, note=said.why)
            return
        same, why = verdict is ports.Verdict.LINK, said.why or ON_THE_PAGE
        await linking.decide(request, review_id, same=same, why=why)

    async def rule(self, session: Session, review_id: str, *, same: bool, why: str) -> None:
        """Link or part two records that nobody was asked about."""
        linking = self._node.admission.linking
        await linking.rule_pair(self._request(session), review_id, same=same, why=why)

    async def undo(self, session: Session, review_id: str) -> None:
        """Take a decision back."""
        await self._node.admission.linking.undo(self._request(session), review_id)

    def _request(self, session: Session) -> Request:
        return self._grounds.request(session, None)


def _decided(found: Decided) -> ports.ReviewItem:
    standing = Standing.LINKED if found.same else Standing.APART
    return ports.ReviewItem(found.review, standing, found.who, found.at)
