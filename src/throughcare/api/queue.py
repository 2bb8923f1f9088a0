"""The review queue as JSON: ``GET /api/reviews`` and ``POST /api/reviews/{id}``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from throughcare.actors.tokens import Tokens
from throughcare.admission import Admission
from throughcare.api import access
from throughcare.api import call as http
from throughcare.api.call import Reply
from throughcare.disclosure.oversight import Oversight
from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import BadInputError, Clock, Ids, NotFoundError, ThroughcareError
from throughcare.model.person import Review, SourceRecord
from throughcare.model.request import Request

PATH: Final = "/api/reviews"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class QueueApplication:
    """Lists pairs of records that wait for a human, and takes what the human decides.

    Both need a token of a match reviewer (IT lead or privacy officer). A decision is
    ``{"decision": "same" | "different" | "undo", "why": "..."}``.
    """

    oversight: Oversight
    admission: Admission
    tokens: Tokens
    clock: Clock
    ids: Ids

    async def __call__(self, scope: http.Scope, receive: http.Receive, send: http.Send) -> None:
        """Answer one request."""
        try:
            reply = await self._reply(scope, receive)
        except ThroughcareError as error:
            reply = http.refusal(error, JSON)
        await http.send_reply(send, reply, head=scope["method"] == "HEAD")

    async def _reply(self, scope: http.Scope, receive: http.Receive) -> Reply:
        headers = http.Headers(scope["headers"])
        request = access.request(headers, self.tokens, at=self.clock.now(), id_=self.ids.new())
        review = str(scope["path"]).removeprefix(PATH).strip("/")
        if scope["method"] == "GET" and not review:
            waiting = await self.oversight.reviews(request)
            return Reply(200, orjson.dumps([as_json(each) for each in waiting]), media_type=JSON)
        if scope["method"] == "POST" and review:
            decided = fhir_bytes.parse(await http.body_of(receive, headers))
            await self._decide(request, review, decided)
            return Reply(204)
        message = f"GET {PATH} lists the pairs; POST {PATH}/ID decides one."
        raise NotFoundError(message)

    async def _decide(self, request: Request, review: str, decided: Mapping[str, Any]) -> None:
        decision, why = decided.get("decision"), str(decided.get("why", "")).strip()
        if decision == "undo":
            await self.admission.undo(request, review)
        elif decision in {"same", "different"} and why:
            await self.admission.decide(request, review, same=decision == "same", why=why)
        else:
            message = 'Send {"decision": "same", "different" or "undo", "why": "the reason"}.'
            raise BadInputError(message, place="decision")


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
        "raised": review.raised.isoformat(),
    }


def _record(record: SourceRecord) -> dict[str, str]:
    return {
        "source": record.source,
        "local_id": record.local_id,
        "person_id": record.person_id,
        "state": record.state.value,
    }
