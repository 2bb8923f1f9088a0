"""Batch and transaction: many interactions in one Bundle."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from throughcare.api import bundles, entries, replies, submissions
from throughcare.api.bundles import Part
from throughcare.api.call import Call, Handler, Reply
from throughcare.api.entries import Draft, Entry
from throughcare.api.routes import Interaction, Route
from throughcare.api.writing import Writing
from throughcare.kernel import BadInputError, NotFoundError, ThroughcareError

TOGETHER: Final = 16
"""Entries of a batch under way at one time: their writes share commits."""


class Batches:
    """Entries, each handled as the interaction that it is."""

    def __init__(self, table: Mapping[Interaction, Handler], writing: Writing) -> None:
        """Handle entries by `table`; write those of a transaction through `writing`."""
        self._table = table
        self._writing = writing

    async def transaction(self, _route: Route, call: Call) -> Reply:
        """Carry out a transaction whole or not at all, or a batch entry by entry."""
        kind, drafts = entries.drafts(call)
        parts = await (self._whole if kind == "transaction" else self._each)(call, drafts)
        return Reply(200, bundles.response(kind, parts))

    async def _each(self, call: Call, drafts: Sequence[Draft]) -> list[Part]:
        """Carry out each entry for itself; what goes wrong costs that entry alone."""
        free = asyncio.Semaphore(TOGETHER)

        async def one(draft: Draft) -> Part:
            async with free:
                try:
                    return await self._alone(entries.entry(call, draft))
                except ThroughcareError as error:
                    return _refused(error)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(draft)) for draft in drafts]
        return [task.result() for task in tasks]

    async def _alone(self, entry: Entry) -> Part:
        with entries.placed(entry.at):
            reply = await self._table[entry.route.interaction](entry.route, entry.call)
        return _part(entry, reply)

    async def _whole(self, call: Call, drafts: Sequence[Draft]) -> list[Part]:
        """Write all that is to be written in one transaction, then read what is to be read.

        What a read meets stands in its own entry: by then the rest is on disk.
        """
        found = [entries.entry(call, draft) for draft in drafts]
        _refuse_twins(found)
        written = await self._written(call, [each for each in found if _writes(each)])
        return [
            written[each.at] if _writes(each) else await self._looked_up(each) for each in found
        ]

    async def _written(self, call: Call, found: Sequence[Entry]) -> dict[str, Part]:
        """Return what became of each entry that writes, by its place."""
        if not found:
            return {}
        items = []
        for each in found:
            with entries.placed(each.at):
                item = submissions.item(
                    each.route,
                    each.call,
                    full_url=each.full_url,
                    at=each.at,
                    resource=each.resource,
                )
            items.append(item)
        outcome = await self._writing.store(call, submissions.of(call, items))
        stored = {written.full_url: written for written in outcome.written}
        parts = {}
        for each in found:
            written = stored.get(each.full_url)
            if each.call.method == "DELETE":
                reply = replies.deleted(each.call, written.stored if written else None)
            elif written is not None:
                shown = written.stored
                if each.route.interaction is Interaction.CREATE and not written.created:
                    try:
                        shown = await self._writing.there(call, shown)
                    except NotFoundError as error:  # withdrawn since: nothing of it is said
                        parts[each.at] = _refused(error)
                        continue
                reply = replies.written(
                    each.call,
                    shown,
                    created=written.created,
                    warnings=[it.text for it in outcome.remarks if it.place.at == each.at],
                )
            else:
                continue
            parts[each.at] = _part(each, reply)
        return parts

    async def _looked_up(self, entry: Entry) -> Part:
        try:
            return await self._alone(entry)
        except ThroughcareError as error:
            return _refused(error)


def _writes(entry: Entry) -> bool:
    return entry.route.interaction in submissions.METHODS


def _refuse_twins(found: Iterable[Entry]) -> None:
    """Raise BadInputError where two entries that write have one fullUrl."""
    seen: set[str] = set()
    for each in found:
        if _writes(each) and each.full_url in seen:
            message = (
                "Another entry has the same fullUrl, or the same type and id. "
                "Give each entry its own."
            )
            raise BadInputError(message, place=each.at)
        seen.add(each.full_url)


def _part(entry: Entry, reply: Reply) -> Part:
    body = b"" if entry.call.method == "HEAD" else reply.body
    outcome = entry.call.method not in {"GET", "HEAD"} and replies.wishes_outcome(entry.call)
    return Part(
        _status(reply.status),
        reply.headers.get("location", ""),
        reply.stored,
        resource=b"" if outcome else body,
        outcome=body if outcome else b"",
    )


def _refused(error: ThroughcareError) -> Part:
    return Part(_status(error.status), error=error)


def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"
