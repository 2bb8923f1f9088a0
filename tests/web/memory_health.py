"""How a node is, made up: one of each kind."""

from datetime import timedelta

from throughcare.admission.rehearsing import rehearse
from throughcare.model.health import Check, Feed, Health, State, Way
from throughcare.model.rehearsal import Rehearsal, Rules
from throughcare.web.ports import Session
from web.made_up import NOW


class MemoryHealth:
    """`throughcare.web.health_ports.HealthNode`, in memory."""

    def __init__(self) -> None:
        """Count how often all is looked at."""
        self.asked = 0

    async def health(self, session: Session) -> Health:
        """Return one fault, one warning, one that is well."""
        del session
        late = Way("Pages show what it last said.", words="Ask whoever runs the feed.")
        torn = Way("Nobody can prove who looked.", "throughcare audit verify --node /srv/ward")
        return Health(
            (
                Check("ledger", State.FAULT, "a line was changed", torn),
                Check("feeds", State.WARN, "hospital is silent for 3 days", late),
                Check("disk", State.OK, "90000 MB free"),
            ),
            (
                Feed("hospital", NOW - timedelta(days=3), timedelta(hours=9), 120),
                Feed("gp", NOW - timedelta(minutes=3), None, 1),
            ),
            NOW - timedelta(minutes=5),
            examining=True,
        )

    async def ledger(self, session: Session) -> Health:
        """Return that a line was changed."""
        found = await self.health(session)
        checks = tuple(check for check in found.checks if check.name == "ledger")
        return Health(checks, (), found.examined, examining=True)

    async def look_again(self, session: Session) -> None:
        """Count it."""
        del session
        self.asked += 1


class Rehearsed:
    """`throughcare.web.connecting_ports.RehearsalNode`, in this very process."""

    async def rehearse(self, name: str, data: bytes, rules: Rules) -> Rehearsal:
        """Return what it would come to."""
        return rehearse(name, data, rules)
