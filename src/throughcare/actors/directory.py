"""The users of a node: who may sign in, in which roles, for which organisations."""

from dataclasses import dataclass
from datetime import datetime

from throughcare.actors.times import to_store
from throughcare.kernel import NotFoundError
from throughcare.model.request import Role
from throughcare.store.protocol import Reader, Row, Transaction


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody is, and where."""

    role: Role
    organisation: str = ""
    """ODS code; empty for the person themselves and their family."""

    @property
    def key(self) -> str:
        """Return what a form names it by: ``nurse@RXX``."""
        return f"{self.role.value}@{self.organisation}"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can sign in."""

    id: str
    name: str
    roles: tuple[Role, ...]
    """Their roles in their own organisation."""
    organisation: str = ""
    """ODS code of their own; empty for the person themselves and their family."""
    person: int | None = None
    """The person that this user is (role patient). For whom a proxy acts, grants say."""
    elsewhere: tuple[Post, ...] = ()
    """Posts in other organisations, each of which is named."""

    @property
    def posts(self) -> tuple[Post, ...]:
        """Return all of which the user works in one at a time, those of their own place first."""
        own = (Post(role, self.organisation) for role in self.roles)
        return tuple(dict.fromkeys((*own, *self.elsewhere)))


class Directory:
    """Keeps the users."""

    async def put(self, tx: Transaction, user: User, entered: datetime | None = None) -> None:
        """Add the user, or replace the one with this id. A retired one comes back.

        A session in a post that they no longer have ends. `entered` is when somebody checked whose
        it is; None: nobody knows, and any split of the person's record ends it.
        """
        if not user.posts:
            message = "user.roles: a user has at least one role"
            raise ValueError(message)
        if not all(post.organisation for post in user.elsewhere):
            message = "user.elsewhere: a post elsewhere names its organisation"
            raise ValueError(message)
        await tx.run(
            "actors.put_user",
            user=user.id,
            name=user.name,
            organisation=user.organisation,
            person=user.person,
            entered=None if entered is None else to_store(entered),
        )
        await tx.run("actors.clear_roles", user=user.id)
        roles = enumerate(dict.fromkeys(user.roles))
        await tx.run_many(
            "actors.add_role",
            [{"user": user.id, "position": at, "role": role.value} for at, role in roles],
        )
        await tx.run("actors.clear_posts", user=user.id)
        posts = enumerate(post for post in user.posts if post.organisation != user.organisation)
        await tx.run_many(
            "actors.add_post",
            [
                {
                    "user": user.id,
                    "position": at,
                    "role": post.role.value,
                    "organisation": post.organisation,
                }
                for at, post in posts
            ],
        )

    async def get(self, reader: Reader, user_id: str) -> User:
        """Return the user. Raises NotFoundError for an unknown or retired one."""
        rows = await reader.rows("actors.user", user=user_id)
        if not rows:
            message = "There is no such user here; ask those who run the node."
            raise NotFoundError(message)
        return _user(rows)

    async def known(self, reader: Reader, user_id: str) -> User | None:
        """Return the user of a sign-in name, retired or not; None for a name that nobody had."""
        rows = await reader.rows("actors.known_user", user=user_id)
        return _user(rows) if rows else None

    async def all(self, reader: Reader) -> list[User]:
        """Return all users by id."""
        by_user: dict[str, list[Row]] = {}
        for row in await reader.rows("actors.users"):
            by_user.setdefault(str(row[0]), []).append(row)
        return [_user(rows) for rows in by_user.values()]

    async def choose(self, tx: Transaction, user: User, post: Post) -> None:
        """Keep the post that a user works in now: it is offered first the next time."""
        own = post.organisation == user.organisation
        await tx.run(
            "actors.choose_post",
            user=user.id,
            role=post.role.value,
            organisation="" if own else post.organisation,
        )

    async def offered(self, reader: Reader, user: User) -> tuple[Post, ...]:
        """Return a user's posts, the one that they chose last first."""
        rows = await reader.rows("actors.chosen_post", user=user.id)
        last = Post(Role(str(rows[0][0])), str(rows[0][1]) or user.organisation) if rows else None
        return tuple(sorted(user.posts, key=lambda post: post != last))

    async def retire(self, tx: Transaction, user_id: str) -> None:
        """Let the user sign in no more, and end their sessions and links at once."""
        await tx.run("actors.retire_user", user=user_id)
        await tx.run("actors.drop_links_of", user=user_id)
        await tx.run("actors.drop_sessions_of", user=user_id)


def _user(rows: list[Row]) -> User:
    """Make the user of rows (user, name, organisation, person, role, where), one for each post."""
    user, name, organisation, person, *_ = rows[0]
    posts = [Post(Role(str(row[4])), str(row[5])) for row in rows]
    return User(
        str(user),
        str(name),
        tuple(post.role for post in posts if not post.organisation),
        str(organisation),
        person if isinstance(person, int) else None,
        tuple(post for post in posts if post.organisation),
    )
