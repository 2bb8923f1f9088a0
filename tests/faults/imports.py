"""An import by several clients that goes on whatever befalls the node, and what it was promised."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from faults.registers import transaction
from faults.wire import Connection, LostError, NotSentError, Reply

CLIENTS = 4
AGAIN_SECONDS = 0.05
TYPES = ("Patient", "Encounter", "Condition", "Observation")


def resources(number: int) -> list[dict[str, object]]:
    """Return the record of the person with this number: one resource of each type, linked."""
    names = {type_: f"{type_}/b{number}" for type_ in TYPES}
    about = {"subject": {"reference": names["Patient"]}}
    seen = {"encounter": {"reference": names["Encounter"]}}
    coding = {"system": "http://snomed.info/sct", "code": str(100_000 + number % 97)}
    day = f"20{10 + number % 10}-0{1 + number % 9}-1{number % 10}"
    name = [{"family": f"Family{number}", "given": [f"Given{number % 89}"]}]
    born = f"19{10 + number % 90}-0{1 + number % 9}-1{number % 10}"
    patient = {"name": name, "birthDate": born}
    visit = {"status": "finished", "class": {"code": "AMB"}, "period": {"start": day}, **about}
    condition = {"code": {"coding": [coding]}, "onsetDateTime": day, **about, **seen}
    observation = {
        "status": "final",
        "code": {"coding": [coding]},
        "valueQuantity": {"value": number / 10, "unit": "kg"},
        **about,
        **seen,
    }
    parts = zip(TYPES, (patient, visit, condition, observation), strict=True)
    return [{"resourceType": type_, "id": f"b{number}"} | part for type_, part in parts]


@dataclass
class Import:
    """Bundles by number, in the order sent; each is sent until it is acknowledged."""

    acknowledged: set[int] = field(default_factory=set)
    open: list[int] = field(default_factory=list)
    """Sent, and not acknowledged when the connection ended: whole or absent."""
    next: int = 0
    odd: list[str] = field(default_factory=list)
    lost: int = 0
    """How often the answer to a bundle was lost."""
    refused: int = 0
    """How often a bundle was refused for the moment (503 or 507)."""
    is_disk_dead: bool = False
    """True once the power is cut: until the node is killed it may answer 500."""

    def numbers(self, until: int) -> Iterator[int]:
        """Yield what is to be sent next: what was left open first."""
        while self.open or self.next < until:
            if self.open:
                yield self.open.pop(0)
            else:
                self.next += 1
                yield self.next - 1

    async def send(self, port: int, token: str, until: int) -> None:
        """Send with all clients until every bundle below `until` is acknowledged."""
        await asyncio.gather(*(self._client(port, token, until) for _ in range(CLIENTS)))

    async def _client(self, port: int, token: str, until: int) -> None:
        async with Connection(port, token) as wire:
            for number in self.numbers(until):
                try:
                    reply = await wire.call("POST", "", transaction(resources(number)))
                except (LostError, NotSentError) as error:
                    self.lost += isinstance(error, LostError)
                    self.open.append(number)
                    await asyncio.sleep(AGAIN_SECONDS)
                except asyncio.CancelledError:
                    self.open.append(number)
                    raise
                else:
                    self._answered(number, reply)

    def _answered(self, number: int, reply: Reply) -> None:
        if reply.status == 200:
            self.acknowledged.add(number)
        elif reply.status in {503, 507} or (self.is_disk_dead and reply.status == 500):
            self.refused += 1
            self.open.append(number)
        else:
            self.odd.append(f"bundle {number}: {reply.status} {reply.body[:300]!r}")
