"""Commands about the profile of a locality: who may see what where no person has said otherwise."""

import asyncio
import shutil
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from throughcare.app import enacting, folder, profiles
from throughcare.app.enacting import Version
from throughcare.app.node import opened
from throughcare.app.profiles import Report, Simulated, Used, together
from throughcare.app.texts import text_of
from throughcare.cli import options
from throughcare.cli.progress import parts

File = click.Path(path_type=Path, exists=True, dir_okay=False)
LABELLED = (
    "An entry with a label changes with its kind only as far as the rules for that label let it. "
    "Decided cell by cell under both, not compared as text."
)

SIMULATED = (
    "Entries of other organisations than the reader's, by everybody's real choices. Nothing was "
    "changed; 'throughcare profile use' puts the profile in force. A person's own look and those "
    "of people who act for others are not counted."
)


@click.group()
def profile() -> None:
    """Check the locality's profile, see what a change opens and closes, and put it in force."""


@profile.command()
@click.argument("file", type=File)
def check(file: Path) -> int:
    """Say every fault of the profile in FILE at once, each with its line; exits with 1 if any."""
    found = profiles.check(file)
    for line, sentence in found.faults:
        click.echo(f"{file}:{line or '?'}: {sentence}")
    for sentence in found.remarks:
        _say("note", sentence)
    if found.faults:
        click.echo(f"{len(found.faults)} faults: a node refuses this profile.")
        return 1
    click.echo(f"No fault: version {found.version}.")
    return 0


@profile.command()
@click.argument("old", type=File)
@click.argument("new", type=File)
def diff(old: Path, new: Path) -> None:
    """Say in words what the profile NEW opens and closes beside OLD, for whom and when."""
    before, after, report = profiles.compare(old, new)
    click.echo(f"From {before} to {after}:")
    print_report(report)


@profile.command()
@click.argument("file", type=File)
@options.node
@click.option("--quiet", is_flag=True, help="No progress bar.")
def simulate(file: Path, node: Path, quiet: bool) -> None:  # noqa: FBT001 - a flag
    """Count what the profile in FILE would open and close on the record of a node, as it is."""
    text = text_of(file)
    with parts("deciding", quiet=quiet) as progress:
        before, after, found = asyncio.run(_simulate(node, text, progress))
    click.echo(f"From {before} to {after}, on {found.entries} entries of {found.persons} persons:")
    table = Table("role", "purpose", "contact", box=None, pad_edge=False)
    for name in ("opens", "of persons", "closes", "of persons"):
        table.add_column(name, justify="right")
    for roles, each in together(found.effects):
        opened, closed = map(str, (each.opened, each.closed))
        persons = [str(len(each.opened_to)), str(len(each.closed_to))]
        names = ", ".join(role.value for role in roles)
        words = (names, each.purpose.value, each.contact)
        table.add_row(*words, opened, persons[0], closed, persons[1])
    if found.effects:
        Console().print(table)
    else:
        click.echo("Nothing would open or close in a usual contact.")
    for sentence in found.recorders:
        _say("  -", sentence)
    _say("", SIMULATED)


async def _simulate(
    root: Path, text: str, progress: Callable[[int, int], None]
) -> tuple[str, str, Simulated]:
    async with opened(folder.existing(root)) as node:
        return await profiles.simulate(node, text, progress)


@profile.command()
@click.argument("file", type=File, required=False)
@click.option("--version", help="Go back to this version, which was in force before.")
@click.option("--why", default="", help="The reason, kept in the ledger.")
@options.node
def use(file: Path | None, version: str | None, why: str, node: Path) -> None:
    """Put the profile in FILE in force at once, for every process of a node that serves."""
    if (file is None) is (version is None):
        message = "Give a FILE, or --version of one that was in force."
        raise click.UsageError(message)
    text = text_of(file) if file else ""
    used = asyncio.run(_use(node, text, version or "", why))
    if used is None:
        click.echo("It is in force already; nothing was changed.")
        return
    click.echo(f"In force from now on: {used.after}. Before: {used.before}.")
    print_report(used.report())
    _say("", f"Go back with: throughcare profile use --version {used.before}")


async def _use(root: Path, text: str, version: str, why: str) -> Used | None:
    async with opened(folder.existing(root)) as node:
        if version:
            async with node.store.snapshot() as reader:
                text = await enacting.text_of(reader, version)
        return await profiles.use(node, text, why)


@profile.command(name="list")
@options.node
def list_versions(node: Path) -> None:
    """List the versions that were in force, newest first, with who brought them."""
    for each in asyncio.run(_versions(node)):
        click.echo(f"{each.version}  since {each.since}  {each.who}  {each.why}".rstrip())


async def _versions(root: Path) -> list[Version]:
    async with opened(folder.existing(root)) as node, node.store.snapshot() as reader:
        return await enacting.versions(reader)


@profile.command()
@click.argument("version", required=False)
@options.node
def show(version: str | None, node: Path) -> None:
    """Print the text of a version, of the one in force if none is named."""
    click.echo(asyncio.run(_show(node, version)), nl=False)


async def _show(root: Path, version: str | None) -> str:
    async with opened(folder.existing(root)) as node, node.store.snapshot() as reader:
        if version is None:
            return await enacting.text_in_force(reader)
        return await enacting.text_of(reader, version)


def print_report(report: Report) -> None:
    """Print what a change opens and closes."""
    _part("Closes", report.closes)
    _part("Opens", report.opens)
    _part("Settings that differ", report.settings)
    click.echo()
    if report.opens or report.closes:
        _say("", LABELLED)
    elif report.settings:
        _say("", "Nobody sees more or less than before.")
    else:
        _say("", "The two say the same.")


def _part(title: str, sentences: Iterable[str]) -> None:
    found = list(sentences)
    if found:
        click.echo(f"\n{title}")
    for sentence in found:
        _say("  -", sentence)


def _say(mark: str, sentence: str) -> None:
    """Print a sentence, its lines below each other."""
    width = min(shutil.get_terminal_size().columns, 110)
    begin = f"{mark} " if mark else ""
    lines = textwrap.fill(
        sentence,
        width,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_on_hyphens=False,
    )
    click.echo(lines)
