"""The error tree: each class holds its HTTP status and its FHIR issue code.

The message is one plain sentence that names the place and the rule, followed by the way out.
It never holds personal data: an error text may end in a log.
"""

from collections.abc import Sequence
from typing import ClassVar


class ThroughcareError(Exception):
    """Base of every error that a user of a node can meet."""

    status: ClassVar[int] = 500
    issue: ClassVar[str] = "exception"
    """Code of ``OperationOutcome.issue.code`` (FHIR R4, value set issue-type)."""

    def __init__(self, message: str, *, place: str | None = None) -> None:
        """Keep ``message`` (a sentence and the way out) and ``place`` (path, line or segment)."""
        super().__init__(message)
        self.message = message
        self.place = place


class BadInputError(ThroughcareError):
    """What was sent can't be read: not JSON, an unknown parameter value, a broken message."""

    status = 400
    issue = "invalid"


class UnauthenticatedError(ThroughcareError):
    """No token, or one that is expired or not ours."""

    status = 401
    issue = "login"


class WrongPasscodeError(UnauthenticatedError):
    """The passcode of a health link is another, or was not given."""

    def __init__(self, message: str, *, remaining: int) -> None:
        """As the base; `remaining` is how often another may be tried before the link is closed."""
        super().__init__(message)
        self.remaining = remaining


class DeniedError(ThroughcareError):
    """The asker is known and may not do this at all (rank 0: role, client or purpose)."""

    status = 403
    issue = "forbidden"


class NotFoundError(ThroughcareError):
    """No such thing, or nothing the asker may know of: the two are never told apart."""

    status = 404
    issue = "not-found"


class NotAllowedError(ThroughcareError):
    """The path does not take this method."""

    status = 405
    issue = "not-supported"

    def __init__(self, message: str, *, allowed: Sequence[str]) -> None:
        """As the base; `allowed` are the methods that the path takes."""
        super().__init__(message)
        self.allowed = tuple(allowed)


class NotAcceptableError(ThroughcareError):
    """What is asked for can't be sent in any form that the client takes."""

    status = 406
    issue = "not-supported"


class ConflictError(ThroughcareError):
    """The state of the record does not allow it: a wrong version, a merged person."""

    status = 409
    issue = "conflict"


class GoneError(ThroughcareError):
    """It was here and has been deleted or withdrawn."""

    status = 410
    issue = "deleted"


class PreconditionFailedError(ThroughcareError):
    """If-Match names another version, a condition matches several, or the copy was redacted."""

    status = 412
    issue = "conflict"


class TooLargeError(ThroughcareError):
    """The body is larger than this node takes; it was not read to its end."""

    status = 413
    issue = "too-long"


class UnreadableFormatError(ThroughcareError):
    """The body is in a format, encoding or version of FHIR that this node does not read."""

    status = 415
    issue = "not-supported"


class UnprocessableError(ThroughcareError):
    """Readable, and against the rules of FHIR R4 or of the locality."""

    status = 422
    issue = "processing"

    def __init__(self, message: str, *, place: str | None = None, waits: bool = False) -> None:
        """As the base; `waits` if what is missing may still arrive."""
        super().__init__(message, place=place)
        self.waits = waits


class DamagedError(ThroughcareError):
    """What is stored is damaged, or the disk can't be read: it is not served as a fact."""


class OverloadedError(ThroughcareError):
    """The node can't take more at the moment; nothing was stored. Try again shortly."""

    status = 503
    issue = "transient"


class FullError(OverloadedError):
    """The disk of the node is full; nothing was stored, and what is stored can still be read."""

    status = 507
    issue = "no-store"


class OutdatedError(OverloadedError):
    """Consents or classes changed after the decision that this was to be done under.

    Nothing was stored. Decide anew and do it again.
    """
