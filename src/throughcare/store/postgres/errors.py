"""What PostgreSQL's errors mean to somebody who uses a node."""

import asyncpg

from throughcare.kernel import BadInputError, OverloadedError
from throughcare.store.jobs import full_disk

DRIVER = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError)
"""All that the driver raises; time limits are OSErrors."""
_AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server said goodbye just before it was asked
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
)
_SLOW = (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError)
_BUSY = (
    asyncpg.TransactionRollbackError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutOfMemoryError,
)


def is_away(error: BaseException) -> bool:
    """Tell whether the database is down, restarting, or has closed the connection.

    A value that the driver can't encode is an InterfaceError and a ValueError: that is our fault.
    """
    return isinstance(error, _AWAY) and not isinstance(
        error, ValueError | asyncpg.QueryCanceledError
    )


def away(error: BaseException, *, committing: bool = False) -> OverloadedError:
    """Return the error of a database that can't be reached; `committing` if it may have stored."""
    what = "it is not known whether this was stored" if committing else "nothing was stored"
    message = f"The database of this node can't be reached and {what}. Try again in a moment."
    plain = OverloadedError(message)
    plain.__cause__ = error
    return plain


def plain(error: BaseException) -> BaseException:
    """Return `error` in plain words where its meaning is known; else as it is."""
    if isinstance(error, _SLOW):
        message = "The database took too long and nothing was stored. Try again in a moment."
        return _caused(OverloadedError(message), error)
    if is_away(error):
        return away(error)
    if isinstance(error, asyncpg.DiskFullError):
        return _caused(full_disk("the database"), error)
    if isinstance(error, _BUSY):
        message = "The database is busy and nothing was stored. Try again in a moment."
        return _caused(OverloadedError(message), error)
    if isinstance(error, asyncpg.CharacterNotInRepertoireError):
        return _caused(nul(), error)
    return error


def nul() -> BadInputError:
    """Return what a text is told that PostgreSQL can't hold."""
    message = "A text holds a NUL character, which no text of a record may. Take it out."
    return BadInputError(message)


def _caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error
