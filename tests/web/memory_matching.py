"""The part of the node in memory that pages for match reviewers use."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from throughcare.kernel import NotFoundError
from throughcare.model.person import (
    Agreement,
    DayOfDecisions,
    Later,
    Pair,
    PersonQuery,
    Queued,
    QueueFigures,
    QueueQuery,
    Ruled,
    SourceRecord,
    Standing,
    State,
)
from throughcare.web.matching_ports import (
    Beside,
    FoundRecords,
    PairView,
    ReviewItem,
    Said,
    Verdict,
)
from throughcare.web.ports import Remainder, Session
from web.made_up import KHAN, NOW
from web.memory import MemoryNode

FIGURES = QueueFigures(
    waiting=1,
    later=0,
    oldest=NOW - timedelta(days=1),
    ages=(("a day", 0), ("a week", 1), ("a month", 0), ("longer", 0)),
    decided=(),
    days=(DayOfDecisions(NOW.date(), 0, 1),),
    undone=2,
    agreement=Agreement(1, 0),
)


class MemoryMatching:
    """`throughcare.web.matching_ports.MatchingNode`, in memory: all staff are match reviewers."""

    def __init__(self, node: MemoryNode) -> None:
        """Keep the pairs of `node`."""
        self._node = node

    async def queue(self, session: Session, asked: QueueQuery) -> Queued:
        """Return pairs that wait, or are put off; a place is the number of those before it."""
        del session
        by = {
            standing: [
                each.pair.review
                for each in self._node.pairs.values()
                if each.pair.standing is standing
            ]
            for standing in (Standing.WAITING, Standing.LATER)
        }
        waiting, later = by.values()
        found = later if asked.put_off else waiting
        start = max(
            0, int(asked.after or 0) if not asked.before else int(asked.before) - asked.most
        )
        end = start + asked.most
        return Queued(
            tuple(found[start:end]),
            len(waiting),
            len(later),
            previous=str(start) if start else "",
            next=str(end) if end < len(found) else "",
        )

    async def beside(self, session: Session) -> Beside:
        """Return what was put off or decided."""
        del session
        items = [_item(each.pair) for each in self._node.pairs.values()]
        by = {
            standing: tuple(each for each in items if each.standing is standing)
            for standing in Standing
        }
        decided = (*by[Standing.LINKED], *by[Standing.APART])
        ruled = self._node.pairs["rv-2"].pair.ruled
        told = () if ruled is None else (replace(ruled, by_source=True),)
        return Beside(by[Standing.LATER], decided, told, FIGURES)

    async def pair(self, session: Session, review_id: str) -> PairView:
        """Return one."""
        del session
        if review_id not in self._node.pairs:
            message = "There is no such pair. Go back to the list."
            raise NotFoundError(message)
        return self._node.pairs[review_id]

    async def find_records(
        self, session: Session, query: PersonQuery
    ) -> tuple[Sequence[FoundRecords], Remainder]:
        """Return whom the search of everybody finds, with one record each."""
        found, left = await self._node.find_people(session, query)
        record = SourceRecord("gp", "NHS:9990000018", 12, 4, KHAN, State.LINKED)
        return [FoundRecords(each, (record,)) for each in found], left

    async def decide(self, session: Session, review_id: str, verdict: Verdict, said: Said) -> None:
        """Decide, or put off."""
        view = await self.pair(session, review_id)
        if verdict is Verdict.LATER:
            put_off = Later(said.until or NOW.date(), said.why, session.name)
            review = replace(view.pair.review, later=put_off)
            self._keep(view, replace(view.pair, review=review, standing=Standing.LATER))
            return
        await self.rule(session, review_id, same=verdict is Verdict.LINK, why=said.why)

    async def rule(self, session: Session, review_id: str, *, same: bool, why: str) -> None:
        """Keep it."""
        view = await self.pair(session, review_id)
        review = view.pair.review
        ruled = Ruled(
            review_id, review.left, review.right, same, session.name, why, NOW, by_source=False
        )
        standing = Standing.LINKED if same else Standing.APART
        self._keep(view, replace(view.pair, standing=standing, ruled=ruled))

    async def undo(self, session: Session, review_id: str) -> None:
        """Take it back."""
        view = await self.pair(session, review_id)
        self._keep(view, replace(view.pair, standing=Standing.WAITING, ruled=None))

    def _keep(self, view: PairView, pair: Pair) -> None:
        self._node.pairs[pair.review.id] = replace(view, pair=pair)


def _item(pair: Pair) -> ReviewItem:
    ruled = pair.ruled
    who, at = (ruled.who, ruled.at) if ruled else ("", None)
    return ReviewItem(pair.review, pair.standing, who, at)
