"""What this room reads: visible entries with their source, and how the sources answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from throughcare.model.entry import Category
from throughcare.model.submission import Json


class SummaryEntry(msgspec.Struct, frozen=True):
    """One entry that this reader may see, as the door hands it over: parsed, links masked."""

    type: str
    """FHIR resource type."""
    id: str
    source: str
    """Name of the feed: ``gp``, ``hospital``, ``social``, ``ambulance``, ``carehome`` ..."""
    custodian: str
    """ODS code of the organisation whose record it is; "" if unknown."""
    updated: datetime
    resource: Mapping[str, Json]
    category: Category = Category.OTHER

    @property
    def reference(self) -> str:
        """``Type/id``."""
        return f"{self.type}/{self.id}"


class Answer(StrEnum):
    """How a source answered when the summary was made."""

    ANSWERED = "answered"
    NO_RECORD = "no-record"
    """It is connected, and holds no record of this person."""
    NO_ANSWER = "no-answer"
    """It is expected here and did not answer, or has never delivered: what it holds is missing."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source that this locality expects an answer from."""

    name: str
    answer: Answer
    last: datetime | None = None
    """When its last delivery arrived; None if never."""
