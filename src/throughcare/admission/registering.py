"""The register of legal permits and the national data opt-out: what changes them, and who may.

Each change raises the consent epoch of nobody's record, so that every process decides anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import msgspec

from throughcare.admission import owner
from throughcare.fhir import nhs
from throughcare.kernel import BadInputError, ConflictError, NotFoundError
from throughcare.model.permit import Entry
from throughcare.model.request import Role
from throughcare.store.protocol import Transaction

REGISTRARS: Final = frozenset({Role.PRIVACY_OFFICER})
"""Roles that keep the register, and ask about opt-outs."""
MOST_NAMED: Final = 1000
"""Persons that one entry of the register names."""


@dataclass(frozen=True, slots=True)
class Registering:
    """Changes what opens records by law, within one transaction."""

    tx: Transaction
    now: datetime

    async def add(self, wanted: Entry, by: str) -> None:
        """Add an entry that `throughcare.consent.register.check` has passed.

        Raises NotFoundError where it names somebody who is not here.
        """
        persons = wanted.items.persons
        if persons is not None:
            if len(persons) > MOST_NAMED:
                message = f"One entry names at most {MOST_NAMED} persons. Make several entries."
                raise BadInputError(message, place="persons")
            ids = msgspec.json.encode(sorted(set(persons))).decode()
            found = await self.tx.rows("disclosure.persons_named", ids=ids)
            if len(found) != len(set(persons)):
                message = "The entry names somebody who is not here. Look the person up again."
                raise NotFoundError(message, place="persons")
        await self.tx.run(
            "admission.add_permit",
            permit=wanted.id,
            basis=wanted.basis.value,
            provision=wanted.provision,
            approver=wanted.approver,
            items=msgspec.json.encode(wanted.items).decode(),
            starts=wanted.starts.isoformat(),
            ends=wanted.ends.isoformat(),
            added=self.now.isoformat(),
            added_by=by,
        )
        await self._decide_anew()

    async def end(self, id_: str, by: str) -> None:
        """End an entry at once. Raises NotFoundError where none of this id is in force."""
        found = await self.tx.rows(
            "admission.end_permit", permit=id_, ended=self.now.isoformat(), ended_by=by
        )
        if not found:
            message = "No entry of the register with this id is in force. List them to see."
            raise NotFoundError(message)
        await self._decide_anew()

    async def ask(self, question: str) -> list[str]:
        """Note that everybody's number is asked about now, and return the numbers in order."""
        rows = await self.tx.rows("admission.numbers_to_clear")
        numbers = [str(row[0]) for row in rows]
        await self.tx.run(
            "admission.ask_opt_outs",
            question=question,
            asked=self.now.isoformat(),
            numbers=len(numbers),
        )
        return numbers

    async def answer(self, numbers: Sequence[str], until: date) -> None:
        """Keep who is not opted out, instead of what was kept before.

        Raises ConflictError if nothing was asked, or the answer can't be to it.
        """
        rows = await self.tx.rows("admission.open_question")
        if not rows:
            message = "No question about opt-outs is open. Write the file that goes out first."
            raise ConflictError(message)
        question, _, asked = rows[0]
        listed = msgspec.json.encode(list(numbers)).decode()
        strangers = await self.tx.rows("admission.strangers", numbers=listed)
        if strangers[0][0] or len(numbers) > int(asked or 0):
            message = (
                "The file holds numbers that were not asked about, so it answers another "
                "question. Nothing was changed; bring the answer to the newest one."
            )
            raise ConflictError(message)
        await self.tx.run("admission.forget_cleared")
        await self.tx.run("admission.clear_numbers", numbers=listed, until=until.isoformat())
        await self.tx.run(
            "admission.answer_question",
            question=str(question),
            answered=self.now.isoformat(),
            cleared=len(numbers),
        )
        await self._decide_anew()

    async def _decide_anew(self) -> None:
        await self.tx.run("admission.raise_epoch", subject=owner.NOBODY)


def file_of(numbers: Sequence[str]) -> bytes:
    """Return the file that goes out: a number, a comma and a line feed for each."""
    return "".join(f"{number},\n" for number in numbers).encode()


def numbers_in(file: bytes) -> list[str]:
    """Return the numbers of a file that came back, each once.

    Raises BadInputError, which names the line and never the number, for anything but lines of one
    NHS number and a comma.
    """
    try:
        lines = file.decode("ascii").splitlines()
    except UnicodeDecodeError as error:
        message = "This is no file of NHS numbers: it holds other signs. Take the file as it came."
        raise BadInputError(message) from error
    found = []
    for place, line in enumerate(lines, start=1):
        number = line.removesuffix(",")
        if number == line or not number.isdigit() or not nhs.is_nhs_number(number):
            message = "This line is not one NHS number and a comma. Take the file as it came."
            raise BadInputError(message, place=f"line {place}")
        found.append(number)
    return list(dict.fromkeys(found))
