"""Commands of the person index: over tables of records, which need no node, and in a node."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from throughcare.app import equity, folder, linkage, rekeying, reviewing
from throughcare.app.node import opened
from throughcare.cli import explaining, matching, options
from throughcare.cli.progress import parts

NO_TRUTH: Final = (
    "Groups differ in how many records they have, so a gap above is a question. With --truth the "
    "report says how many true pairs are missed."
)
F = TypeVar("F", bound=Callable[..., Any])

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_NEW = click.Path(path_type=Path, dir_okay=False, writable=True)

weights = click.option(
    "--weights",
    type=_FILE,
    metavar="FILE",
    help="Weights to score with, as 'train' writes them; those shipped if absent.",
)


@click.group()
def identity() -> None:
    """Whose record is this? The person index over a table of records (CSV), or in a node."""


identity.add_command(matching.merge)
identity.add_command(matching.unmerge)


@identity.command()
@options.node
@click.option("--quiet", is_flag=True, help="No progress bar.")
def rekey(node: Path, quiet: bool) -> None:  # noqa: FBT001 - a flag
    """Give all records of the node the keys of this release, by which they are found.

    After an upgrade, once no program of the release before is left. It works while the node
    serves; interrupted, it goes on the next time.
    """
    asyncio.run(_rekey(node, quiet=quiet))
    click.echo("Every record has the keys of this release.")


async def _rekey(root: Path, *, quiet: bool) -> None:
    async with opened(folder.existing(root)) as node:
        with parts("keys of people", quiet=quiet) as progress:
            await rekeying.rekey(node, progress)


@identity.command()
@click.argument("records", type=_FILE, metavar="RECORDS.csv")
@click.option(
    "--out", type=_NEW, required=True, metavar="CLUSTERS.csv", help="record_id,cluster_id"
)
@click.option("--review", type=_NEW, metavar="REVIEW.csv", help="Pairs that somebody must look at.")
@click.option(
    "--engine",
    type=click.Choice([each.value for each in linkage.Engine]),
    default=linkage.Engine.AUTO.value,
    show_default=True,
    help="What compares: duckdb is made for many records; auto takes it for a large table.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
@weights
def link(  # noqa: PLR0913, PLR0917 - one argument an option; click names them
    records: Path,
    out: Path,
    review: Path | None,
    weights: Path | None,
    engine: str,
    quiet: bool,  # noqa: FBT001 - a flag
) -> None:
    """Say which records are one person's, as a node does at the end of a load.

    The columns are those of record_id, source, nhs_number, given_name, middle_names, family_name,
    sex, birth_date, address_line, postcode and phone, or of the names that they commonly have;
    what a table lacks counts as missing.
    """
    with parts("comparing", quiet=quiet or not sys.stderr.isatty()) as progress:
        chosen = linkage.weights(weights)
        by = linkage.Engine(engine)
        counts = linkage.link(records, out, review, chosen, engine=by, progress=progress)
    click.echo(
        f"{counts.records} records of {counts.persons} persons; {counts.reviews} pairs for review."
    )
    if counts.keys_left_out:
        click.echo(
            f"{counts.keys_left_out} keys are shared by too many records to compare them all: "
            f"{counts.records_left_out} records were found by their other keys alone."
        )


@identity.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--records", type=_FILE, metavar="RECORDS.csv", help="The table that A and B are of.")
@click.option("--node", type=_FOLDER, metavar="DIR", help="The node whose Patients they are.")
@click.option("--user", default="local-user", show_default=True, help="Who looks at the node's.")
@weights
def explain(  # noqa: PLR0913, PLR0917 - one parameter an option
    one: str,
    other: str,
    records: Path | None,
    node: Path | None,
    user: str,
    weights: Path | None,
) -> None:
    """Compare the records A and B: field, values, level, weight and what they come to.

    Of a table by their record ids, or of a node as Patient/ID: a look that the ledger keeps.
    """
    if (records is None) == (node is None):
        message = "Say where A and B are: --records RECORDS.csv, or --node DIR."
        raise click.UsageError(message)
    if node is not None and weights is not None:
        message = "A node compares by its own weights. Leave --weights out."
        raise click.UsageError(message)
    if node is not None:
        score = asyncio.run(reviewing.compared(node, one, other, user))
    else:
        score = linkage.explain(records or Path(), one, other, linkage.weights(weights))
    for line in explaining.table(one, other, score.comparisons):
        click.echo(line)
    click.echo(f"{score.verdict.value}, {score.total:+.2f}: {score.rule}")


@identity.command()
@click.argument("records", type=_FILE, metavar="RECORDS.csv")
@click.option("--out", type=_NEW, required=True, metavar="WEIGHTS.json")
@click.option("--version", default="learnt", show_default=True, help="What to call the weights.")
@weights
def train(records: Path, out: Path, version: str, weights: Path | None) -> None:
    """Learn weights from a table's own NHS numbers; nobody has to label anything.

    Levels that are seldom seen stay near the weights that training starts from.
    """
    found = linkage.train(records, out, linkage.weights(weights), version)
    pairs = f"{found.matches} pairs with one NHS number, {found.others} with two"
    if not found.is_new:
        click.echo(f"{pairs}: too few to learn from. Go on with the weights that you have.")
        return
    click.echo(f"{pairs}; {found.dropped} that the rest contradicts were dropped. {out} written.")


@identity.command()
@click.argument("records", type=_FILE, metavar="RECORDS.csv")
@click.option("--truth", type=_FILE, metavar="TRUTH.csv", help="record_id,person_id and group.")
@weights
def evaluate(records: Path, truth: Path | None, weights: Path | None) -> None:
    """Say how right linking a table is, by the truth or by its own NHS numbers.

    Without --truth, the records are linked as if nobody had an NHS number, and those that have one
    are scored by it.
    """
    found = linkage.evaluate(records, truth, linkage.weights(weights))
    click.echo(f"{found.records} records of {found.persons} persons")
    click.echo(f"pair precision   {found.precision:.5f}")
    click.echo(f"pair recall      {found.recall:.4f}")
    click.echo(f"pair F1          {found.f1:.4f}")
    click.echo(f"wrong merges     {found.wrong_merges}")
    click.echo(f"reviews          {found.reviews} ({found.per_thousand:.1f} for 1,000 records)")
    click.echo(f"recall, answered {found.answered:.4f}")
    for name, recall in found.recalls:
        click.echo(f"recall of        {name} {recall:.4f}")
    if found.recalls:
        recalls = [recall for _, recall in found.recalls]
        click.echo(f"gap              {max(recalls) - min(recalls):.4f}")


@identity.command()
@click.argument("records", type=_FILE, metavar="RECORDS.csv")
@click.option("--truth", type=_FILE, metavar="TRUTH.csv", help="record_id,person_id and group.")
@weights
def report(records: Path, truth: Path | None, weights: Path | None) -> None:
    """Say whom the index serves less well, and what growth does to its thresholds.

    How many records are linked, and how many somebody is asked about, with and without an NHS
    number and by how common the name is; by the truth also how many true pairs are found. Groups
    of fewer than 20 are left out.
    """
    found = equity.report(records, truth, linkage.weights(weights))
    drawn = ", drawn to the errors of this table" if found.are_drawn else ""
    click.echo(f"weights          {found.weights}, learnt at {found.learnt_at:,} people{drawn}")
    click.echo(f"people           {found.people:,} in {found.records:,} records")
    for share in found.shares:
        click.echo(
            f"records          {share.group}: of {share.records:,} records {share.linked:.1%} are "
            f"linked with another, {share.asked:.1%} wait for somebody"
        )
    for each in found.recalls:
        click.echo(
            f"recall           {each.group}: of {each.pairs:,} true pairs {each.recall:.1%} are "
            f"found, {each.answered:.1%} once those who are asked have answered"
        )
    for size in found.drift:
        click.echo(
            f"{f'at {size.people:,}':17}of {size.links:,} pairs that link by themselves now, "
            f"{size.lost:,} would not (bias {size.bias:+.2f}: a link needs {size.needed:.2f})"
        )
    if truth is None:
        click.echo(NO_TRUTH)
