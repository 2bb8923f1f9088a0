"""Commands about what a node knows: packages of profiles and code systems."""

from collections import Counter
from pathlib import Path

import click

from throughcare.app import folder, knowledge
from throughcare.cli import options


@click.group()
def package() -> None:
    """FHIR packages: profiles, value sets and code systems of guides such as UK Core and IPS."""


@package.command(name="load")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@options.node
def load_package(file: Path, node: Path) -> None:
    """Keep the package in FILE (.tgz); it takes the place of its other versions."""
    found = knowledge.keep(folder.existing(node).root, file)
    counts = Counter(each.kind for each in found.definitions)
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing"
    click.echo(f"{found.name} {found.version}: {said} kept.")
    click.echo(f"License: {found.license or 'not stated in the package'}.")
    click.echo("A node that runs knows it after its next start.")


@package.command(name="list")
@options.node
def list_packages(node: Path) -> None:
    """List the packages that a node knows."""
    for found in knowledge.load(folder.existing(node).root).packages:
        click.echo(f"{found.name} {found.version} ({len(found.definitions)} definitions)")
