"""Who may ask for a page at all. What is on it is decided behind the door."""

from enum import Enum
from typing import Final

from throughcare.model.request import Role

_CARE: Final = frozenset(
    {
        *(Role.PARAMEDIC, Role.NURSE, Role.GP, Role.PSYCHIATRIST, Role.PHARMACIST),
        *(Role.SOCIAL_WORKER, Role.CARE_ASSISTANT, Role.RECEPTIONIST),
    }
)
_OWN: Final = frozenset({Role.PATIENT, Role.PROXY})
_STAFF: Final = frozenset(Role) - _OWN
_RUNNING: Final = frozenset({Role.IT_LEAD})
_TREATING: Final = frozenset({Role.NURSE, Role.GP, Role.PSYCHIATRIST, Role.PHARMACIST})
_SUPPORTING: Final = frozenset({Role.SOCIAL_WORKER, Role.GP, Role.NURSE})
_RECEIVING: Final = frozenset({Role.NURSE, Role.GP, Role.PSYCHIATRIST})
_LOOKING_AFTER: Final = frozenset({Role.CARE_ASSISTANT, Role.NURSE})


class Policy(Enum):
    """Which roles a page is for; OPEN needs no session."""

    OPEN = frozenset[Role]()
    SIGNED_IN = frozenset(Role)
    FINDS_PEOPLE = _CARE
    READS_RECORD = _CARE | _OWN
    TREATS = _TREATING
    SUPPORTS = _SUPPORTING
    RECEIVES = _RECEIVING
    LOOKS_AFTER = _LOOKING_AFTER
    OVERSEES_RECORD = _OWN | {Role.PRIVACY_OFFICER}
    OWN_RECORD = frozenset({Role.PATIENT})
    START_OF_OWN = _OWN
    ACTS = frozenset({Role.PROXY})
    MATCHES = _STAFF
    """Of them, whom the locality's profile names match reviewers: the door says who."""
    RUNS_NODE = _RUNNING
    GUARDS_PRIVACY = frozenset({Role.PRIVACY_OFFICER})


_RECORD_PAGES: Final = (
    ("overview", "Overview", Policy.TREATS),
    ("network", "Network", Policy.SUPPORTS),
    ("today", "Today", Policy.LOOKS_AFTER),
)
"""Pages about a person beside summary and timeline: last part of the address, tab, for whom."""
_STARTS: Final = {Role.GP: "overview", Role.SOCIAL_WORKER: "network", Role.CARE_ASSISTANT: "today"}
"""The page on which a role begins with a record; the emergency summary where none is named."""


def record_pages(role: str) -> list[tuple[str, str]]:
    """Return address and tab of the pages about a person that are made for a role."""
    shown = [(key, tab) for key, tab, policy in _RECORD_PAGES if Role(role) in policy.value]
    first = start_of_record(role)
    return sorted(shown, key=lambda page: page[0] != first)


def start_of_record(role: str) -> str:
    """Return the page on which a role begins with a record.

    >>> start_of_record("social-worker")
    'network'
    """
    return _STARTS.get(Role(role), "emergency")
