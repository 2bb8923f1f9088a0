"""The profile in force in a snapshot: decisions, and what is said of them, go by that one."""

from throughcare.consent import profile
from throughcare.consent.locality import Locality
from throughcare.consent.profile import Profile
from throughcare.store.protocol import Reader


class Rules:
    """Reads the profile in force once for each consent epoch of the node.

    A change of the profile raises the epoch in its transaction, so that it binds every snapshot
    opened after its commit, in every process, and no decision stands on two profiles.
    """

    def __init__(self, in_force: Locality) -> None:
        """Keep `in_force` up to date."""
        self.in_force = in_force

    async def of(self, reader: Reader, epoch: int) -> Profile:
        """Return the profile in force in the snapshot of `reader`, which is of this epoch."""
        if epoch == self.in_force.epoch:
            return self.in_force.now
        rows = await reader.rows("admission.profile_in_force")
        found = self.in_force.now
        if rows and rows[0][1] != found.version:
            found = profile.parse(str(rows[0][2]))
        self.in_force.see(found, epoch)
        return found


class Fixed(Rules):
    """One profile whatever is in force: what another one would come to."""

    def __init__(self, chosen: Profile) -> None:
        """Decide by `chosen`."""
        super().__init__(Locality(chosen))

    async def of(self, reader: Reader, epoch: int) -> Profile:  # noqa: ARG002 - whatever the snapshot
        """Return the chosen profile."""
        return self.in_force.now
