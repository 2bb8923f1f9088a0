"""The feed of who became whom: every change of persons, with the record sets before and after."""

import json
from collections.abc import Mapping
from typing import Final

from throughcare.identity.region import listed
from throughcare.identity.reviewing import moment
from throughcare.model.person import Changed, Held
from throughcare.store.protocol import Reader, Value

MOST: Final = 500
"""Changes that are read at a time."""

Ids = Mapping[int, str]
Keys = Mapping[int, tuple[str, str]]


async def after(reader: Reader, number: int, most: int = MOST) -> list[Changed]:
    """Return the changes after `number`, oldest first, at most `most`."""
    rows = await reader.rows("identity.events_after", after=number, most=most)
    sets = [group for row in rows for side in row[5:7] for group in json.loads(str(side))]
    ids = await reader.rows("identity.public_ids", persons=listed({each[0] for each in sets}))
    keys = await reader.rows(
        "identity.subject_keys", subjects=listed({one for each in sets for one in each[1]})
    )
    persons = {int(str(person)): str(public) for person, public in ids}
    records = {int(str(subject)): (str(source), str(own)) for subject, source, own in keys}
    return [
        Changed(
            number=int(str(event)),
            at=moment(at),
            kind=str(kind),
            who=str(who),
            why=str(why),
            before=_held(before, persons, records),
            after=_held(then, persons, records),
        )
        for event, at, kind, who, why, before, then in rows
    ]


def _held(sets: Value, persons: Ids, records: Keys) -> tuple[Held, ...]:
    return tuple(
        Held(persons[person], tuple(sorted(records[subject] for subject in subjects)))
        for person, subjects in json.loads(str(sets))
    )
