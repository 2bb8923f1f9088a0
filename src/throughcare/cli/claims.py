"""From the options that say who asks to an actor's grant."""

from collections.abc import Mapping
from dataclasses import dataclass

import click

from throughcare.model.request import Permission, Purpose, Reason, Relationship, Role

NEEDS_REASON = {Purpose.ETREAT, Purpose.BTG}


@dataclass(frozen=True, slots=True)
class Claims:
    """Who asks, and on what ground, as stated on the node's own machine."""

    role: Role
    purpose: Purpose
    organisation: str
    user: str
    relationship: Relationship
    permission: Permission
    reason: Reason | None

    def __str__(self) -> str:
        """Return the claims in one line, so that nothing assumed stays unsaid."""
        return (
            f"{self.user} as {self.role}, {self.purpose}; relationship: {self.relationship}; "
            f"permission to view: {self.permission}"
        )


def claims(options: Mapping[str, str | None]) -> Claims:
    """Return the claims that the options make.

    Raises UsageError if the purpose needs a reason and there is none.
    """
    purpose = Purpose(options["purpose"] or "")
    assumed = Permission.UNABLE if purpose in NEEDS_REASON else Permission.GIVEN
    permission = Permission(options["permission"] or assumed)
    return Claims(
        role=Role(options["role"] or ""),
        purpose=purpose,
        organisation=options["org"] or "",
        user=options["user"] or "local-user",
        relationship=Relationship(options["relationship"] or Relationship.YES),
        permission=permission,
        reason=_reason(purpose, permission, options["reason"] or ""),
    )


def _reason(purpose: Purpose, permission: Permission, text: str) -> Reason | None:
    if text.strip():
        code = "cannot-be-asked" if permission is Permission.UNABLE else "other"
        return Reason(text.strip(), code)
    if purpose in NEEDS_REASON:
        message = (
            f"{purpose} needs a reason. Say why with --reason, "
            'such as --reason "unconscious, cannot be asked".'
        )
        raise click.UsageError(message)
    return None
