"""The demo: people who do not exist, loaded through the same door as everybody's feeds."""

import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from throughcare.actors.directory import User
from throughcare.app.asking import person_id_with, person_with
from throughcare.app.loading import Found, Loader, LoadReport
from throughcare.app.node import Node
from throughcare.demo import Persona, generate
from throughcare.model.request import Actor, Role
from throughcare.store.protocol import Transaction

TODAY: Final = date(2026, 11, 24)
"""The day that the demo's feeds were made on: fixed, so that loading again adds nothing."""

LOADER: Final = Actor("demo", Role.IT_LEAD, "", client="demo")

ORGANISATIONS: Final = {
    Role.PARAMEDIC: "RX8",
    Role.NURSE: "RXX",
    Role.GP: "B86001",
    Role.CARE_ASSISTANT: "VM001",
    Role.SOCIAL_WORKER: "383",
}


OWN: Final = {
    "george": "Your own record: who can see it is your choice, and who has looked is listed.",
    "edith": "Your own record: switch sharing off, and the crew's next look is withheld.",
}
"""Who may sign in as themselves, by key of the persona, with what they may try."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A row of the demo's table."""

    persona: str
    url: str
    """Address of the one-time sign-in link."""
    try_: str
    page: str = ""
    """Address to open once signed in; "" for the start page."""


def _quiet(_found: Found, _part: float) -> None:
    """Show no progress: the demo is small."""


async def fill(node: Node, people: int) -> LoadReport:
    """Load the demo's feeds into `node`; what is there already adds nothing."""
    locality = generate(today=TODAY, people=people)
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        for name, content in locality.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return await Loader(node.admission, LOADER).load([root], _quiet)


async def invitations(node: Node, base: str, people: int = 300) -> list[Invitation]:
    """Return one row for each person worth looking up, with a sign-in link that works once."""
    locality = generate(today=TODAY, people=people)
    rows = [await _invitation(node, base, persona) for persona in locality.personas]
    own = [await _own(node, base, persona) for persona in locality.personas if persona.key in OWN]
    return [*rows, *own, *await _staff(node, base)]


async def _invitation(node: Node, base: str, persona: Persona) -> Invitation:
    role = Role(persona.role)
    person_id = await person_id_with(node, persona.nhs_number)
    name = f"Sam Reid, {role.value}"
    user = User(f"demo-{persona.key}", name, (role,), ORGANISATIONS.get(role, ""))
    link = await _link(node, user, role)
    try_ = f"{persona.name}, {_spaced(persona.nhs_number)}. {persona.story}"
    page = f"{base}/people/{person_id}/emergency"
    return Invitation(name, f"{base}/sign-in/{link}", try_, page)


async def _own(node: Node, base: str, persona: Persona) -> Invitation:
    person = await person_with(node, persona.nhs_number)
    name = f"{persona.name}, {Role.PATIENT.value}"
    user = User(f"demo-{persona.key}-self", name, (Role.PATIENT,), "", person)
    link = await _link(node, user, Role.PATIENT)
    return Invitation(name, f"{base}/sign-in/{link}", OWN[persona.key], f"{base}/me")


async def _staff(node: Node, base: str) -> list[Invitation]:
    rows = []
    for role, name, try_ in (
        (Role.PRIVACY_OFFICER, "Pat Lomax", "Look at /access after a break-glass look."),
        (Role.IT_LEAD, "Ian Firth", "Decide pairs that wait for a human at /reviews."),
    ):
        user = User(f"demo-{role.value}", f"{name}, {role.value}", (role,))
        link = await _link(node, user, role)
        rows.append(Invitation(user.name, f"{base}/sign-in/{link}", try_))
    return rows


async def _link(node: Node, user: User, role: Role) -> str:
    async def work(tx: Transaction) -> str:
        await node.directory.put(tx, user)
        return await node.links.make(tx, user.id, role, lifetime=timedelta(hours=12))

    return await node.store.transact(work)


def _spaced(number: str) -> str:
    return f"{number[:3]} {number[3:6]} {number[6:]}"
