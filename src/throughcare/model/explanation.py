"""A decision in words, for those whom it concerns."""

from dataclasses import dataclass
from typing import Literal

Audience = Literal["staff", "person", "privacy-officer"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision as one kind of reader is told of it."""

    audience: Audience
    permitted: bool
    rank: int
    code: str
    """As `throughcare.model.decision.Decision.code`; "" where the reader is not told."""
    rules: tuple[str, ...]
    """Ids of what decided, as far as the reader may know them."""
    policy_version: str
    epoch: int
    """Consent epoch that it stands on: the person's; to staff the node's, which tells nothing of
    the person."""
    text: str
    choices: tuple[str, ...] = ()
    """What the person's own rules among `rules` say, each a sentence; none to staff."""
