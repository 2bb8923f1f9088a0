"""Commands about the profile of a locality: who may see what where no person has said otherwise."""

import shutil
import textwrap
from collections.abc import Iterable
from pathlib import Path

import click

from throughcare.app import profiles
from throughcare.app.profiles import Report

File = click.Path(path_type=Path, exists=True, dir_okay=False)
LABELLED = (
    "An entry with a label changes with its kind only as far as the rules for that label let it. "
    "Decided cell by cell under both, not compared as text."
)


@click.group()
def profile() -> None:
    """Check the locality's profile, and see what a change of it opens and closes."""


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


def print_report(report: Report) -> None:
    """Print what a change opens and closes."""
    _part("Closes", report.closes)
    _part("Opens", report.opens)
    _part("Settings that differ", report.settings)
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
    if found:
        click.echo()


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
