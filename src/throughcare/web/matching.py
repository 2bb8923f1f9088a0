"""Match review: two records side by side, compared in words."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from starlette.responses import Response

from throughcare.kernel import BadInputError
from throughcare.model.person import Comparison
from throughcare.summary import dates
from throughcare.summary.words import gender_name, nhs_number, source_name
from throughcare.web.call import Call, see_other
from throughcare.web.ports import ReviewItem, Until, Verdict
from throughcare.web.waterfall import Step, waterfall

A_WHILE: Final = timedelta(days=7)
"""Until when a pair is put off if nobody says another day."""
_STRONG = 4.0
_LITTLE = 0.3
_LINKS = 5.0
_SIZE = "size of the index"
"""A part of the score that compares nothing: no field of the table."""
_FIELDS = {
    "given": "Name: first",
    "middle": "Name: middle",
    "family": "Name: family",
    "NHS number": "NHS number",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One field of two records, for people to compare."""

    field: str
    left: str
    right: str
    level: str
    verdict: str
    """``points to one person`` and the like."""
    tone: str
    """``for``, ``against`` or ``neutral``: colour beside the words, never instead of them."""


def row_of(comparison: Comparison) -> Row:
    """Return a comparison in words."""
    weight = comparison.weight
    size = "strongly " if abs(weight) >= _STRONG else ""
    if abs(weight) < _LITTLE:
        verdict, tone = "says little", "neutral"
    elif weight > 0:
        verdict, tone = f"points {size}to one person", "for"
    else:
        verdict, tone = f"points {size}to two people", "against"
    field = _named(comparison.field)
    left, right = (_shown(comparison.field, value) for value in (comparison.left, comparison.right))
    return Row(field, left, right, comparison.level, verdict, tone)


def _named(field: str) -> str:
    """Return a field as people call it."""
    return _FIELDS.get(field, field.capitalize())


def _day(text: str) -> date | None:
    """Return the day of a form; None if none is given. Raises BadInputError for what is none."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        message = "Write the day as 2026-12-24. Go back and correct it."
        raise BadInputError(message, place="until") from error


def _shown(field: str, value: str) -> str:
    """Return a value as people read it, where the comparison holds it as machines do."""
    if field == "NHS number":
        value = nhs_number(value)
    elif field == "date of birth":
        value = dates.short(dates.parse(value)) or value
    elif field == "sex" and value:
        value = gender_name(value)
    elif field == "postcode" and " " not in value:
        value = f"{value[:-3]} {value[-3:]}".strip()
    return value or "Not recorded"


def likelihood(score: float) -> str:
    """Return a score in words."""
    if score >= _LINKS:
        return "Very alike"
    return "Alike" if score >= 0 else "Partly alike"


def _names(item: ReviewItem) -> tuple[str, str]:
    left, right = item.review.left, item.review.right
    return source_name(left.source), source_name(right.source)


async def reviews(call: Call) -> Response:
    """List pairs that wait, and those decided lately."""
    items = await call.node.reviews(call.session)
    rows = [(item, *_names(item), likelihood(item.review.score)) for item in items]
    waiting = [row for row in rows if row[0].state == "waiting"]
    later = [row for row in rows if row[0].state == "later"]
    decided = [row for row in rows if row[0].state not in {"waiting", "later"}]
    return call.render("reviews", "Records to match", waiting=waiting, later=later, decided=decided)


async def review(call: Call) -> Response:
    """Show one pair side by side."""
    item = await call.node.review(call.session, str(call.request.path_params["review_id"]))
    rows = [row_of(each) for each in item.review.comparisons if each.field != _SIZE]
    left, right = _names(item)
    steps = [Step(_named(each.field), each.weight) for each in item.review.comparisons]
    return call.render(
        "review",
        "Two records",
        item=item,
        rows=rows,
        left=left,
        right=right,
        alike=likelihood(item.review.score),
        picture=waterfall(steps),
        until=(call.site.clock.now() + A_WHILE).date().isoformat(),
    )


async def decide(call: Call) -> Response:
    """Link, keep apart, or put off until a day; `undo` takes a decision back."""
    review_id = str(call.request.path_params["review_id"])
    verdict = call.form.get("verdict", "")
    if verdict == "undo":
        await call.node.undo_review(call.session, review_id)
        return see_other(f"/reviews/{review_id}")
    if verdict not in list(Verdict):
        message = "Choose link, keep apart or later. Go back and press one of the buttons."
        raise BadInputError(message, place="verdict")
    later = Until(_day(call.form.get("until", "")), call.form.get("note", "").strip())
    await call.node.decide_review(call.session, review_id, Verdict(verdict), later)
    return see_other("/reviews")
