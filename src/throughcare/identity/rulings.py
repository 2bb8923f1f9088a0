"""What humans and sources decided about two records. Outranks every score; can be taken back."""

from dataclasses import dataclass

from throughcare.identity.cluster import DECIDED
from throughcare.identity.membership import Cause
from throughcare.kernel import ConflictError
from throughcare.store.protocol import Transaction, Value


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records by what their sources call them: they need not have come yet."""

    left_source: str
    left_id: str
    right_source: str
    right_id: str

    @property
    def left(self) -> tuple[str, str]:
        """(source, local id) of the first."""
        return self.left_source, self.left_id

    @property
    def right(self) -> tuple[str, str]:
        """(source, local id) of the second."""
        return self.right_source, self.right_id

    def params(self) -> dict[str, Value]:
        """Return the pair as statements take it."""
        return {
            "left_source": self.left_source,
            "left_id": self.left_id,
            "right_source": self.right_source,
            "right_id": self.right_id,
        }


class Rulings:
    """Writes rulings within one transaction."""

    def __init__(self, tx: Transaction, cause: Cause) -> None:
        """Write in `tx`, for `cause`."""
        self._tx = tx
        self._cause = cause

    async def say(self, pair: Pair, *, same: bool) -> None:
        """Rule on a pair, and withdraw what people, or the source, ruled on it before.

        What the other of the two ruled stays under it, and counts again if this is taken back. The
        same is not said twice. Raises ConflictError where a source contradicts a person.
        """
        rows = await self._tx.rows("identity.rulings_of_pair", **pair.params())
        is_source = self._cause.kind != DECIDED
        if is_source and any(row[1] == DECIDED and bool(row[2]) != same for row in rows):
            message = (
                "Somebody decided otherwise about these two records, and no feed undoes that. "
                "Ask a match reviewer to decide anew."
            )
            raise ConflictError(message)
        own = [row for row in rows if (row[1] != DECIDED) == is_source]
        if own and bool(own[0][2]) == same:
            return
        for row in own:
            await self._withdraw(row[0])
        await self._tx.run(
            "identity.add_ruling",
            **pair.params(),
            kind=self._cause.kind,
            same=int(same),
            who=self._cause.who,
            why=self._cause.why,
            at=self._cause.micros,
        )

    async def withdraw_newest(self, pair: Pair) -> bool:
        """Withdraw the ruling in force on a pair; False if there is none."""
        rows = await self._tx.rows("identity.rulings_of_pair", **pair.params())
        if rows:
            await self._withdraw(rows[0][0])
        return bool(rows)

    async def _withdraw(self, ruling: Value) -> None:
        await self._tx.run("identity.withdraw_ruling", ruling=ruling, at=self._cause.micros)
