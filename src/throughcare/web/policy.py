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
_MATCHING: Final = frozenset({Role.GP, Role.RECEPTIONIST, Role.PRIVACY_OFFICER, Role.IT_LEAD})


class Policy(Enum):
    """Which roles a page is for; OPEN needs no session."""

    OPEN = frozenset[Role]()
    SIGNED_IN = frozenset(Role)
    FINDS_PEOPLE = _CARE
    READS_RECORD = _CARE | _OWN
    OVERSEES_RECORD = _OWN | {Role.PRIVACY_OFFICER}
    OWN_RECORD = frozenset({Role.PATIENT})
    START_OF_OWN = _OWN
    ACTS = frozenset({Role.PROXY})
    MATCHES = _MATCHING
    GUARDS_PRIVACY = frozenset({Role.PRIVACY_OFFICER})
