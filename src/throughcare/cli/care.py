"""Commands for those who look after the person index."""

import asyncio
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from throughcare.admission.tasks import Task, task_of
from throughcare.app import folder
from throughcare.app.node import opened
from throughcare.cli import options
from throughcare.model.person import SourceRecord
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
