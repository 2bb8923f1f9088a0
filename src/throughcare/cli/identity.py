"""Commands of the person index over tables of records; none of them needs a node."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from throughcare.app import linkage
from throughcare.model.person import Comparison

F = TypeVar("F", bound=Callable[..., Any])

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
    """Whose record is this? The person index over a table of records (CSV), without a node."""


@identity.command()
@click.argument("records", type=_FILE, metavar="RECORDS.csv")
@click.option(
    "--out", type=_NEW, required=True, metavar="CLUSTERS.csv", help="record_id,cluster_id"
)
@click.option("--review", type=_NEW, metavar="REVIEW.csv", help="Pairs that somebody must look at.")
@weights
def link(records: Path, out: Path, review: Path | None, weights: Path | None) -> None:
    """Say which records are one person's, as a node does at the end of a load.

    The columns are those of record_id, source, nhs_number, given_name, middle_names, family_name,
    sex, birth_date, address_line, postcode and phone, or of the names that they commonly have;
    what a table lacks counts as missing.
    """
    counts = linkage.link(records, out, review, linkage.weights(weights))
    click.echo(
        f"{counts.records} records of {counts.persons} persons; {counts.reviews} pairs for review."
    )


@identity.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--records", type=_FILE, required=True, metavar="RECORDS.csv")
@weights
def explain(one: str, other: str, records: Path, weights: Path | None) -> None:
    """Compare the records A and B of a table: field, values, level and weight."""
    score = linkage.explain(records, one, other, linkage.weights(weights))
    rows = [_row(each) for each in score.comparisons]
    head = ("field", one, other, "level", "weight")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = [text.ljust(width) for text, width in zip(row[:-1], widths, strict=False)]
        click.echo("  ".join((*cells, row[-1].rjust(widths[-1]))))
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


def _row(each: Comparison) -> tuple[str, str, str, str, str]:
    return each.field, each.left, each.right, each.level, f"{each.weight:+.2f}"
