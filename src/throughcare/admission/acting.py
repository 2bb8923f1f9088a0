"""Who may record what a person decided, who acts for them, a lack of capacity, and a hold."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from throughcare.consent import bearings, recording
from throughcare.consent.profile import Profile
from throughcare.consent.security import own_labels
from throughcare.kernel import DeniedError, UnprocessableError
from throughcare.model.granting import NOT_FOR_PATIENT

Json = Mapping[str, Any]

_MAY_NOT: Final = "This role may not record {what}. Ask one of: {roles} (locality.toml, [{table}])."
_CONSENT: Final = (
    "a Consent that opens a record, or end or change one that closes it; a Consent that says no "
    "alone is taken from everybody who may write"
)
_TO_ONESELF: Final = (
    "Nobody records a Consent that opens a record to themselves by name. Ask a colleague."
)


def check(after: Json) -> None:
    """Refuse a hold that the person or a proxy could read, and a lack of capacity without end.

    Raises UnprocessableError.
    """
    if bearings.is_hold(after) and NOT_FOR_PATIENT not in own_labels(after):
        message = (
            "A safeguarding hold carries the label NOPAT in meta.security, so that whoever acts "
            "for the person can't read it. Add it."
        )
        raise UnprocessableError(message, place="Flag.meta.security")
    if bearings.is_capacity(after) and after.get("status") == "active":
        found = bearings.capacity(after)
        if found is None or (found.lacking and found.until is None):
            message = (
                "A finding of capacity says from when, and a lack of it until when. Give "
                "period.start and period.end, and one code: lacking or present."
            )
            raise UnprocessableError(message, place="Flag.period")


def check_role(role: str, profile: Profile, before: Json, after: Json) -> None:
    """Raise DeniedError if `role` may not make `after` of `before` (either may be empty)."""
    proxies = profile.proxies
    either = [each for each in (before, after) if each]
    rules = (
        (bearings.is_hold, proxies.holders, "or end a safeguarding hold"),
        (bearings.is_capacity, proxies.recorders, "a finding of capacity"),
        (bearings.grants, proxies.recorders, "who acts for a person"),
    )
    for concerns, roles, what in rules:
        if role not in roles and any(map(concerns, either)):
            raise _denied(what, roles, "proxies")
    recorders = profile.recording.recorders
    if role not in recorders and recording.opens(before, after):
        raise _denied(_CONSENT, recorders, "consents")


def check_account(user: str, after: Json) -> None:
    """Raise DeniedError if `after` is a Consent that permits the account `user` by name."""
    if recording.names(after, [user]):
        raise DeniedError(_TO_ONESELF)


def _denied(what: str, roles: Iterable[str], table: str) -> DeniedError:
    named = ", ".join(sorted(roles)) or "nobody"
    return DeniedError(_MAY_NOT.format(what=what, roles=named, table=table))
