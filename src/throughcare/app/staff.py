"""Who works here: entered by whoever runs the node, each with the posts that they may choose."""

from datetime import timedelta
from typing import Final

from throughcare.actors.directory import Post, User
from throughcare.app import entering, operator
from throughcare.app.node import Node
from throughcare.kernel import BadInputError
from throughcare.model.request import Role
from throughcare.store.protocol import Transaction

NOT_STAFF: Final = frozenset({Role.PATIENT, Role.PROXY})


def user_of(id_: str, name: str, posts: tuple[str, ...]) -> User:
    """Return the user whose posts are written ``nurse@RXX``; the first says where they belong.

    Raises BadInputError for a post that is none.
    """
    found = [_post(text) for text in posts]
    if not found:
        message = "Somebody who works here has at least one post; name it as ROLE@ODS."
        raise BadInputError(message, place="--post")
    place = found[0].organisation
    own = tuple(post.role for post in found if post.organisation == place)
    others = tuple(post for post in found if post.organisation != place)
    return User(id_, name, own, place, elsewhere=others)


async def enter(node: Node, user: User, lifetime: timedelta, *, renamed: bool = False) -> str:
    """Enter a user, or change one, and return the code of a link that signs them in once.

    A session in a post that they no longer have ends. Raises BadInputError where the sign-in name
    is, or was, somebody else's.
    """
    held = " ".join(post.key for post in user.posts)
    return await entering.enter(
        node, user, lifetime, ("staff", f"{user.id}: {held}"), renamed=renamed
    )


async def retire(node: Node, id_: str) -> None:
    """Let somebody sign in no more. Raises NotFoundError for who is unknown or retired already."""
    async with node.store.snapshot() as reader:
        await node.directory.get(reader, id_)
    await operator.note(node, "staff", f"{id_}: retired")

    async def work(tx: Transaction) -> None:
        await node.directory.retire(tx, id_)

    await node.store.transact(work)


def _post(text: str) -> Post:
    name, at, organisation = text.partition("@")
    try:
        role = Role(name)
    except ValueError as error:
        known = ", ".join(sorted(role.value for role in Role if role not in NOT_STAFF))
        message = f"{name} is no role. There are: {known}."
        raise BadInputError(message, place="--post") from error
    if role in NOT_STAFF or not at or not organisation.strip():
        message = f"{text} is no post of staff; write ROLE@ODS, such as nurse@RXX."
        raise BadInputError(message, place="--post")
    return Post(role, organisation.strip())
