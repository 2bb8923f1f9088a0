"""Looks that are sensitive themselves: labelled when they are written, kept from proxies for ever.

That a sexual health clinic or a safeguarding team looked tells what it may have looked for.
"""

from typing import Final

import msgspec

from throughcare.consent.profile import Profile
from throughcare.consent.proxies import Proxies
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Actor, Request, Role

SAFEGUARDING: Final = "SAFEGUARDING"
"""Label of a look whose coded reason is safeguarding."""


def labels(request: Request, proxies: Proxies) -> tuple[str, ...]:
    """Return the labels of a look."""
    found = {proxies.private_looks.get(request.actor.organisation, "")}
    if request.reason is not None and request.reason.code == "safeguarding":
        found.add(SAFEGUARDING)
    return tuple(sorted(found - {""}))


def to_proxy(line: AuditEntry, profile: Profile) -> AuditEntry | None:
    """Return a line of the ledger as a proxy may read it; None where they may not.

    They learn nothing of sensitive looks and deliveries, of what the person did, nor any reason in
    free text.
    """
    private = profile.proxies.private_looks
    source = line.what.partition(";")[0] if line.action == "load" else ""
    services = {line.organisation, source, profile.custodians.get(source, "")}
    if line.labels or line.role == Role.PATIENT.value or services & private.keys():
        return None
    return msgspec.structs.replace(line, reason="", because=())


def is_by(line: AuditEntry, actor: Actor, actions: frozenset[str]) -> bool:
    """Tell whether a line is of a look by `actor`, in the role they have now, that was shown."""
    return (
        line.action in actions
        and line.outcome == "permit"
        and line.user == actor.user
        and line.role == actor.role.value
    )
