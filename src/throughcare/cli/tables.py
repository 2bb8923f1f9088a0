"""Tables that commands print."""

import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from rich.console import Console
from rich.table import Table

from throughcare.app.demonstration import Invitation
from throughcare.app.loading import NOT_READ, LoadReport
from throughcare.model.health import Check


def print_load(console: Console, report: LoadReport) -> None:
    """Print what was recognised, what was odd, what was rejected, and the table of the load."""
    for found in report.found:
        known = "not yet" if found.source == NOT_READ else "read   "
        mark = known if found.is_feed else "no feed"
        console.print(
            f"{mark} {found.name}: {found.format}", highlight=False, soft_wrap=True, markup=False
        )
    for text, count in report.remarks.most_common():
        place = report.places[text]
        console.print(
            f"note    {count} x {text} (first: {place})",
            highlight=False,
            soft_wrap=True,
            markup=False,
        )
    for rejection in report.rejections:
        sentence = f"{rejection.place}: {rejection.rule} {rejection.remedy}"
        console.print(f"refused {sentence}", highlight=False, soft_wrap=True, markup=False)
    print_tallies(console, report)


def print_tallies(console: Console, report: LoadReport) -> None:
    """Print the table of a load alone."""
    console.print(_load_table(report))


def _load_table(report: LoadReport) -> Table:
    table = Table()
    table.add_column("source")
    for name in ("read", "stored", "already here", "linked", "for review", "rejected"):
        table.add_column(name, justify="right")
    for source, tally in sorted(report.tallies.items()):
        numbers = (
            tally.read,
            tally.stored,
            tally.known,
            tally.linked,
            tally.review,
            tally.rejected,
        )
        table.add_row(source, *map(str, numbers))
    return table


def print_invitations(console: Console, rows: Sequence[Invitation]) -> None:
    """Print the table of the demo: who to be, the link that signs in, and what to try.

    A link stands on a line of its own, so that a terminal of any width leaves it whole.
    """
    console.rule("Not for live care. Everybody here is invented.")
    console.print("Open a link, press Sign in, and look somebody up by their NHS number.\n")
    for row in rows:
        console.print(f"you are   {row.persona}", style="bold", markup=False, highlight=False)
        console.print(f"sign in   {row.url}", markup=False, highlight=False, soft_wrap=True)
        for name, text in zip_longest(["try"], row.tries, fillvalue=""):
            line = f"{name:<10}{text}"
            filled = textwrap.fill(
                line, console.width, subsequent_indent=" " * 10, break_on_hyphens=False
            )
            console.print(filled, markup=False, highlight=False, soft_wrap=True)
        console.print()


def print_checks(console: Console, checks: Iterable[Check]) -> None:
    """Print a line for each check, and under it, where something is amiss, what to do."""
    for check in checks:
        line = f"{check.state:<6}{check.name:<23}{check.found}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
        if check.way:
            for text in (f"-> {check.way}", f"   Otherwise: {check.way.otherwise}"):
                console.print(f"{'':<29}{text}", markup=False, highlight=False, soft_wrap=True)
