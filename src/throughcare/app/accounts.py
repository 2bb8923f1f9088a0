"""Accounts of people and of those who act for them, made by whoever checked who they are."""

from datetime import timedelta

from throughcare.actors.directory import User
from throughcare.app import entering
from throughcare.app.asking import person_with
from throughcare.app.node import Node
from throughcare.model.request import Role


async def of_person(node: Node, id_: str, name: str, number: str) -> User:
    """Return an account for the person with this NHS number.

    Raises NotFoundError, ConflictError if several have it, or BadInputError.
    """
    return User(id_, name, (Role.PATIENT,), person=await person_with(node, number))


def of_proxy(id_: str, name: str) -> User:
    """Return an account that opens nothing by itself: grants say for whom it acts."""
    return User(id_, name, (Role.PROXY,))


async def enter(node: Node, user: User, lifetime: timedelta, *, renamed: bool = False) -> str:
    """Enter an account, or change its name, and return the code of a link that signs in once.

    Raises BadInputError where the sign-in name is, or was, somebody else's.
    """
    note = ("account", f"{user.id}: {user.roles[0]}")
    return await entering.enter(node, user, lifetime, note, renamed=renamed)
