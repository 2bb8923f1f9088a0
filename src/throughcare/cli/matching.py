"""Commands for those who decide which records are one person's."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypedDict, TypeVar, Unpack

import click
from rich.console import Console
from rich.table import Table

from throughcare.app import reviewing
from throughcare.app.node import Node
from throughcare.cli import options
from throughcare.model.person import Foreseen, Queued, QueueFigures, Ruled, SourceRecord
from throughcare.model.request import Request

F = TypeVar("F", bound=Callable[..., Any])
_DAY = click.DateTime(["%Y-%m-%d"])
user_option = click.option(
    "--user", default="local-user", show_default=True, help="Who looks and decides."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says about a pair that waits."""

    pair: str
    same: bool | None = None
    """None takes a decision back, unless there is a day."""
    until: date | None = None
    """Until when the pair is put off."""


@click.command()
@options.node
@click.option("--link", "linked", metavar="ID", help="These two are one person.")
@click.option("--apart", metavar="ID", help="These two are different people.")
@click.option("--later", metavar="ID", help="Put this pair off until a day: see --until.")
@click.option("--until", type=_DAY, help="The day on which a pair that is put off waits again.")
@click.option("--undo", "undone", metavar="ID", help="Take a decision back.")
@click.option("--figures", is_flag=True, help="Say how the queue stands.")
@click.option("--why", default="", help="The reason, kept with the decision; a note with --later.")
@click.option(
    "--most",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="How many pairs are listed: the likeliest.",
)
@user_option
def reviews(  # noqa: PLR0913, PLR0917 - one parameter an option
    node: Path,
    linked: str | None,
    apart: str | None,
    later: str | None,
    until: datetime | None,
    undone: str | None,
    figures: bool,  # noqa: FBT001 - a flag
    why: str,
    most: int,
    user: str,
) -> None:
    """List pairs of records that wait for a human, or decide one."""
    chosen = [
        Answer(pair, same, day)
        for pair, same, day in (
            (linked, True, None),
            (apart, False, None),
            (undone, None, None),
            (later, None, until.date() if until else None),
        )
        if pair
    ]
    if len(chosen) + figures > 1:
        message = "Decide one pair at a time: --link, --apart, --later or --undo."
        raise click.UsageError(message)
    if bool(later) != (until is not None):
        message = "--later and --until go together: which pair, and until which day."
        raise click.UsageError(message)
    if figures:
        _print_figures(asyncio.run(reviewing.figures(node, user)))
    elif not chosen:
        _print_reviews(*asyncio.run(reviewing.queue(node, user, most)))
    elif chosen[0].same is not None and not why.strip():
        message = "A decision needs its reason: add --why."
        raise click.UsageError(message)
    else:
        asyncio.run(_decide(node, chosen[0], why, user))
        click.echo("Done. " + ("" if later else "'throughcare reviews --undo ID' takes it back."))


async def _decide(root: Path, answer: Answer, why: str, user: str) -> None:
    async def question(node: Node, request: Request) -> None:
        linking, pair = node.admission.linking, answer.pair
        if answer.until is not None:
            await linking.postpone(request, pair, until=answer.until, note=why)
        elif answer.same is None:
            await linking.undo(request, pair)
        else:
            await linking.decide(request, pair, same=answer.same, why=why)

    await reviewing.asked(root, user, question)


class Said(TypedDict):
    """What is said of two Patients of a node, and by whom."""

    one: str
    other: str
    node: Path
    why: str
    preview: bool
    user: str


def _of_two(command: F) -> F:
    """Add the arguments and options of `Said`."""
    for option in reversed(
        (
            click.argument("one", metavar="Patient/A"),
            click.argument("other", metavar="Patient/B"),
            options.node,
            click.option("--why", default="", help="The reason, kept with the decision."),
            click.option(
                "--preview", is_flag=True, help="Say what it would change, and change nothing."
            ),
            user_option,
        )
    ):
        command = option(command)
    return command


@click.command()
@_of_two
def merge(**said: Unpack[Said]) -> None:
    """Say that two Patients of a node are one person's.

    Nothing is moved or rewritten: 'throughcare identity unmerge' gives back what was.
    """
    _rule(said, same=True)


@click.command()
@_of_two
@click.option("--keep-apart", is_flag=True, help="Part what the index, or a source, linked.")
def unmerge(*, keep_apart: bool, **said: Unpack[Said]) -> None:
    """Take back what was decided about two Patients, or say that they are two people's."""
    _rule(said, same=False if keep_apart else None)


def _rule(said: Said, *, same: bool | None) -> None:
    why, preview = said["why"].strip(), said["preview"]
    if not (preview or why):
        message = "A decision needs its reason: add --why, or look with --preview."
        raise click.UsageError(message)
    pair = said["one"], said["other"]
    found = asyncio.run(
        reviewing.ruled(said["node"], *pair, said["user"], why, same=same, preview=preview)
    )
    _print_change(found)
    click.echo("Nothing was changed: this is a preview." if preview else "Done.")


def _print_change(found: Foreseen) -> None:
    for name, groups in (("before", found.before), ("after", found.after)):
        for group in groups:
            click.echo(f"{name:8}one person: {', '.join(map(_name, group))}")
    for each in found.unheeded:
        click.echo(f"no longer holds: {_said(each)}")


def _print_reviews(waiting: Queued, later: Queued, contradictions: Sequence[Ruled]) -> None:
    put_off = f", {later.later} put off" if later.later else ""
    waits = "1 pair waits" if waiting.waiting == 1 else f"{waiting.waiting} pairs wait"
    table = Table(title=f"{waits} for a human{put_off}")
    for name in ("id", "one record", "the other", "score", "because", "put off"):
        table.add_column(name, overflow="fold")
    for review in (*waiting.reviews, *later.reviews):
        table.add_row(
            review.id,
            _name(review.left),
            _name(review.right),
            f"{review.score:.1f}",
            "; ".join(review.reasons),
            f"until {review.later.until} {review.later.note}".strip() if review.later else "",
        )
    Console().print(table)
    if waiting.next or later.next:
        click.echo("The likeliest are listed; --most N lists more.")
    for each in contradictions:
        click.echo(f"said, and does not hold: {_said(each)}")


def _print_figures(figures: QueueFigures) -> None:
    oldest = f", the oldest since {figures.oldest:%Y-%m-%d}" if figures.oldest else ""
    click.echo(f"waiting          {figures.waiting}, put off {figures.later}{oldest}")
    ages = ", ".join(f"{name} {number}" for name, number in figures.ages)
    click.echo(f"waiting less than  {ages}")
    for each in figures.days:
        click.echo(f"{each.day}       linked {each.same}, kept apart {each.apart}")
    for by in figures.decided:
        said = "linked" if by.same else "kept apart"
        click.echo(f"by {by.who}: {said} {by.count}, last {by.latest:%Y-%m-%d}")
    agreed = figures.agreement
    click.echo(f"as the score leaned  {agreed.agreed} of the newest {agreed.decided}")
    click.echo(f"taken back       {figures.undone}")


def _said(ruled: Ruled) -> str:
    who = "their source" if ruled.by_source else ruled.who
    word = "one person's" if ruled.same else "two people's"
    pair = f"{_name(ruled.left)} and {_name(ruled.right)}"
    return f"{ruled.id}: {pair} are {word}, by {who} on {ruled.at:%Y-%m-%d}"


def _name(record: SourceRecord) -> str:
    return f"{record.source} {record.local_id}"
