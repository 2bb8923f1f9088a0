"""What a reader sees, for the tests of pages."""

from collections.abc import Sequence
from dataclasses import replace

from summary.entries import ANSWERED, NOW, patient
from throughcare.model.entry import Category
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.sight import Sight


def sight(*entries: SummaryEntry, **more: object) -> Sight:
    """Return what somebody sees who may see everything."""
    patients: Sequence[SummaryEntry] = (patient(),)
    seen = Sight(patients, entries, ANSWERED, NOW, title_limited=False, kinds=frozenset(Category))
    return replace(seen, **more)  # type: ignore[arg-type]
