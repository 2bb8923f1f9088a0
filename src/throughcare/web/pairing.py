"""Finding two records to lay side by side: first the one, then the other."""

from typing import Final

from starlette.responses import Response

from throughcare.model.person import SourceRecord
from throughcare.summary.words import source_name
from throughcare.web.call import Call, Page
from throughcare.web.matching_ports import FoundRecords
from throughcare.web.policy import Policy
from throughcare.web.searching import heading, read_search

FIND: Final = "/reviews/find"
_DIGITS: Final = 18

Choice = tuple[str, str]
"""Address and name of a record."""


async def search_form(call: Call) -> Response:
    """Show the empty form."""
    first = _first(call)
    title = _title(first)
    return call.render("pairing", title, heading=title, first=first, form={}, errors={}, found=None)


async def search(call: Call) -> Response:
    """Show who was found. The answer stands on a POST: names never come into an address."""
    first = _first(call)
    read = read_search(call.form, call.site.clock.now().date())
    title = _title(first)
    if read.query is None:
        return call.render(
            "pairing",
            f"Error: {title}",
            422,
            heading=title,
            first=first,
            form=call.form,
            errors=read.errors,
            found=None,
        )
    found, left = await call.site.matching.find_records(call.session, read.query)
    said = heading(len(found), left, read.query)
    return call.render(
        "pairing",
        "People found" if found else "Nobody found",
        first=first,
        form=call.form,
        errors={},
        found=[(each.person.banner, _choices(each, first)) for each in found],
        heading=said.text,
        advice=said.advice,
    )


def _first(call: Call) -> str:
    """Return the number of the record that was chosen first; "" for none yet."""
    text = call.asked("first")
    return text if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else ""


def _title(first: str) -> str:
    return "Find the other record" if first else "Find the first record"


def _choices(found: FoundRecords, first: str) -> list[Choice]:
    """Return where each record of a person leads: to the search for the other, or to the pair."""
    return [
        (_address(each, first), f"{source_name(each.source)} {each.local_id}")
        for each in found.records
        if str(each.subject) != first
    ]


def _address(record: SourceRecord, first: str) -> str:
    return f"/reviews/{first}-{record.subject}" if first else f"{FIND}?first={record.subject}"


PAGES: Final = (
    Page(FIND, "GET", search_form, Policy.MATCHES),
    Page(FIND, "POST", search, Policy.MATCHES),
)
"""Routes of these pages, each with its policy: before those of pairs, whose address is any name."""
