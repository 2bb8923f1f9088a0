"""Tasks that a look leaves where it was denied and somebody has to act on that."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Final

from throughcare.consent.workdays import next_working_day
from throughcare.model.decision import Decision, Obligation
from throughcare.model.request import Request
from throughcare.store.protocol import Store, Transaction

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "hold": (
        "safeguarding-hold",
        (
            "Somebody who acts for this person tried to open the record, which is on hold. The "
            "safeguarding lead decides what follows."
        ),
    ),
    "review": (
        "proxy-review",
        "A parent's right to act waits for a review with the child. Review it, or end it.",
    ),
}
"""Kind and words of the task, by code of the denial."""


class Calling:
    """Raises each task once a day for each proxy and person."""

    def __init__(self, store: Store) -> None:
        """Keep tasks in `store`."""
        self._store = store
        self._day: date | None = None
        self._called: set[tuple[str, int, str]] = set()

    async def for_(self, request: Request, person: int, decision: Decision) -> None:
        """Raise the task that `decision` calls for, if it does."""
        if Obligation.TASK not in decision.obligations:
            return
        day = request.day
        if day != self._day:
            self._day, self._called = day, set()
        call = (request.actor.user, person, decision.code)
        if call in self._called:
            return
        kind, what = KINDS[decision.code]

        async def work(tx: Transaction) -> None:
            await raise_task(tx, request, person, kind, what)

        await self._store.transact(work)
        self._called.add(call)


async def raise_task(tx: Transaction, request: Request, person: int, kind: str, what: str) -> None:
    """Raise the task of `kind` about whoever acts for `person`, due the next working day."""
    rows = await tx.rows("disclosure.subjects_of_persons", persons=json.dumps([person]))
    subject = min((int(row[0] or 0) for row in rows), default=0)
    await tx.run(
        "admission.raise_task",
        task=f"{kind}:{person}:{request.actor.user}",
        kind=kind,
        subject=subject,
        what=what,
        raised=request.at.isoformat(timespec="seconds"),
        due=next_working_day(request.day).isoformat(),
    )
