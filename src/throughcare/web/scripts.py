"""The scripts: files addressed by their content, so that they can be kept for ever.

Nothing needs them: each makes a page that works without it more comfortable.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

NAMES: Final = ("arrivals", "keeping", "viewer")


@dataclass(frozen=True, slots=True)
class Script:
    """The bytes of a script and the address that names them."""

    path: str
    body: bytes
    gzipped: bytes


@cache
def script(name: str) -> Script:
    """Return one of `NAMES`, read once."""
    body = files("throughcare.web").joinpath("static", f"{name}.js").read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Script(f"/static/{name}-{digest}.js", body, gzip.compress(body, 9, mtime=0))


@cache
def worker() -> str:
    """Return the service worker, which is one file at one address: its scope is the site."""
    return files("throughcare.web").joinpath("static", "worker.js").read_text("utf-8")


def at(path: str) -> Script | None:
    """Return the script with this address, None if there is none."""
    return next((each for each in map(script, NAMES) if each.path == path), None)
