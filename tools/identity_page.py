"""Write the tables of ``docs/identity/README.md`` anew: ``python tools/identity_page.py``.

They are made of the weights that are shipped and of the rules of comparing, so that the page can't
say other figures than the program uses; a test compares.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from throughcare.identity.compare import Rule, Weights, shipped
from throughcare.identity.compare.keys import MOST_SHARING

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "identity" / "README.md"
_TABLE: Final = re.compile(r"(<!-- made: ([a-z]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)


def made(text: str) -> str:
    """Return the text of the page with its tables as the program has them now."""
    tables = {"thresholds": _thresholds, "weights": _weights, "sizes": _sizes, "rules": _rules}

    def again(found: re.Match[str]) -> str:
        return found[1] + "\n".join(tables[found[2]](shipped())) + "\n" + found[3]

    return _TABLE.sub(again, text)


def _thresholds(weights: Weights) -> Iterator[str]:
    yield from _table(
        ("score", "what follows"),
        {
            f"{weights.link_from:+g} and more": "the two are linked, unless a rule says otherwise",
            f"{weights.review_from:+g} to {weights.link_from:+g}": "somebody is asked",
            f"below {weights.review_from:+g}": "two people",
            f"below {weights.refuse_below:+g}": "never in one person, whatever links them by way "
            "of others, unless a strong pair outweighs it",
            f"within {weights.rival_within:g} of a link": "another person by number who fits as "
            "well makes the link unsure: somebody is asked",
            f"more than {MOST_SHARING} records of one key": "the key is passed over",
        },
    )


def _weights(weights: Weights) -> Iterator[str]:
    rows = {}
    for field, levels in weights.levels.items():
        shown = ", ".join(f"{level} {weight:+g}" for level, weight in levels.items())
        more = {
            "given": f"; exact + {weights.given_per_bit:g} for each bit of rarity, "
            f"{weights.given_at_most:+g} at most",
            "family": f"; exact + {weights.family_per_bit:g} for each bit of rarity",
        }.get(field, "")
        rows[field] = shown + more
    yield from _table(("field", "weights by level"), rows)


def _sizes(weights: Weights) -> Iterator[str]:
    yield from _table(
        ("people in the index", "what is added"),
        {f"{people:,}": f"{weights.bias_at(people):+.2f}" for people in SIZES},
    )


def _rules(_weights: Weights) -> Iterator[str]:
    yield from (f"- {rule.value}" for rule in Rule if rule is not Rule.SCORE)


def _table(head: tuple[str, str], rows: Mapping[str, str]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---|---|"
    yield from (f"| {name} | {said} |" for name, said in rows.items())


if __name__ == "__main__":
    PAGE.write_text(made(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
