"""What a feed says of its own numbers: two are one person's (HL7 A40), or are not (A37)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from throughcare.admission.owner import NOBODY
from throughcare.admission.rooms import Rooms
from throughcare.admission.tasks import Kind, Tasks
from throughcare.model.submission import Merge, Remark, Submission
from throughcare.store.protocol import Transaction

CONTRADICTS: Final = (
    "What a match reviewer decided does not agree with this, and no feed undoes that; a task asks "
    "for somebody to look again."
)


@dataclass(frozen=True, slots=True)
class Merging:
    """Obeys the merge of a submission, within its transaction."""

    rooms: Rooms
    tx: Transaction
    submission: Submission
    now: datetime

    async def obey(self, who: str) -> tuple[Sequence[int], Sequence[Remark]]:
        """Return the persons whose records changed, and what is to be remarked.

        What a match reviewer decided stays as it is; somebody is asked to look again.
        """
        merge = self.submission.merge
        if merge is None:
            return (), ()
        source, decisions = self.submission.source, self.rooms.persons.decisions
        numbers = source, merge.survivor, merge.retired
        if await decisions.is_decided(self.tx, *numbers, same=merge.undo):
            await self._ask(merge)
            return (), (Remark(self.submission.place, CONTRADICTS),)
        act = decisions.unmerge if merge.undo else decisions.merge
        change = await act(self.tx, *numbers, who, f"{source} {self.submission.key}")
        # Also of two that are one person's already: from here on any no of either holds.
        await self.tx.run("admission.raise_epoch", subject=NOBODY)
        return change.persons, ()

    async def _ask(self, merge: Merge) -> None:
        rows = await self.tx.rows(
            "identity.subject",
            source=self.submission.source,
            local_id=merge.survivor,
            kind="record",
        )
        subject = int(str(rows[0][0])) if rows else 0
        word = "are two people's" if merge.undo else "are one person's"
        what = (
            f"{self.submission.source} says that two of its records {word}; what a match reviewer "
            "decided does not agree, and stands. Look at both, and decide anew if they are right."
        )
        about = f"{self.submission.source}:{self.submission.key}"
        await Tasks(self.tx, self.now).call_for(Kind.CONTRADICTED_DECISION, about, subject, what)
