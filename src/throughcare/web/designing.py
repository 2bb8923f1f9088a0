"""The parts that pages are made of, each as it is shown: for who writes pages, and who checks them.

Nothing here is about anybody: the person of the banner is made up.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from starlette.responses import Response

from throughcare.model.submission import Json
from throughcare.summary.banner import NHS_NUMBER, Banner, banner
from throughcare.summary.entry import SummaryEntry
from throughcare.web.call import Call

TODAY: Final = date(2026, 11, 24)
MADE_UP: Final[tuple[Mapping[str, Json], ...]] = (
    {
        "name": [{"family": "Example", "given": ["Alexandra"], "prefix": ["Ms"]}],
        "birthDate": "1941-04-18",
        "gender": "female",
        "identifier": [{"system": NHS_NUMBER, "value": "9990000018"}],
    },
    {"name": [{"family": "Example", "given": ["Bernard"]}], "deceasedDateTime": "2026-09-30"},
)
"""A living person, and one who has died and of whom little is recorded."""
OPTIONS: Final = (("", "Not given"), ("yes", "Yes"), ("no", "No"))
BUTTONS: Final = (("Search", ""), ("Later", "secondary"), ("Break the glass", "warning"))
TAGS: Final = (("Shared", "green"), ("Kept back", "grey"), ("Open", "red"), ("Follow up", "orange"))


async def design(call: Call) -> Response:
    """Show every part in each of its states."""
    return call.render(
        "design",
        "Parts of the pages",
        people=[_banner(each) for each in MADE_UP],
        options=OPTIONS,
        buttons=BUTTONS,
        tags=TAGS,
        form={"number": "12"},
        errors={"number": "Enter an NHS number of 10 digits"},
    )


def _banner(patient: Mapping[str, Json]) -> Banner:
    at = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    return banner([SummaryEntry("Patient", "example", "gp", "", at, patient)], TODAY)
