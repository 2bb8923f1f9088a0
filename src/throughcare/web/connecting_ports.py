"""What the page for suppliers asks for."""

from typing import Protocol

from throughcare.model.rehearsal import Rehearsal, Rules


class RehearsalNode(Protocol):
    """Tries files. It knows no record, so that nobody learns of one by trying."""

    async def rehearse(self, name: str, data: bytes, rules: Rules) -> Rehearsal:
        """Return what the file `name` would come to, worked out from its bytes and `rules` alone.

        Raises OverloadedError while another is tried, UnprocessableError if it takes too long.
        """
        ...
