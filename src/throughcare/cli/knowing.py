"""Commands about what a node knows: packages of profiles, and a locality's own code systems."""

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


@click.group()
def terminology() -> None:
    """Code systems and code lists from a locality's own, licensed files."""


@terminology.command(name="load")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@options.node
@click.option(
    "--codelist",
    "system",
    metavar="SYSTEM",
    help="PATHS are code lists (CSV, as OpenCodelists hands out): url of their code system.",
)
def load_terminology(paths: tuple[Path, ...], node: Path, system: str | None) -> None:
    """Keep a release of SNOMED CT, dm+d, ICD-10 or LOINC: files, folders or zip archives."""
    root = folder.existing(node).root
    if system is None:
        table = knowledge.keep_codes(root, paths)
        click.echo(f"{table.name} {table.version}: {len(table)} codes of {table.url} kept.")
    for path in paths if system is not None else ():
        found = knowledge.keep_list(root, path, system or "")
        codes = found.definitions[0].read()["compose"]["include"][0]["concept"]
        click.echo(f"{found.definitions[0].url}: {len(codes)} codes kept.")
    click.echo("A node that runs knows it after its next start.")


@terminology.command(name="list")
@options.node
def list_terminology(node: Path) -> None:
    """List the code systems that were loaded from the locality's own files."""
    known = knowledge.load(folder.existing(node).root)
    for url in known.own:
        table = known.terms.library.system(url)
        if table is not None:
            click.echo(f"{table.name} {table.version}: {len(table)} codes of {url}")
