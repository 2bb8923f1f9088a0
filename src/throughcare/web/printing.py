"""Pages as PDF, made of what the browser would print: the same template, the same style sheet."""

import asyncio
import logging
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from importlib import util
from typing import TYPE_CHECKING, Final

from throughcare.kernel import NotFoundError
from throughcare.web.stylesheet import stylesheet
from throughcare.web.theme import Theme

if TYPE_CHECKING:
    from weasyprint import Document

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
    looked for by halving, since each try takes about half a second of a processor, in a thread of
    its own. Raises NotFoundError where this node makes none.
    """
    if not can_print():
        raise NotFoundError(NO_PRINTER)
    return await asyncio.to_thread(_pdf, page, theme, sheets, shorter)


def _pdf(page: str, theme: Theme, sheets: int, shorter: Sequence[str]) -> bytes:
    tries = [(page, points) for points in TEXT_POINTS]
    tries += [(each, TEXT_POINTS[-1]) for each in shorter]

    @cache
    def laid_out(place: int) -> "Document":
        text, points = tries[place]
        return _laid_out(text, theme, points)

    def room(place: int) -> int:
        return sheets - len(laid_out(place).pages)

    last = len(tries) - 1
    place = 0 if room(0) >= 0 else bisect_left(range(last), 0, lo=1, key=room)
    made: bytes = laid_out(place).write_pdf(pdf_tags=True)
    return made


def _laid_out(page: str, theme: Theme, points: float) -> "Document":
    from weasyprint import CSS, HTML  # noqa: PLC0415 - as above
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    # It names every rule that paper has no use for, and might name what stands on the page.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    nothing = URLFetcher(allowed_protocols=("none",))  # a page holds all that stands on it
    size = f"@media print{{body.tc-page{{font-size:{points}pt}}}}"
    text = stylesheet(theme).body.decode() + _SHEET_FOOT + size
    html = HTML(string=page, base_url=None, url_fetcher=nothing)
    return html.render(stylesheets=[CSS(string=text, url_fetcher=nothing)])
