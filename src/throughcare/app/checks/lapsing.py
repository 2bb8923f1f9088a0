"""What ends on a day: the locality's handling lines, and certificates that databases are met by."""

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from cryptography import x509

from throughcare.app.checks.check import fault, ok, warn
from throughcare.app.folder import Folder
from throughcare.kernel import BadInputError
from throughcare.model.health import Check, Way
from throughcare.summary.handling import PLACE

AHEAD: Final = timedelta(days=30)
"""How long before its end something is worth a warning."""
_CERTIFICATES: Final = ("sslcert", "sslrootcert")
"""Parameters of a PostgreSQL address that name files of certificates."""


def checks(folder: Folder, now: datetime) -> tuple[Check, ...]:
    """Look at everything in the node's folder that has a last day."""
    return (_handling(folder, now), *_certificates(folder, now))


def _handling(folder: Folder, now: datetime) -> Check:
    way = Way(
        "After that day no line of it is shown: crews read an alert with nothing to do beside it.",
        f"${{EDITOR:-nano}} {shlex.quote(str(folder.root / PLACE))}",
        "Have the named clinician review them, write the new review_by, and start the node again.",
    )
    try:
        review = folder.handling().review
    except BadInputError as error:
        return fault("handling lines", error.message, way)
    if review is None:
        return ok("handling lines", f"none: the node has no {PLACE}")
    left = review - now.date()
    if left < timedelta(0):
        return fault("handling lines", f"their review was due on {review}: none is shown", way)
    if left < AHEAD:
        return warn("handling lines", f"their review is due on {review}", way)
    return ok("handling lines", f"approved; their review is due on {review}")


def _certificates(folder: Folder, now: datetime) -> Iterator[Check]:
    """Look at the certificates that the addresses of databases name."""
    for path in _files_of(folder):
        way = Way(
            "After it the node can't reach its database: every request is answered 503.",
            f"openssl x509 -enddate -noout -in {shlex.quote(str(path))}",
            "Put a new certificate in its place.",
        )
        try:
            found = x509.load_pem_x509_certificates(path.read_bytes())
        except (OSError, ValueError):
            yield fault("certificates", f"{path.name} can't be read as a certificate", way)
            continue
        ends = min(each.not_valid_after_utc for each in found)
        said = f"{path.name} is good until {ends:%Y-%m-%d}"
        if ends <= now:
            yield fault("certificates", f"{path.name} ended on {ends:%Y-%m-%d}", way)
        else:
            soon = ends - now < AHEAD
            yield warn("certificates", said, way) if soon else ok("certificates", said)


def _files_of(folder: Folder) -> list[Path]:
    replicas = folder.replicas()
    addresses = (*folder.dsns(), *(replicas.dsns if replicas else ()))
    named = {
        Path(value)
        for address in addresses
        for name in _CERTIFICATES
        for value in parse_qs(urlsplit(address).query).get(name, ())
    }
    return sorted(path for path in named if path.name != "system")
