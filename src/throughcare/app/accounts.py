"""Accounts of people and of those who act for them, made by whoever checked who they are."""

from datetime import timedelta

from throughcare.actors.directory import User
from throughcare.app import operator
from throughcare.app.asking import person_with
from throughcare.app.node import Node
from throughcare.kernel import BadInputError
from throughcare.model.request import Role
from throughcare.store.protocol import Transaction


async def of_person(node: Node, id_: str, name: str, number: str) -> User:
    """Return an account for the person with this NHS number.

    Raises NotFoundError, ConflictError if several have it, or BadInputError.
    """
    return User(id_, name, (Role.PATIENT,), person=await person_with(node, number))


def of_proxy(id_: str, name: str) -> User:
    """Return an account that opens nothing by itself: grants say for whom it acts."""
    return User(id_, name, (Role.PROXY,))


async def enter(node: Node, user: User, lifetime: timedelta) -> str:
    """Enter an account, or change its name, and return the code of a link that signs in once.

    The line in the ledger comes first. Raises BadInputError where the sign-in name is somebody
    else's: grants and looks speak of it, so it never passes from one to another.
    """
    async with node.store.snapshot() as reader:
        others = [each for each in await node.directory.all(reader) if each.id == user.id]
    if any((each.roles, each.person) != (user.roles, user.person) for each in others):
        message = "This sign-in name is somebody else's. Choose another one."
        raise BadInputError(message, place=user.id)
    await operator.note(node, "account", f"{user.id}: {user.roles[0]}")

    async def work(tx: Transaction) -> str:
        await node.directory.put(tx, user)
        return await node.links.make(tx, user.id, user.roles[0], lifetime=lifetime)

    return await node.store.transact(work)
