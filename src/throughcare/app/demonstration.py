"""The demo: people who do not exist, loaded through the same door as everybody's feeds."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from throughcare.actors.directory import Post, User
from throughcare.app.asking import person_with
from throughcare.app.folder import Folder, create
from throughcare.app.loading import Found, Loader, LoadReport
from throughcare.app.node import Node
from throughcare.consent import profile
from throughcare.demo import Persona, agents, arrivals, generate
from throughcare.demo.handling import LINES
from throughcare.kernel import LONDON
from throughcare.model.request import Actor, Role
from throughcare.store.durable import make_folder, put_file
from throughcare.store.protocol import Transaction
from throughcare.summary import handling
from throughcare.summary.words import role_name

TODAY: Final = date(2026, 11, 24)
"""The day that the demo's feeds were made on: fixed, so that loading again adds nothing."""

OFFICER: Final = (
    'data_protection_officer = "to be named"',
    'data_protection_officer = "the data protection office of the demo, on 0113 496 0100"',
)
"""Whom to ask about sharing: before and after. The number is one of those kept for fiction."""

LOADER: Final = Actor("demo", Role.IT_LEAD, "", client="demo")

STAFF: Final = {
    Role.PARAMEDIC: ("Sam Reid", "RX8"),
    Role.NURSE: ("Nia Owen", "RXX"),
    Role.GP: ("Ruth Farrow", "B86001"),
    Role.IT_LEAD: ("Ian Firth", ""),
    Role.SOCIAL_WORKER: ("Dev Patel", "383"),
    Role.CARE_ASSISTANT: ("Kasia Nowak", "VM001"),
    Role.PRIVACY_OFFICER: ("Pat Lomax", ""),
}
"""Who signs in for each role, with the ODS code of their organisation."""

BANK: Final = User(
    *("demo-bank", "Asha Rao", (Role.PARAMEDIC,), "RX8", None), (Post(Role.NURSE, "RXX"),)
)
"""Who works for two organisations: as a paramedic, and some days as a nurse at the hospital."""
CHOOSES: Final = "Sign in as paramedic or as nurse; “Change role” at the foot of each page."

GUARDING: Final = (
    "Access: every emergency look and broken glass waits there for your verdict. Make one as the "
    "paramedic first."
)
"""What the privacy officer may try."""

OWN: Final = {
    "edith": "Who can see: stop sharing, and the crew's next look is withheld.",
    "george": "Who has looked: every look is there, by whom and why.",
    "winifred": "Who acts for me: end that Harold acts, and his next look finds nothing.",
}
"""Who may sign in as themselves, by key of the persona, with what they may try."""

ACTING: Final = {
    agents.SANA: "Whose record: her twins Ayesha and Zainab; the bar says in what right.",
    agents.PETER: "His father Arthur can't decide himself; the power of attorney holds meanwhile.",
    agents.HAROLD: "Winifred chose him: he sees her record until she ends it.",
}
"""Who may sign in to act for somebody, by account, with what they may try."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A row of the demo's table: somebody to be, the link that signs them in, what to try."""

    persona: str
    """``Sam Reid, paramedic``."""
    url: str
    """Address of the one-time sign-in link."""
    tries: tuple[str, ...]
    """Each a sentence or two; where it is about a record, its NHS number comes first."""


def _quiet(_found: Found, _part: float) -> None:
    """Show no progress: the demo is small."""


def prepare(root: Path) -> Folder:
    """Make the folder of a demo node: with whom to ask, and handling lines. What is there stays."""
    if not Folder(root).locality.exists():
        make_folder(root)
        text = profile.default_text().replace(*OFFICER)
        put_file(Folder(root).locality, text.encode(), 0o644)
    made = create(root)
    _approve(root)
    return made


def _approve(root: Path) -> None:
    """Put the demo's handling lines into the folder of a node that has none."""
    path = root / handling.PLACE
    if not path.exists():
        path.write_text(LINES, "utf-8")


async def fill(node: Node, people: int) -> LoadReport:
    """Load the demo's feeds into `node`; what is there already adds nothing."""
    return await _load(node, generate(today=TODAY, people=people).files)


async def bring_in(node: Node, people: int) -> LoadReport:
    """Have some of them come to the emergency department today; again on a day adds nothing."""
    everybody = list(generate(today=TODAY, people=people).people)
    now = node.clock.now().astimezone(LONDON)
    return await _load(node, {"arrivals.hl7": arrivals.write(everybody, now)})


async def _load(node: Node, files: Mapping[str, bytes]) -> LoadReport:
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return await Loader(node.admission, LOADER).load([root], _quiet)


async def invitations(node: Node, base: str, people: int = 300) -> list[Invitation]:
    """Return rows with links that work once: each role, people themselves, who acts for others."""
    personas = generate(today=TODAY, people=people).personas
    tries: dict[Role, list[str]] = {}
    for persona in personas:
        tries.setdefault(Role(persona.role), []).append(_try(persona))
    tries.setdefault(Role.PRIVACY_OFFICER, []).append(GUARDING)
    staff = [await _staff(node, base, role, tuple(texts)) for role, texts in tries.items()]
    staff.append(
        Invitation(_persona(BANK), f"{base}/sign-in/{await _link(node, BANK)}", (CHOOSES,))
    )
    named = {persona.key: persona for persona in personas}
    own = [await _own(node, base, named[key]) for key in OWN]
    return [*staff, *own, *[await _acts(node, base, account) for account in ACTING]]


async def _staff(node: Node, base: str, role: Role, tries: tuple[str, ...]) -> Invitation:
    name, organisation = STAFF[role]
    user = User(f"demo-{role.value}", name, (role,), organisation)
    return Invitation(_persona(user), f"{base}/sign-in/{await _link(node, user)}", tries)


async def _own(node: Node, base: str, persona: Persona) -> Invitation:
    person = await person_with(node, persona.nhs_number)
    user = User(f"demo-{persona.key}-self", persona.name, (Role.PATIENT,), "", person)
    link = await _link(node, user)
    return Invitation(_persona(user), f"{base}/sign-in/{link}", (OWN[persona.key],))


async def _acts(node: Node, base: str, account: str) -> Invitation:
    user = User(account, agents.NAMES[account], (Role.PROXY,))
    link = await _link(node, user)
    return Invitation(_persona(user), f"{base}/sign-in/{link}", (ACTING[account],))


def _persona(user: User) -> str:
    roles = (role_name(post.role.value) for post in user.posts)
    return f"{user.name}, {' or '.join(roles)}"


def _try(persona: Persona) -> str:
    return f"{_spaced(persona.nhs_number)} {persona.name}. {persona.story}"


async def _link(node: Node, user: User) -> str:
    async def work(tx: Transaction) -> str:
        await node.directory.put(tx, user, node.clock.now())
        return await node.links.make(tx, user.id, user.roles[0], lifetime=timedelta(hours=12))

    return await node.store.transact(work)


def _spaced(number: str) -> str:
    return f"{number[:3]} {number[3:6]} {number[6:]}"
