"""Short ways to write demographics in tests."""

from datetime import date

from throughcare.identity.compare import Demographics, Name, name_of
from throughcare.identity.compare.places import phone as normal_phone
from throughcare.identity.compare.places import postcode as normal_postcode

ANNE = "9990000018"
BRIAN = "9990000026"
"""Two numbers that pass modulus 11."""


def who(  # noqa: PLR0913 - one argument a field
    given: str = "Anne",
    family: str = "Okafor",
    born: str = "1947-08-26",
    *,
    nhs: str = "",
    sex: str = "",
    postcode: str = "",
    phone: str = "",
    verified: bool = True,
    restricted: bool = False,
    names: tuple[Name, ...] = (),
) -> Demographics:
    """Return demographics; empty means missing."""
    return Demographics(
        nhs_number=nhs,
        verified=verified,
        names=names or (name_of(given, family),),
        born=date.fromisoformat(born) if born else None,
        sex=sex,
        postcodes=(normal_postcode(postcode),) if postcode else (),
        phones=(normal_phone(phone),) if phone else (),
        restricted=restricted,
    )
