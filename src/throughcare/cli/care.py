"""Commands for those who look after the person index."""

import asyncio
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from throughcare.admission.tasks import Task, task_of
from throughcare.app import folder
from throughcare.app.node import opened
from throughcare.cli import options
from throughcare.model.person import Review, SourceRecord
from throughcare.model.request import Actor, Purpose, Request, Role


@click.command()
@options.node
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: source,local_id,person_id,state.")
def people(node: Path, as_csv: bool) -> None:  # noqa: FBT001 - a flag
    """List every source record and the person that it belongs to."""
    records = asyncio.run(_people(node))
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("source", "local_id", "person_id", "state"))
        writer.writerows((r.source, r.local_id, r.person_id, r.state.value) for r in records)
        return
    persons = {record.person for record in records}
    waiting = sum(record.state.value == "review" for record in records)
    click.echo(f"{len(records)} source records of {len(persons)} persons; {waiting} for review.")
    click.echo("Print them all with --csv; look at what waits with 'throughcare reviews'.")


async def _people(root: Path) -> list[SourceRecord]:
    async with opened(folder.existing(root)) as node, node.store.snapshot() as reader:
        return await node.persons.people(reader)


@click.command()
@options.node
@click.option("--link", "linked", metavar="ID", help="These two are one person.")
@click.option("--apart", metavar="ID", help="These two are different people.")
@click.option("--undo", "undone", metavar="ID", help="Take a decision back.")
@click.option("--why", default="", help="The reason, kept with the decision.")
@click.option("--user", default="local-user", show_default=True, help="Who decides.")
def reviews(  # noqa: PLR0913, PLR0917 - one parameter an option
    node: Path, linked: str | None, apart: str | None, undone: str | None, why: str, user: str
) -> None:
    """List pairs of records that wait for a human, or decide one."""
    chosen = [name for name in (linked, apart, undone) if name]
    if len(chosen) > 1:
        message = "Decide one pair at a time: --link, --apart or --undo."
        raise click.UsageError(message)
    if not chosen:
        _print_reviews(asyncio.run(_reviews(node)))
        return
    if not undone and not why.strip():
        message = "A decision needs its reason: add --why."
        raise click.UsageError(message)
    asyncio.run(_decide(node, chosen[0], None if undone else bool(linked), why, user))
    click.echo("Done. 'throughcare reviews --undo ID' takes it back.")


async def _reviews(root: Path) -> list[Review]:
    async with opened(folder.existing(root)) as node, node.store.snapshot() as reader:
        return await node.persons.reviews(reader)


async def _decide(root: Path, review: str, same: bool | None, why: str, user: str) -> None:  # noqa: FBT001 - three answers
    async with opened(folder.existing(root)) as node:
        actor = Actor(user, Role.IT_LEAD, "", client="cli")
        request = Request(actor, Purpose.HOPERAT, node.clock.now(), id=node.ids.new())
        if same is None:
            await node.admission.linking.undo(request, review)
        else:
            await node.admission.linking.decide(request, review, same=same, why=why)


@click.command()
@options.node
@click.option("--done", metavar="ID", help="Finish this task.")
@click.option("--why", default="", help="What was done about it, kept in the ledger.")
@click.option("--user", default="local-user", show_default=True, help="Who finishes it.")
def tasks(node: Path, done: str | None, why: str, user: str) -> None:
    """List what somebody has to look at, soonest first, or finish one."""
    if done is None:
        _print_tasks(asyncio.run(_tasks(node)))
        return
    if not why.strip():
        message = "A finished task needs what was done about it: add --why."
        raise click.UsageError(message)
    asyncio.run(_finish(node, done, why, user))
    click.echo("Done; the ledger has who finished it, and why.")


async def _tasks(root: Path) -> list[Task]:
    async with opened(folder.existing(root)) as node, node.store.snapshot() as reader:
        return [task_of(row) for row in await reader.rows("admission.tasks")]


async def _finish(root: Path, task: str, why: str, user: str) -> None:
    async with opened(folder.existing(root)) as node:
        actor = Actor(user, Role.IT_LEAD, "", client="cli")
        request = Request(actor, Purpose.HOPERAT, node.clock.now(), id=node.ids.new())
        await node.admission.finish(request, task, why)


def _print_tasks(waiting: Sequence[Task]) -> None:
    click.echo(f"{len(waiting)} tasks wait for somebody.")
    for task in waiting:
        click.echo(f"due {task.due}  {task.id}")
        click.echo(f"    {task.what}")


def _print_reviews(waiting: Sequence[Review]) -> None:
    table = Table(title=f"{len(waiting)} pairs wait for a human")
    for name in ("id", "one record", "the other", "score", "because"):
        table.add_column(name, overflow="fold")
    for review in waiting:
        table.add_row(
            review.id,
            f"{review.left.source} {review.left.local_id}",
            f"{review.right.source} {review.right.local_id}",
            f"{review.score:.1f}",
            "; ".join(review.reasons),
        )
    Console().print(table)
