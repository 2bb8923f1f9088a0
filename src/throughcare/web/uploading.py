"""Forms that carry a file: read up to a bound, and never kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

from throughcare.kernel import BadInputError, TooLargeError

OVERHEAD: Final = 16 * 1024
"""Bytes of a form besides its file."""
DRAINED: Final = 32 << 20
"""Bytes of one that is too large which are read and dropped, so that the browser hears why."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    data: bytes


async def form_of(request: Request, most: int) -> tuple[Mapping[str, str], Upload | None]:
    """Return the fields of a form and its file, if it has one.

    Raises TooLargeError for more than `most` bytes, of which no more than that is kept, and
    BadInputError for what is no form.
    """
    body = await _body(request, most)

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    again = Request(request.scope, receive)
    try:
        async with again.form(max_files=1, max_fields=20, max_part_size=most) as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
            files = [value for value in form.values() if isinstance(value, UploadFile)]
            upload = Upload(files[0].filename or "", await files[0].read()) if files else None
    except MultiPartException as error:
        message = "This form could not be read. Go back, load the page again and repeat it."
        raise BadInputError(message) from error
    return fields, upload


async def _body(request: Request, most: int) -> bytes:
    """Read the body. What is too large is read on for a while, and dropped."""
    kept, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= most + OVERHEAD:
            kept += chunk
        elif size > DRAINED:
            break
    if size > most + OVERHEAD:
        message = (
            f"This is larger than {most >> 20} MB, the most that is tried here. "
            "Send one message of it, or a file with fewer rows."
        )
        raise TooLargeError(message)
    return bytes(kept)
