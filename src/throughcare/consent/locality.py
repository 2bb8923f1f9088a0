"""The profile that is in force, as the rooms of one process know it."""

from throughcare.consent.profile import Profile


class Locality:
    """Holds the newest profile that this process has seen; one for all of its rooms.

    Decisions do not take it from here: they go by the profile in the snapshot that they are made in
    (`throughcare.disclosure.rules`), which brings this one up to date.
    """

    def __init__(self, profile: Profile) -> None:
        """Begin with the profile that the process started with."""
        self.now = profile
        self.epoch = -1
        """Consent epoch of the node of which `now` is known to be in force."""

    def see(self, profile: Profile, epoch: int) -> None:
        """Take over what is in force at `epoch`, unless something newer was seen."""
        if epoch > self.epoch:
            self.now, self.epoch = profile, epoch
