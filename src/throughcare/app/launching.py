"""Launches from other systems: a signed text becomes a session at one person's record."""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from throughcare.actors import keys
from throughcare.actors.directory import User
from throughcare.actors.launches import Launch, Launches
from throughcare.app.folder import Folder
from throughcare.app.node import Node
from throughcare.app.pages import PagesOf
from throughcare.kernel import NotFoundError, UnauthenticatedError
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Role
from throughcare.store.protocol import Transaction
from throughcare.web.launch_ports import Launched


def systems(folder: Folder) -> Mapping[str, Ed25519PublicKey]:
    """Return the public keys of the systems that may launch, by name.

    Raises ConflictError for a file that holds no Ed25519 key.
    """
    return {path.stem: keys.read_public(path) for path in sorted(folder.systems.glob("*.pem"))}


class LaunchesOf:
    """Implements `throughcare.web.launch_ports.LaunchNode`."""

    def __init__(self, node: Node, pages: PagesOf) -> None:
        """Let the systems whose keys lie in the node's folder launch."""
        self._node, self._pages = node, pages

    @property
    def _launches(self) -> Launches:
        """Read the keys anew, so that one that is put there or taken away counts at once."""
        return Launches(self._node.tokens.node, systems(self._node.folder), self._node.clock)

    def check(self, text: str) -> None:
        """Raise UnauthenticatedError for a launch that is not good now."""
        self._launches.read(text)

    async def launch(self, text: str) -> Launched:
        """Use a launch up and sign its user in."""
        launches = self._launches
        said = launches.read(text)

        async def work(tx: Transaction) -> str:
            await launches.use(tx, said)
            try:
                user = await self._node.directory.get(tx, said.sub)
            except NotFoundError as error:
                raise _nobody() from error
            place = _place(user, said.role)
            await self._node.journal.record(tx, self._line(said, place))
            return await self._node.sessions.open(tx, user, said.role, place)

        cookie = await self._node.store.transact(work)
        session = await self._pages.session(cookie)
        if session is None:
            message = "Your session has ended. Start again from your system."
            raise UnauthenticatedError(message)
        return Launched(cookie, session, await self._person(said.patient))

    async def _person(self, patient: str) -> str:
        """Return the opaque id of the person of a Patient; "" if there is none.

        Nothing is disclosed by it: who may see what is decided on the page that it leads to.
        """
        node = self._node
        async with node.store.snapshot() as reader:
            subject = await node.records.subject_of(reader, "Patient", patient)
            found = await node.persons.persons_of(reader, [] if subject is None else [subject])
            return await node.persons.public_id(reader, found[0]) if found else ""

    def _line(self, said: Launch, organisation: str) -> AuditEntry:
        node = self._node
        return AuditEntry(
            id=node.ids.new(),
            at=node.clock.now(),
            action="sign-in",
            outcome="permit",
            user=said.sub,
            role=said.role.value,
            organisation=organisation,
            purpose="",
            what=f"launch {said.iss}",
            reason=said.reason,
        )


def _place(user: User, role: Role) -> str:
    """Return where a launch has its user work: at their own place, else where alone they have it.

    Raises UnauthenticatedError where they have the role nowhere, or in several other places.
    """
    places = [post.organisation for post in user.posts if post.role is role]
    if user.organisation in places:
        return user.organisation
    if len(places) != 1:
        raise _nobody()
    return places[0]


def _nobody() -> UnauthenticatedError:
    message = (
        "Nobody here has this sign-in name in this role. Ask those who run this node to enter it."
    )
    return UnauthenticatedError(message)
