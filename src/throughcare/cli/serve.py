"""The command that serves a node, with one process or several."""

import os
import socket
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import click

from throughcare import settings
from throughcare.app import folder, serving
from throughcare.app.attending import attended
from throughcare.app.gateway import gateway
from throughcare.app.node import Node, opened
from throughcare.app.workers import Plan, Workers, say_ready
from throughcare.cli import options


@click.command()
@options.node
@click.option("--host", default=lambda: settings.read().host, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=lambda: settings.read().port,
    help="Port to listen on.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=lambda: settings.read().workers,
    show_default="$THROUGHCARE_WORKERS or 1",
    help="Processes that answer; one for each core is a good number.",
)
@click.option("--listening", type=int, hidden=True, help="Descriptor of a socket that listens.")
@click.option("--lifeline", type=int, hidden=True, help="Descriptor that closes with its parent.")
def serve(  # noqa: PLR0913, PLR0917 - as many options
    node: Path, host: str, port: int, workers: int, listening: int | None, lifeline: int | None
) -> None:
    """Serve the FHIR interface and the pages of a node until stopped."""
    folder.existing(node)
    if listening is not None and lifeline is not None:
        serving.run(_work(node, socket.socket(fileno=listening), lifeline))
        return
    with serving.bound(host, port) as listener:
        address = f"http://{host}:{port}"
        if workers == 1:
            serving.run(_alone(node, listener, address))
        else:
            serving.run(_together(node, listener, address, workers))


def _opened(root: Path, given: settings.Settings) -> AbstractAsyncContextManager[Node]:
    return opened(folder.existing(root), looks_a_day=given.looks_a_day, waiting=_say)


async def _alone(root: Path, listening: socket.socket, address: str) -> None:
    given = settings.read()
    async with _opened(root, given) as node, attended(node):
        await serving.serve(
            gateway(node), listening, given.log_level, ready=lambda: _announce(address)
        )


async def _work(root: Path, listening: socket.socket, lifeline: int) -> None:
    """Be one of several workers."""
    given = settings.read()
    async with _opened(root, given) as node, attended(node):
        await serving.serve(
            gateway(node),
            listening,
            given.log_level,
            ready=lambda: say_ready(lifeline),
            lifeline=lifeline,
        )


async def _together(root: Path, listening: socket.socket, address: str, count: int) -> None:
    """Look after `count` workers; each keeps its share of the room for looks."""
    looks = -(-settings.read().looks_a_day // count)
    environment = os.environ | {"THROUGHCARE_LOOKS_A_DAY": str(looks)}
    plan = Plan(root, listening, count, environment)
    await Workers(plan, _say).serve(lambda: _announce(f"{address} with {count} workers"))


def _say(text: str) -> None:
    click.echo(text, err=True)


def _announce(where: str) -> None:
    click.echo(f"Serving on {where} (FHIR below /fhir). Stop with Ctrl-C.")
