"""Match review: what waits, and two records side by side, to be linked or kept apart."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from starlette.responses import Response

from throughcare.kernel import BadInputError
from throughcare.model.person import Pair, QueueQuery, Ruled, SourceRecord, Standing
from throughcare.summary.words import source_name
from throughcare.web.call import Call, Page, see_other
from throughcare.web.comparing import likelihood, picture_of, rows_of
from throughcare.web.matching_ports import ReviewItem, Said, Verdict
from throughcare.web.policy import Policy

A_WHILE: Final = timedelta(days=7)
"""Until when a pair is put off if nobody says another day."""
A_PAGE: Final = 25
"""Pairs of a page."""
WHY: Final = "Say why: it is kept with the decision"
_ASKED: Final = frozenset({Standing.WAITING, Standing.LATER})
_ONE: Final = frozenset({Standing.ONE, Standing.LINKED})


async def reviews(call: Call) -> Response:
    """List pairs that wait, a page at a time, those put off, and those decided lately.

    With ``put-off=yes`` those that are put off, a page at a time.
    """
    asked = QueueQuery(
        put_off=call.asked("put-off") == "yes",
        after=call.asked("after"),
        before=call.asked("before"),
        most=A_PAGE,
    )
    queue = await call.site.matching.queue(call.session, asked)
    standing = Standing.LATER if asked.put_off else Standing.WAITING
    is_start = not (asked.put_off or queue.previous)
    beside = await call.site.matching.beside(call.session) if is_start else None
    return call.render(
        "reviews",
        "Records to match",
        queue=queue,
        put_off=asked.put_off,
        listed=_rows(ReviewItem(each, standing) for each in queue.reviews),
        beside=beside,
        contradictions=[(each, *_names(each)) for each in beside.contradictions] if beside else (),
        later=_rows(beside.later[:A_PAGE]) if beside else (),
        decided=_rows(beside.decided[:A_PAGE]) if beside else (),
    )


async def review(call: Call) -> Response:
    """Show one pair side by side."""
    return await _shown(call, {}, 200)


async def decide(call: Call) -> Response:
    """Link, keep apart, or put off until a day; `undo` takes a decision back.

    A pair that nobody was asked about is linked or parted with a reason alone.
    """
    review_id = str(call.request.path_params["review_id"])
    verdict, why = call.form.get("verdict", ""), call.form.get("why", "").strip()
    matching = call.site.matching
    if verdict == "undo":
        await matching.undo(call.session, review_id)
        return see_other(f"/reviews/{review_id}")
    if verdict not in list(Verdict):
        message = "Choose link, keep apart or later. Go back and press one of the buttons."
        raise BadInputError(message, place="verdict")
    if call.form.get("asked") == "no":
        if not why:
            return await _shown(call, {"why": WHY}, 422)
        same = verdict == Verdict.LINK
        await matching.rule(call.session, review_id, same=same, why=why)
        return see_other(f"/reviews/{review_id}")
    note = call.form.get("note", "").strip() if verdict == Verdict.LATER else why
    said = Said(note, _day(call.form.get("until", "")))
    await matching.decide(call.session, review_id, Verdict(verdict), said)
    return see_other("/reviews")


async def _shown(call: Call, errors: Mapping[str, str], status: int) -> Response:
    """Show the pair that the address names, with what is wrong in its form."""
    seen = await call.site.matching.pair(call.session, str(call.request.path_params["review_id"]))
    pair, ahead = seen.pair, seen.ahead
    return call.render(
        "review",
        "Error: Two records" if errors else "Two records",
        status,
        pair=pair,
        review=pair.review,
        asked=pair.standing in _ASKED,
        one=pair.standing in _ONE,
        left=source_name(pair.review.left.source),
        right=source_name(pair.review.right.source),
        rows=rows_of(pair.review),
        alike=likelihood(pair.review),
        picture=picture_of(pair.review),
        sides=[_listed(side) for side in pair.sides],
        after=[_listed(group) for group in ahead.after],
        stops=[(each, *_names(each)) for each in ahead.unheeded if not each.by_source],
        overruled=[(each, *_names(each)) for each in ahead.unheeded if each.by_source],
        taken_back=_may_be_taken_back(pair),
        until=(call.site.clock.now() + A_WHILE).date().isoformat(),
        errors=errors,
        form=call.form,
    )


def _day(text: str) -> date | None:
    """Return the day of a form; None if none is given. Raises BadInputError for what is none."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        message = "Write the day as 2026-12-24. Go back and correct it."
        raise BadInputError(message, place="until") from error


def _rows(items: Iterable[ReviewItem]) -> list[tuple[ReviewItem, str, str, str]]:
    """Return pairs with the names of both sources, and the score in words."""
    return [
        (
            item,
            source_name(item.review.left.source),
            source_name(item.review.right.source),
            likelihood(item.review),
        )
        for item in items
    ]


def _names(ruled: Ruled) -> tuple[str, str]:
    return _name(ruled.left), _name(ruled.right)


def _listed(records: Sequence[SourceRecord]) -> list[str]:
    return [_name(each) for each in records]


def _name(record: SourceRecord) -> str:
    """Return a record as people name it: its source and what the source calls it."""
    return f"{source_name(record.source)} {record.local_id}"


def _may_be_taken_back(pair: Pair) -> bool:
    """Tell whether somebody's own decision is in force: what a source says is the source's."""
    return pair.ruled is not None and not pair.ruled.by_source


PAGES: Final = (
    Page("/reviews", "GET", reviews, Policy.MATCHES),
    Page("/reviews/{review_id}", "GET", review, Policy.MATCHES),
    Page("/reviews/{review_id}", "POST", decide, Policy.MATCHES),
)
"""Routes of these pages, each with its policy."""
