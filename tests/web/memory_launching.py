"""Launches of a node in memory, to which no system was introduced: all are refused."""

from throughcare.kernel import UnauthenticatedError
from throughcare.web.launch_ports import Launched


class MemoryLaunching:
    """Implements `throughcare.web.launch_ports.LaunchNode`."""

    def check(self, text: str) -> None:
        """Refuse."""
        message = f"This launch of {len(text)} characters is not known here."
        raise UnauthenticatedError(message)

    async def launch(self, text: str) -> Launched:
        """Refuse."""
        self.check(text)
        raise AssertionError
