"""``Consent/$take-snapshot``: what another node signed of a person's Consents."""

from typing import Final

from throughcare.admission.snapshots import Snapshots
from throughcare.api import parameters
from throughcare.api.call import Call, Reply
from throughcare.api.routes import Route
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.outcome import Issue, Severity, outcome
from throughcare.kernel import BadInputError

TAKEN: Final = "Taken: it binds from now on, and what this node told before of the person does not."


class Taking:
    """Hands a snapshot to the door in."""

    def __init__(self, snapshots: Snapshots) -> None:
        """Ask `snapshots`."""
        self._snapshots = snapshots

    async def take(self, _route: Route, call: Call) -> Reply:
        """Answer 200 once it binds. Raises what `Snapshots.take` raises."""
        given = parameters.known(parameters.given(call), "snapshot")
        text = parameters.one(given, "snapshot")
        if not text:
            message = "$take-snapshot takes the signed text as the parameter snapshot. Send it."
            raise BadInputError(message, place="snapshot")
        await self._snapshots.take(call.request, text)
        told = Issue(Severity.INFORMATION, "informational", "", TAKEN)
        return Reply(200, fhir_bytes.dump(outcome([told])))
