"""Who may sign in is entered: under a sign-in name that never passes from one to another."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from throughcare.actors.directory import User
from throughcare.app import operator
from throughcare.app.node import Node
from throughcare.kernel import BadInputError
from throughcare.model.request import Role
from throughcare.store.protocol import Reader, Transaction

TAKEN: Final = (
    "This sign-in name is somebody else's, or was. Grants and looks speak of it, so it never "
    "passes to another: choose another one. If it is the same person under a new name, say "
    "--renamed."
)
_OWN: Final = frozenset({Role.PATIENT, Role.PROXY})


async def called(node: Node, id_: str) -> str:
    """Return how whoever has a sign-in name is called, retired or not; the name itself for none."""
    async with node.store.snapshot() as reader:
        known = await node.directory.known(reader, id_)
    return known.name if known else id_


async def enter(
    node: Node, user: User, lifetime: timedelta, note: tuple[str, str], *, renamed: bool = False
) -> str:
    """Enter a user, or change one, and return the code of a link that signs them in once.

    The line in the ledger, of `note` (action, words), comes first. Raises BadInputError where the
    sign-in name is, or was, somebody else's.
    """
    async with node.store.snapshot() as reader:
        await _checked(node, reader, user, renamed=renamed)
    await operator.note(node, *note)

    async def work(tx: Transaction) -> str:
        checked = await _checked(node, tx, user, renamed=renamed)
        await node.directory.put(tx, checked, node.clock.now())
        return await node.links.make(tx, user.id, user.posts[0].role, lifetime=lifetime)

    return await node.store.transact(work)


async def _checked(node: Node, reader: Reader, user: User, *, renamed: bool) -> User:
    """Return `user` as it is to be entered: somebody who was merged since keeps their number.

    It is theirs again if that is taken back.
    """
    known = await node.directory.known(reader, user.id)
    if known is None:
        return user
    if known.person is not None:
        survivor = await node.persons.survivor(reader, known.person)
        if survivor == user.person:
            user = replace(user, person=known.person)
    if not is_same(known, user, renamed=renamed):
        raise BadInputError(TAKEN, place=user.id)
    return user


def is_same(known: User, user: User, *, renamed: bool) -> bool:
    """Say whether two users of one sign-in name are one person.

    People are told by their record. Staff, and who acts for others, have none here: they are told
    by what they are called, unless whoever enters them says that they were `renamed`.
    """
    if _kind(known) is not _kind(user) or known.person != user.person:
        return False
    return renamed or user.person is not None or known.name == user.name


def _kind(user: User) -> Role | None:
    """Return PATIENT or PROXY, None for staff, who change roles."""
    role = user.posts[0].role
    return role if role in _OWN else None
