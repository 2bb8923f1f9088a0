"""Why the ledger can't take or give a line. A read that can't be audited is refused with these."""

from throughcare.kernel import OverloadedError, ThroughcareError


class LedgerFullError(ThroughcareError):
    """The disk is full and the reserve used up: nothing may be read until there is room."""

    status = 507
    issue = "no-store"


class LedgerClosedError(OverloadedError):
    """The ledger has been closed: the node is stopping."""


class LedgerBrokenError(ThroughcareError):
    """The disk failed to keep what was written: the node must be stopped and the disk looked at."""

    status = 500
    issue = "exception"


class UnsealedError(OverloadedError):
    """The entry was not sealed in time, and this request may not go on without."""


class UnsignedError(OverloadedError):
    """The line is not under a signed checkpoint yet; it will be within a minute."""
