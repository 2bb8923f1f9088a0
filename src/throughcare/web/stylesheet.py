"""The style sheet: one file, addressed by its content, so that it can be kept for ever."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from throughcare.web.theme import Theme


@dataclass(frozen=True, slots=True)
class Stylesheet:
    """The bytes of the style sheet and the address that names them."""

    path: str
    body: bytes
    gzipped: bytes


@cache
def stylesheet(theme: Theme = Theme()) -> Stylesheet:  # noqa: B008 - a frozen value
    """Return the style sheet in a locality's colour, read once."""
    body = files("throughcare.web").joinpath("static", "throughcare.css").read_bytes()
    body += f":root{{--tc-brand:{theme.colour}}}\n".encode()
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Stylesheet(f"/static/{digest}.css", body, gzip.compress(body, 9, mtime=0))
