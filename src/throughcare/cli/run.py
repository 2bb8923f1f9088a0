"""Commands that make a node and keep it running."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from socket import socket

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from throughcare import settings
from throughcare.app import demonstration, folder, loading, serving, storing
from throughcare.app import replicas as reading
from throughcare.app.gateway import gateway
from throughcare.app.node import opened
from throughcare.app.system import SystemClock
from throughcare.cli import options, tables
from throughcare.model.request import Actor, Role

HOW_TO_GO_ON = "A link works once. Stop with Ctrl-C; started again it prints new ones."
LOADER = Actor("loader", Role.IT_LEAD, "", client="cli")


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@options.store
@click.option(
    "--replica",
    "replicas",
    multiple=True,
    metavar="POSTGRESQL://...",
    help="Address of a replica of that database to read from (docs/operations/growing.md).",
)
def init(directory: Path, store: tuple[str, ...], replicas: tuple[str, ...]) -> None:
    """Make a node in DIRECTORY; one that is there already is kept as it is."""
    made = asyncio.run(_init(directory, store, replicas))
    click.echo(f"Node ready in {directory}. Its rules of sharing are in {made.locality}.")
    click.echo(f"Next: throughcare load PATH... --node {directory}")


async def _init(root: Path, dsns: Sequence[str], replicas: Sequence[str]) -> folder.Folder:
    made = await storing.create(root, dsns, SystemClock())
    if replicas:
        await reading.name(made, replicas)
    async with opened(made):
        return made


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@options.node
@click.option("--source", help="Name of the feed, where the files do not name it.")
@click.option(
    "--mapping",
    "mappings",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A CSV mapping of your own (docs/intake/csv-mappings.md).",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
def load(
    paths: tuple[Path, ...],
    node: Path,
    source: str | None,
    mappings: tuple[Path, ...],
    quiet: bool,  # noqa: FBT001 - a flag of the command line
) -> int:
    """Load files and folders of any supported format; loading twice adds nothing."""
    report = asyncio.run(_load(paths, node, source, mappings, quiet=quiet))
    tables.print_load(Console(), report)
    return 0 if report.is_clean else 1


async def _load(
    paths: Sequence[Path], root: Path, source: str | None, mappings: Sequence[Path], *, quiet: bool
) -> loading.LoadReport:
    async with opened(folder.existing(root)) as node:
        loader = loading.Loader(node.admission, LOADER, source=source, own_mappings=mappings)
        with _bar(quiet=quiet) as bar:
            total = sum(path.lstat().st_size for path, _ in loading.files(paths))
            task = bar.add_task("loading", total=total)
            done: dict[Path, int] = {}

            def progress(found: loading.Found, part: float) -> None:
                done[found.path] = int(found.path.stat().st_size * part)
                bar.update(task, completed=sum(done.values()), description=found.name)

            report = await loader.load(paths, progress)
            bar.update(task, completed=total, description="loaded")
            return report


def _bar(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )


@click.command()
@click.option(
    "--node",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-node"),
    show_default=True,
    help="Folder of the demo node; made if absent.",
)
@click.option("--port", type=int, default=lambda: settings.read().port, help="Port to listen on.")
@click.option("--people", type=int, default=300, show_default=True, help="How many demo people.")
@click.option("--no-serve", is_flag=True, help="Make the node and print the table only.")
def demo(node: Path, port: int, people: int, no_serve: bool) -> None:  # noqa: FBT001 - a flag
    """Make a node with people who do not exist, and serve it."""
    if no_serve:
        serving.run(_demo(node, port, people, None))
        return
    with serving.bound("127.0.0.1", port) as listener:  # before the load: a taken port says so
        serving.run(_demo(node, port, people, listener))


async def _demo(root: Path, port: int, people: int, listener: socket | None) -> None:
    made = demonstration.prepare(root)
    async with opened(made) as node:
        click.echo(
            f"Demo node in {root}: loading {people} people, as far as they are new ...", err=True
        )
        report = await demonstration.fill(node, people)
        await demonstration.bring_in(node, people)
        tables.print_tallies(Console(stderr=True), report)
        base = f"http://127.0.0.1:{port}"
        rows = await demonstration.invitations(node, base)
        tables.print_invitations(Console(), rows)
        if listener:
            say = partial(click.echo, f"Serving on {base}. {HOW_TO_GO_ON}")
            await serving.serve(gateway(node), listener, "warning", ready=say)
