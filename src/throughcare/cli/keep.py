"""Commands for those who look after the ledger."""

from pathlib import Path

import click

from throughcare.app import diagnosis, folder
from throughcare.cli import options


@click.group()
def audit() -> None:
    """Look after the ledger of every access."""


@audit.command()
@options.node
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file of checkpoints kept elsewhere: shows a ledger that was put back or made anew.",
)
def verify(node: Path, against: Path | None) -> int:
    """Check offline that no line was changed, removed, reordered or added later."""
    report = diagnosis.verify_ledger(folder.existing(node), against)
    click.echo(str(report))
    return 0 if report.ok else 1
