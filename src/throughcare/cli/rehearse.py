"""The command that tries a file: what it would come to, and nothing stored."""

import sys
from pathlib import Path

import click
import msgspec

from throughcare.admission.rehearsing import rehearse as rehearsed
from throughcare.model.rehearsal import Rehearsal


@click.command()
@click.argument("path", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False))
@click.option("--name", help="Name of the file, where it comes by the standard input ('-').")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rehearse(
    path: Path,
    name: str | None,
    as_json: bool,  # noqa: FBT001 - a flag
) -> int:
    """Say what the file PATH would come to. Reads no node, stores nothing."""
    data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    found = rehearsed(name or path.name, data)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(found))
    else:
        _say(found)
    return 0 if found.mapped and not any(each.refused for each in found.findings) else 1


def _say(found: Rehearsal) -> None:
    click.echo(f"{found.format or 'no feed'}: {found.why}")
    for each in found.findings:
        word = "refused" if each.refused else "note   "
        click.echo(f"{word} {each.place}: {each.rule} {each.remedy}")
    for one in found.mapped:
        word = "would be stored" if one.accepted else "refused"
        click.echo(f"{word}: {one.place}: {one.kinds}. {one.person}")
    if found.more:
        click.echo(f"and {found.more} more")
