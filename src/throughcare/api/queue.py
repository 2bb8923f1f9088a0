"""The review queue as JSON: ``GET /api/reviews`` and ``POST /api/reviews/{id}``.

``GET /api/reviews`` is a part of the queue, likeliest first: ``count`` says how many pairs,
``after`` and ``before`` begin and end it at a place that an answer gave as its ``next`` and
``previous``, ``standing=later`` asks for those that are put off. Every answer says how many there
are in all.
``GET /api/reviews/{left}-{right}`` shows any two source records side by side,
``GET /api/reviews/changes?after=N`` is the feed of who became whom, ``GET /api/reviews/figures``
says how the queue stands, ``GET /api/reviews/contradictions`` what was said and does not hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson

from throughcare.actors.tokens import Tokens
from throughcare.admission import Admission
from throughcare.api import access
from throughcare.api import call as http
from throughcare.api.call import Reply
from throughcare.disclosure.reviewers import Reviewers
from throughcare.disclosure.views import PairSeen
from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import BadInputError, Clock, Ids, NotFoundError
from throughcare.model.person import (
    Changed,
    Held,
    Queued,
    QueueQuery,
    Review,
    Ruled,
    SourceRecord,
    Standing,
)
from throughcare.model.request import Request

PATH: Final = "/api/reviews"
JSON: Final = "application/json"
A_PART: Final = 25
"""Pairs of an answer, unless the client asks for another number."""
MOST: Final = 200
"""Pairs that one answer holds at most, whatever is asked for; `next` leads to the rest."""
_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class QueueApplication:
    """Lists pairs of records that wait for a human, and takes what the human decides.

    Both need a token of a match reviewer of the locality's profile. A decision is
    ``{"decision": "same" | "different" | "undo", "why": "..."}``; ``{"decision": "later", "until":
    "2026-12-24", "note": "..."}`` puts the pair off.
    """

    reviewers: Reviewers
    admission: Admission
    tokens: Tokens
    clock: Clock
    ids: Ids

    async def __call__(self, scope: http.Scope, receive: http.Receive, send: http.Send) -> None:
        """Answer one request."""
        await http.answer(scope, send, self._reply(scope, receive))

    async def _reply(self, scope: http.Scope, receive: http.Receive) -> Reply:
        headers = http.headers_of(scope["headers"])
        request = access.request(headers, self.tokens, at=self.clock.now(), id_=self.ids.new())
        review = str(scope["path"]).removeprefix(PATH).strip("/")
        if scope["method"] == "GET":
            shown = await self._shown(request, review, scope)
            return Reply(200, orjson.dumps(shown), media_type=JSON)
        if scope["method"] == "POST" and review:
            decided = fhir_bytes.parse(await http.body_of(receive, headers))
            await self._decide(request, review, decided)
            return Reply(204)
        message = (
            f"GET {PATH} lists the pairs, GET {PATH}/ID shows one, GET {PATH}/changes who became "
            f"whom, GET {PATH}/figures how the queue stands, GET {PATH}/contradictions what does "
            f"not hold; POST {PATH}/ID decides one."
        )
        raise NotFoundError(message)

    async def _shown(self, request: Request, review: str, scope: http.Scope) -> object:
        """Return what a GET answers with. Raises NotFoundError for no such pair."""
        if review == "figures":
            return await self.reviewers.figures(request)
        if review == "changes":
            return [_change(each) for each in await self.reviewers.changes(request, _after(scope))]
        if review == "contradictions":
            return [_ruled(each) for each in await self.reviewers.contradictions(request)]
        if review:
            return _pair(await self.reviewers.pair(request, review))
        return _part(await self.reviewers.reviews(request, _asked(scope)))

    async def _decide(self, request: Request, review: str, decided: Mapping[str, Any]) -> None:
        decision, why = decided.get("decision"), str(decided.get("why", "")).strip()
        if decision == "later":
            until, note = _day(decided.get("until")), str(decided.get("note", "")).strip()
            await self.admission.linking.postpone(request, review, until=until, note=note)
        elif decision == "undo":
            await self.admission.linking.undo(request, review)
        elif decision in {"same", "different"} and why:
            await self.admission.linking.decide(request, review, same=decision == "same", why=why)
        else:
            message = (
                'Send {"decision": "same", "different" or "undo", "why": "the reason"}, '
                'or {"decision": "later", "until": "2026-12-24"}.'
            )
            raise BadInputError(message, place="decision")


def _day(text: object) -> date:
    """Return a day. Raises BadInputError for what is none."""
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        message = "until is the day on which the pair waits again, such as 2026-12-24. Send it."
        raise BadInputError(message, place="until") from error


def as_json(review: Review) -> dict[str, Any]:
    """Return a pair with its reasons, as JSON values."""
    return {
        "id": review.id,
        "left": _record(review.left),
        "right": _record(review.right),
        "score": review.score,
        "reasons": list(review.reasons),
        "fields": [
            {
                "field": each.field,
                "left": each.left,
                "right": each.right,
                "level": each.level,
                "weight": each.weight,
            }
            for each in review.comparisons
        ],
        "thresholds": review.thresholds,
        "raised": review.raised.isoformat(),
        "later": review.later,
    }


def _part(found: Queued) -> dict[str, Any]:
    return {
        "waiting": found.waiting,
        "later": found.later,
        "previous": found.previous or None,
        "next": found.next or None,
        "pairs": [as_json(each) for each in found.reviews],
    }


def _asked(scope: http.Scope) -> QueueQuery:
    """Return which part of the queue is asked for. Raises BadInputError for what is none."""
    params = dict(http.params_of(scope["query_string"].decode("latin-1")))
    most, standing = params.get("count", str(A_PART)), params.get("standing", Standing.WAITING)
    if not (most.isascii() and most.isdecimal() and len(most) <= _DIGITS and int(most) > 0):
        message = f"count is a number from 1 to {MOST}; correct it, or leave it out."
        raise BadInputError(message, place="count")
    if standing not in {Standing.WAITING, Standing.LATER}:
        message = "standing is waiting, or later for what is put off; correct it, or leave it out."
        raise BadInputError(message, place="standing")
    return QueueQuery(
        put_off=standing == Standing.LATER,
        after=params.get("after", ""),
        before=params.get("before", ""),
        most=min(int(most), MOST),
    )


def _after(scope: http.Scope) -> int:
    """Return the number of the last change that was read; 0 if none is named."""
    params = http.params_of(scope["query_string"].decode("latin-1"))
    text = next((value for name, value in params if name == "after"), "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        message = "after is the number of the last change that you have read; correct it."
        raise BadInputError(message, place="after")
    return int(text)


def _pair(seen: PairSeen) -> dict[str, Any]:
    pair = seen.pair
    return as_json(pair.review) | {
        "standing": pair.standing,
        "ruled": None if pair.ruled is None else _ruled(pair.ruled),
        "persons": [[_record(each) for each in side] for side in pair.sides],
        "cautions": pair.cautions,
        "ahead": [[_record(each) for each in group] for group in seen.ahead.after],
        "unheeded": [_ruled(each) for each in seen.ahead.unheeded],
    }


def _ruled(ruled: Ruled) -> dict[str, Any]:
    return {
        "id": ruled.id,
        "left": _record(ruled.left),
        "right": _record(ruled.right),
        "decision": "same" if ruled.same else "different",
        "who": ruled.who,
        "why": ruled.why,
        "at": ruled.at.isoformat(),
        "by_source": ruled.by_source,
    }


def _change(change: Changed) -> dict[str, Any]:
    return {
        "number": change.number,
        "at": change.at.isoformat(),
        "kind": change.kind,
        "who": change.who,
        "why": change.why,
        "before": [_held(each) for each in change.before],
        "after": [_held(each) for each in change.after],
    }


def _held(held: Held) -> dict[str, Any]:
    records = [{"source": source, "local_id": local_id} for source, local_id in held.records]
    return {"person_id": held.person_id, "records": records}


def _record(record: SourceRecord) -> dict[str, str]:
    return {
        "source": record.source,
        "local_id": record.local_id,
        "person_id": record.person_id,
        "state": record.state.value,
    }
