"""The users of a node: who may sign in, in which roles, for which organisation."""

from dataclasses import dataclass

from throughcare.kernel import NotFoundError
from throughcare.model.request import Role
from throughcare.store.protocol import Reader, Row, Transaction


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can sign in."""

    id: str
    name: str
    roles: tuple[Role, ...]
    """At least one; the user picks one at sign-in."""
    organisation: str = ""
    """ODS code; empty for the person themselves and their family."""
    person: int | None = None
    """The person that this user is (role patient). For whom a proxy acts, grants say."""


class Directory:
    """Keeps the users."""

    async def put(self, tx: Transaction, user: User) -> None:
        """Add the user, or replace the one with this id. A retired one comes back."""
        if not user.roles:
            message = "user.roles: a user has at least one role"
            raise ValueError(message)
        await tx.run(
            "actors.put_user",
            user=user.id,
            name=user.name,
            organisation=user.organisation,
            person=user.person,
        )
        await tx.run("actors.clear_roles", user=user.id)
        roles = enumerate(dict.fromkeys(user.roles))
        await tx.run_many(
            "actors.add_role",
            [{"user": user.id, "position": at, "role": role.value} for at, role in roles],
        )

    async def get(self, reader: Reader, user_id: str) -> User:
        """Return the user. Raises NotFoundError for an unknown or retired one."""
        rows = await reader.rows("actors.user", user=user_id)
        if not rows:
            message = "There is no such user here; ask those who run the node."
            raise NotFoundError(message)
        return _user(rows)

    async def all(self, reader: Reader) -> list[User]:
        """Return all users by id."""
        by_user: dict[str, list[Row]] = {}
        for row in await reader.rows("actors.users"):
            by_user.setdefault(str(row[0]), []).append(row)
        return [_user(rows) for rows in by_user.values()]

    async def retire(self, tx: Transaction, user_id: str) -> None:
        """Let the user sign in no more, and end their sessions and links at once."""
        await tx.run("actors.retire_user", user=user_id)
        await tx.run("actors.drop_links_of", user=user_id)
        await tx.run("actors.drop_sessions_of", user=user_id)


def _user(rows: list[Row]) -> User:
    """Make the user of rows (user, name, organisation, person, role), one for each role."""
    user, name, organisation, person, _ = rows[0]
    return User(
        str(user),
        str(name),
        tuple(Role(str(row[4])) for row in rows),
        str(organisation),
        person if isinstance(person, int) else None,
    )
