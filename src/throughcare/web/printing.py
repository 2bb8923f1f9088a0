"""Pages as PDF, made of what the browser would print: the same template, the same style sheet."""

import asyncio
import logging
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from importlib import util
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from throughcare.kernel import NotFoundError
from throughcare.web.stylesheet import stylesheet
from throughcare.web.theme import Theme

if TYPE_CHECKING:
    from weasyprint import CSS, Document
    from weasyprint.urls import URLFetcher

TEXT_POINTS: Final = (9.0, 8.0, 7.0, 6.5)
"""Sizes of the text, of which the largest that fits is taken."""
NO_PRINTER: Final = (
    "This node makes no PDF: the package weasyprint, or Pango under it, is missing. Print the page "
    "from your browser."
)
_SHEET_FOOT: Final = (
    '@page{@bottom-right{content:"Sheet " counter(page) " of " counter(pages);'
    "font:7.5pt Arial,sans-serif}}"
)
_COLUMNED: Final = 'class="tc-rest"'
"""What stands in a page that has cards in two columns."""
_ONE_COLUMN: Final = (
    "@media print{@page{size:210mm 9999mm}.tc-first,.tc-rest{columns:auto;width:calc(50% - 2.5mm)}"
    "h1,h2,h3{bookmark-level:none}.tc-card{bookmark-level:2;bookmark-label:attr(aria-labelledby)}"
    '.tc-first,.tc-rest,.tc-footer{bookmark-level:1;bookmark-label:"cards"}}'
)
"""One sheet as long as it takes, the cards one under another, each with a bookmark."""


@cache
def can_print() -> bool:
    """Tell whether this node makes PDFs: an extra that stands on Pango, which the system has."""
    if util.find_spec("weasyprint") is None:
        return False
    try:
        import weasyprint  # noqa: F401, PLC0415 - an extra: a node without it serves all else
    except OSError:  # it is there, and the libraries of the system that it stands on are not
        return False
    return True


async def pdf(page: str, theme: Theme, sheets: int, shorter: Sequence[str] = ()) -> bytes:
    """Return an HTML page as tagged PDF of A4, on `sheets` where it fits at a size to read.

    Where it does not, the first of the `shorter` pages that does is taken, each shorter than the
    one before and saying what it lacks; more than that is on further sheets. The first that fits is
    looked for by halving, since each try takes a quarter of a second of a processor, in a thread of
    its own. Raises NotFoundError where this node makes none.
    """
    if not can_print():
        raise NotFoundError(NO_PRINTER)
    return await asyncio.to_thread(_pdf, page, theme, sheets, shorter)


def _pdf(page: str, theme: Theme, sheets: int, shorter: Sequence[str]) -> bytes:
    tries = [(page, points) for points in TEXT_POINTS]
    tries += [(each, TEXT_POINTS[-1]) for each in shorter]

    @cache
    def rules(text: str) -> str:
        return divided(text, theme) if _COLUMNED in text else ""

    @cache
    def tried(text: str, points: float) -> "Document":
        return laid_out(text, theme, _sized(points) + rules(text))

    def room(place: int) -> int:
        return sheets - len(tried(*tries[place]).pages)

    last = len(tries) - 1
    place = 0 if room(0) >= 0 else bisect_left(range(last), 0, lo=1, key=room)
    made: bytes = tried(*tries[place]).write_pdf(pdf_tags=True)
    return made


def _sized(points: float) -> str:
    return f"@media print{{body.tc-page{{font-size:{points}pt}}}}"


def divided(page: str, theme: Theme) -> str:
    """Return the rules that say which card begins the second of two columns.

    WeasyPrint balances columns by setting them again and again, a pixel longer each time, which
    took seconds. So the page is set once in one column, to see how high each card is.
    """
    begin = []
    tree = laid_out(page, theme, _sized(TEXT_POINTS[0]) + _ONE_COLUMN).make_bookmark_tree()
    for (_, _, cards, _), (_, (_, _, end), _, _) in pairwise(tree):
        tops = [top for _, (_, _, top), _, _ in cards]
        if len(tops) > 1:
            begin.append(f".tc-card[aria-labelledby={cards[_half(tops, end)][0]}]")
    second = f"{','.join(begin)}{{break-before:column}}" if begin else ""
    return f"@media print{{.tc-first,.tc-rest{{column-fill:auto}}{second}}}"


def _half(tops: Sequence[float], end: float) -> int:
    """Return which of the cards that begin at `tops` goes first into the second column.

    The longer column is as short as can be, and the first holds what it can.
    """
    lengths = [max(top - tops[0], end - top) for top in tops[1:]]
    least = min(lengths)
    return max(place for place, length in enumerate(lengths, 1) if length == least)


def laid_out(page: str, theme: Theme, rules: str) -> "Document":
    """Return an HTML page as it is set on paper, by the style sheet and `rules` after it."""
    from weasyprint import CSS, HTML  # noqa: PLC0415 - as above

    # It names every rule that paper has no use for, and might name what stands on the page.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    nothing = _fetches_nothing()
    html = HTML(string=page, base_url=None, url_fetcher=nothing)
    return html.render(stylesheets=[_read(theme), CSS(string=rules, url_fetcher=nothing)])


@cache
def _read(theme: Theme) -> "CSS":
    """Return the style sheet, read once: it takes a fifth of what setting a sheet takes."""
    from weasyprint import CSS  # noqa: PLC0415 - as above

    text = stylesheet(theme).body.decode() + _SHEET_FOOT
    return CSS(string=text, url_fetcher=_fetches_nothing())


def _fetches_nothing() -> "URLFetcher":
    """Return what has nothing to fetch: a page holds all that stands on it."""
    from weasyprint.urls import URLFetcher  # noqa: PLC0415 - as above

    return URLFetcher(allowed_protocols=("none",))
