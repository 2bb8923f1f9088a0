"""Commands that look after a node's store."""

import asyncio
import json
import signal
from pathlib import Path

import click
from rich.console import Console

from throughcare.admission.relabelling import Step
from throughcare.app import diagnosis, folder, migrating, operator, relabelling, tidying
from throughcare.app.content import copying
from throughcare.app.node import opened
from throughcare.app.system import SystemClock
from throughcare.cli import options, tables
from throughcare.cli.progress import counting, parts
from throughcare.model.health import Health

MEGABYTE = 1 << 20


@click.command()
@options.node
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--hash", "hashed", is_flag=True, help="Print the canonical hash of the content.")
@click.option(
    "--within",
    type=click.IntRange(1),
    metavar="SECONDS",
    help="Give up after so long: the process ends by SIGALRM, and what it found so far is lost.",
)
def doctor(node: Path, as_json: bool, hashed: bool, within: int | None) -> int:  # noqa: FBT001
    """Check a node; exits with 1 if something is at fault."""
    if within is not None:
        signal.alarm(within)
    if hashed:
        click.echo(asyncio.run(_hash(node)))
        return 0
    found = asyncio.run(_doctor(node))
    if as_json:
        click.echo(json.dumps(diagnosis.as_json(found), indent=2))
    else:
        tables.print_checks(Console(), found.checks)
    return 0 if found.is_well else 1


async def _doctor(root: Path) -> Health:
    async with opened(folder.existing(root)) as node:
        return await diagnosis.diagnose(node)


async def _hash(root: Path) -> str:
    async with opened(folder.existing(root)) as node, node.store.whole() as reader:
        return (await copying.hash_of(reader, node.records)).hash


@click.command()
@options.node
@click.option(
    "--finish", is_flag=True, help="Also take away what only older programs need: none may be left."
)
def migrate(node: Path, finish: bool) -> None:  # noqa: FBT001 - a flag
    """Bring the layout of the store up to date; a start of the node does so too."""
    work = migrating.migrate(folder.existing(node), SystemClock(), finish=finish)
    tables.print_checks(Console(), [asyncio.run(work)])


@click.command()
@options.node
@click.option("--quiet", is_flag=True, help="No progress.")
def rebuild(node: Path, quiet: bool) -> None:  # noqa: FBT001 - a flag
    """Write the search rows anew while the node serves; interrupted, it goes on the next time."""
    click.echo(f"{asyncio.run(_rebuild(node, quiet=quiet))} entries can be found as they are.")


async def _rebuild(root: Path, *, quiet: bool) -> int:
    async with opened(folder.existing(root)) as node:
        with counting("rebuilding", quiet=quiet) as progress:
            return await node.records.upkeep().rebuild(progress)


@click.command()
@options.node
@click.option("--quiet", is_flag=True, help="No progress.")
def relabel(node: Path, quiet: bool) -> None:  # noqa: FBT001 - a flag
    """Label what is stored by the code lists as they are now, while the node serves.

    The lists that come with this version, the node's own (codelists/*.csv in its folder), and what
    loaded releases put below their codes. Interrupted, it goes on the next time.
    """
    found = asyncio.run(_relabel(node, quiet=quiet))
    click.echo(
        f"Code lists {found.version} are in force; {found.changed} entries and former versions "
        "have other labels."
    )


async def _relabel(root: Path, *, quiet: bool) -> relabelling.Relabelled:
    async with opened(folder.existing(root)) as node:
        with parts("relabelling people", quiet=quiet) as progress:
            total = done = 0

            def starts(people: int) -> None:
                nonlocal total
                total = people
                progress(0, people)

            def goes_on(step: Step) -> None:
                nonlocal done
                done += step.persons
                progress(done, total)

            return await relabelling.relabel(node, goes_on, starts)


@click.command()
@options.node
@click.option("--remove", is_flag=True, help="Remove what the rules say; without it, only count.")
@click.option("--shrink", is_flag=True, help="Give free pages back to the disk; writers wait.")
def tidy(node: Path, remove: bool, shrink: bool) -> None:  # noqa: FBT001 - flags
    """Say which superseded versions the locality's rules let go, and remove them if asked."""
    asyncio.run(_tidy(node, remove=remove, shrink=shrink))


async def _tidy(root: Path, *, remove: bool, shrink: bool) -> None:
    async with opened(folder.existing(root)) as node:
        plan = await tidying.plan(node)
        if plan is None:
            click.echo("The rules have no [retention]: no version is ever removed.")
        elif remove:
            await operator.note(node, "tidy", f"up to {plan.versions} superseded versions")
            click.echo(f"{await tidying.remove(node, plan)} superseded versions removed.")
        else:
            click.echo(
                f"{plan.versions} versions were superseded before {plan.before:%Y-%m-%d} and may "
                f"go ({plan.legal_basis}). Nothing was removed: --remove does it."
            )
        if shrink:
            before, after = await tidying.shrink(node)
            click.echo(
                f"The store takes {after / MEGABYTE:.1f} MB, {before / MEGABYTE:.1f} before."
            )
