"""What a row says about a person whom it names by NHS number alone, as a submission."""

from dataclasses import dataclass
from typing import Any

from throughcare.intake import systems
from throughcare.model.submission import Item, Method, Place, SourcePatient, Submission

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """One resource about one person, and the row that it was made of."""

    number: str
    """A valid NHS number."""
    resource: Json
    """With the key of the row as its first identifier: the next row with it is the next version."""
    content: str
    """What of the row counts: two rows of the same content are the same row."""
    original: bytes
    place: Place

    def submission(self, source: str) -> Submission:
        """Return the submission of this, as `source` makes it: the last one counts."""
        key = self.resource["identifier"][0]["value"]
        person = systems.key(source, "person-of", self.number)
        patient = {"resourceType": "Patient", "identifier": [systems.nhs_identifier(self.number)]}
        return Submission(
            source=source,
            custodian=source,
            key=key,
            digest=systems.digest(self.content.encode("utf-8", "replace")),
            place=self.place,
            items=(
                Item(person, patient, None, Method.POST, place=self.place),
                Item(key, self.resource, None, Method.POST, place=self.place),
            ),
            patients=(SourcePatient(person, f"NHS:{self.number}", feed=False),),
            original=self.original,
            media_type="text/csv; charset=utf-8; header=present",
            last_counts=True,
        )
