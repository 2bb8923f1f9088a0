"""Two records side by side in words: each field, what it says, and how a score came about."""

from dataclasses import dataclass
from typing import Final

from throughcare.model.person import Comparison, Review
from throughcare.summary import dates
from throughcare.summary.words import gender_name, nhs_number
from throughcare.web.waterfall import Step, Waterfall, waterfall

_STRONG: Final = 4.0
_LITTLE: Final = 0.3
SIZE: Final = "size of the index"
"""A part of the score that compares nothing: no field of the table."""
_NUMBERS: Final = "NHS number"
_NOT_SHOWN: Final = "not shown"
_FIELDS: Final = {"given": "Name: first", "middle": "Name: middle", "family": "Name: family"}


@dataclass(frozen=True, slots=True)
class Row:
    """One field of two records, for people to compare."""

    field: str
    left: str
    right: str
    level: str
    verdict: str
    """``points to one person`` and the like."""
    weight: str
    """What it adds to the score: ``+6.8``."""
    tone: str
    """``for``, ``against`` or ``neutral``: colour beside the words, never instead of them."""


def rows_of(review: Review) -> list[Row]:
    """Return the fields of a pair in words."""
    return [row_of(each) for each in review.comparisons if each.field != SIZE]


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
    return Row(field, left, right, comparison.level, verdict, f"{weight:+.1f}", tone)


def picture_of(review: Review) -> Waterfall:
    """Return how the score of a pair came about."""
    steps = [Step(_named(each.field), each.weight) for each in review.comparisons]
    return waterfall(steps, review.thresholds)


def likelihood(review: Review) -> str:
    """Return a score in words."""
    if review.score >= review.thresholds.link:
        return "Very alike"
    if review.score < review.thresholds.review:
        return "Not alike"
    return "Alike" if review.score >= 0 else "Partly alike"


def _named(field: str) -> str:
    """Return a field as people call it."""
    return _FIELDS.get(field, field if field.startswith(_NUMBERS) else field.capitalize())


def _shown(field: str, value: str) -> str:
    """Return a value as people read it, where the comparison holds it as machines do."""
    if value == _NOT_SHOWN:
        return "Not shown"
    if field == _NUMBERS:
        value = nhs_number(value)
    elif field == "date of birth":
        value = dates.short(dates.parse(value)) or value
    elif field == "sex" and value:
        value = gender_name(value)
    elif field == "postcode" and " " not in value:
        value = f"{value[:-3]} {value[-3:]}".strip()
    return value or "Not recorded"
