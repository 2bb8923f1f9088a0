"""Sessions of the pages: who is signed in, and what they stated about which person.

The cookie's value is a secret that is stored as its digest. A session ends when it was idle too
long, at the latest after a working day, and at once when it is ended or its user is retired.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from throughcare.actors import secret
from throughcare.actors.directory import Post, User
from throughcare.actors.times import four_hours, from_store, to_store
from throughcare.kernel import BadInputError, Clock, DeniedError, Ids, UnauthenticatedError
from throughcare.model.request import Actor, Permission, Purpose, Reason, Relationship, Role
from throughcare.store.protocol import Reader, Row, Store, Transaction

_TOUCH_EVERY = timedelta(minutes=1)
_NEEDS_REASON = frozenset({Purpose.ETREAT, Purpose.BTG})
_CSRF = "csrf"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things last."""

    idle: timedelta = timedelta(minutes=30)
    whole: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in."""

    key: bytes
    """Digest of the cookie's value."""
    actor: Actor
    name: str
    opened: datetime
    used: datetime
    expires: datetime
    """When it ends whatever happens."""
    posts: int = 1
    """How many posts its user has to choose from."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a reader stated about one person in this session, and until when it holds."""

    purpose: Purpose
    relationship: Relationship
    permission: Permission
    reason: Reason | None
    until: datetime


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        limits: Limits | None = None,
        *,
        time_box: Callable[[], timedelta] = four_hours,
    ) -> None:
        """Take time and chance from outside.

        What was stated about a person holds for the `time_box` of that moment: break-glass's.
        """
        self._time_box = time_box
        self._clock, self._ids = clock, ids
        self._limits = limits or Limits()

    async def open(
        self,
        tx: Transaction,
        user: User,
        role: Role,
        place: str | None = None,
        *,
        ends: datetime | None = None,
    ) -> str:
        """Return the cookie's value of a new session. Raises DeniedError if the post isn't theirs.

        `place` is the ODS code of the organisation, the user's own where it is None. It ends at
        `ends` if another session goes on in it. The caller audits it in the same transaction.
        """
        organisation = user.organisation if place is None else place
        if Post(role, organisation) not in user.posts:
            message = "This user doesn't have that role; choose one of their own."
            raise DeniedError(message)
        value = secret.new(self._ids)
        now = self._clock.now()
        await tx.run("actors.drop_old_sessions", now=to_store(now))
        await tx.run(
            "actors.open_session",
            digest=secret.digest(value),
            user=user.id,
            role=role.value,
            organisation="" if organisation == user.organisation else organisation,
            now=to_store(now),
            expires=to_store(ends or now + self._limits.whole),
        )
        return value

    async def find(self, reader: Reader, value: str) -> Session:
        """Return the session of a cookie. Raises UnauthenticatedError unless it is alive.

        Changes nothing: see `use`.
        """
        rows = await reader.rows("actors.session", digest=secret.digest(value))
        now = self._clock.now()
        session = _session(rows[0]) if rows else None
        if session is None or now >= session.expires or now >= session.used + self._limits.idle:
            message = "You are signed out; sign in again with a new link."
            raise UnauthenticatedError(message)
        return session

    async def use(self, store: Store, value: str) -> Session:
        """Return the session as `find`, and count this as use of it (to the minute)."""
        async with store.snapshot() as reader:
            session = await self.find(reader, value)
        now = self._clock.now()
        if now >= session.used + _TOUCH_EVERY:

            async def work(tx: Transaction) -> None:
                await tx.run("actors.touch_session", digest=session.key, now=to_store(now))

            await store.transact(work)
        return session

    async def end(self, tx: Transaction, value: str) -> None:
        """Sign out: the cookie is worth nothing from the commit on."""
        await tx.run("actors.drop_session", digest=secret.digest(value))

    async def end_all(self, tx: Transaction, user: str) -> None:
        """Sign a user out everywhere."""
        await tx.run("actors.drop_sessions_of", user=user)

    async def state(  # noqa: PLR0913 - each is a claim of its own
        self,
        tx: Transaction,
        session: Session,
        person: int,
        purpose: Purpose,
        *,
        relationship: Relationship,
        permission: Permission,
        reason: Reason | None = None,
    ) -> Statement:
        """Keep what the reader states about a person, for the time box; it replaces an earlier one.

        Raises BadInputError if an emergency purpose has no reason.
        """
        if purpose in _NEEDS_REASON and (reason is None or not reason.text.strip()):
            message = f"{purpose} needs a reason; say why in a few words."
            raise BadInputError(message)
        until = min(self._clock.now() + self._time_box(), session.expires)
        await tx.run(
            "actors.state",
            session=session.key,
            person=person,
            purpose=purpose.value,
            relationship=relationship.value,
            permission=permission.value,
            code=reason.code if reason else None,
            text=reason.text if reason else None,
            until=to_store(until),
        )
        return Statement(purpose, relationship, permission, reason, until)

    async def stated(self, reader: Reader, session: Session, person: int) -> Statement | None:
        """Return what was stated about a person and holds now, else None.

        Break-glass is returned when its time is over too, so that it can be gone on with:
        `Statement.until` says so, and the decision refuses it.

        After a merge ask for each number of the person; a statement isn't carried over.
        """
        now = to_store(self._clock.now())
        rows = await reader.rows("actors.stated", session=session.key, person=person, now=now)
        return _statement(rows[0]) if rows else None

    async def unstate(self, tx: Transaction, session: Session, person: int) -> None:
        """Forget what was stated about a person: handover, or the person changed their mind."""
        await tx.run("actors.unstate", session=session.key, person=person)


def csrf(value: str) -> str:
    """Return the token that forms of the session with this cookie carry."""
    return secret.derived(value, _CSRF)


def is_csrf(value: str, given: str) -> bool:
    """Tell whether a form comes from a page of this session. In constant time."""
    return secret.same(csrf(value), given)


def _session(row: Row) -> Session:
    digest, user, role, organisation, person, name, opened, used, expires, posts = row
    actor = Actor(
        str(user),
        Role(str(role)),
        str(organisation),
        client="pages",
        person=person if isinstance(person, int) else None,
    )
    times = [from_store(int(value or 0)) for value in (opened, used, expires)]
    key = digest if isinstance(digest, bytes) else b""
    return Session(key, actor, str(name), times[0], times[1], times[2], int(posts or 1))


def _statement(row: Row) -> Statement:
    purpose, relationship, permission, code, text, until = row
    return Statement(
        Purpose(str(purpose)),
        Relationship(str(relationship)),
        Permission(str(permission)),
        None if text is None else Reason(str(text), str(code)),
        from_store(int(until or 0)),
    )
