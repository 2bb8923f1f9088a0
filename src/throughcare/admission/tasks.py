"""Work for people: raised where the node can't go on alone, with the day it is due."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from throughcare.consent.workdays import next_working_day
from throughcare.store.protocol import Row, Transaction


class Kind(StrEnum):
    """What somebody has to look at."""

    UNREADABLE_CONSENT = "unreadable-consent"
    """A Consent that can't be understood: it denies what it could cover until it is corrected."""
    REFUSED_CONSENT = "refused-consent"
    """What may be somebody's consent could not be taken, and names nobody whom it could bind."""
    PROXY_REVIEW = "proxy-review"
    """A parent's right to act is to be reviewed with the child."""
    CAPACITY_REVIEW = "capacity-review"
    """A finding of a lack of capacity ends, and somebody acts by it."""
    UNASSIGNED_CONSENT = "unassigned-consent"
    """A Consent, hold or finding of capacity was recorded while two people's records were one."""
    ACCOUNT_IN_DOUBT = "account-in-doubt"
    """A person's account was made while two people's records were one; it was ended."""
    PERMIT_IN_DOUBT = "permit-in-doubt"
    """A legal permit named somebody while two people's records were one; it was ended."""
    CONTRADICTED_DECISION = "contradicted-decision"
    """A feed merges, or parts, two records of which a match reviewer decided otherwise."""
    SAFEGUARDING_HOLD = "safeguarding-hold"
    """Somebody who acts for a person tried to open a record that is on hold."""
    CORRECTION = "correction"
    """A person says that something in their record is wrong."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that somebody has to look at."""

    id: str
    kind: str
    subject: int
    """Source record that it is about; 0 if it names nobody."""
    what: str
    """In a sentence, with no value of any record."""
    raised: str
    due: str
    """Day, as ``2026-12-29``."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """Raises and finishes tasks within one transaction."""

    tx: Transaction
    now: datetime

    async def call_for(self, kind: Kind, about: str, subject: int, what: str) -> None:
        """Raise the task of `kind` about `about`, due the next working day.

        One that is open keeps its day; one that was done is open again.
        """
        await self.tx.run(
            "admission.raise_task",
            task=task_id(kind, about),
            kind=kind.value,
            subject=subject,
            what=what,
            raised=self.now.isoformat(timespec="seconds"),
            due=next_working_day(self.now.date()).isoformat(),
        )

    async def finish(self, kind: Kind, about: str) -> None:
        """Finish the task of `kind` about `about`, if there is one."""
        await self.close(task_id(kind, about))

    async def close(self, task: str) -> None:
        """Finish the task with this id, if it is open."""
        done = self.now.isoformat(timespec="seconds")
        await self.tx.run("admission.finish_task", task=task, done=done)


def task_id(kind: Kind, about: str) -> str:
    """Return the id of the task of `kind` about `about`: there is one at a time."""
    return f"{kind.value}:{about}"


def task_of(row: Row) -> Task:
    """Return the task in a row of the store."""
    id_, kind, subject, what, raised, due = row
    return Task(str(id_), str(kind), int(subject or 0), str(what), str(raised), str(due))
