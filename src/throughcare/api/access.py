"""From the bearer token of a call to the request that is decided."""

from collections.abc import Mapping
from datetime import datetime

from throughcare.actors.tokens import Tokens
from throughcare.kernel import UnauthenticatedError
from throughcare.model.request import Request


def request(headers: Mapping[str, str], tokens: Tokens, *, at: datetime, id_: str) -> Request:
    """Return who asks and on what ground. Raises UnauthenticatedError without a good token."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        message = (
            "No bearer token. Get one with 'throughcare token' and send it as "
            "'Authorization: Bearer ...'."
        )
        raise UnauthenticatedError(message)
    return tokens.read(token.strip()).request(at=at, id_=id_)
