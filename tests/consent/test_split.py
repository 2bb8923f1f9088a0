"""The parts into which rules split a class: each entry is in one, with the rules that match it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations, product

from throughcare.consent.split import conditions, parts
from throughcare.model.decision import Atom, AuthorIs, DateWithin, EntryIs
from throughcare.model.directive import Rule

PLAIN = Rule("Consent/plain", permit=True, recorded=datetime(2026, 1, 1, tzinfo=UTC))
YEAR = (date(2026, 1, 1), None)
RULES = (
    PLAIN,
    replace(PLAIN, id="Consent/1", authors=frozenset({"a"})),
    replace(PLAIN, id="Consent/2", authors=frozenset("ab"), instances=frozenset({"Flag/a"})),
    replace(
        PLAIN,
        id="Consent/3",
        authors=frozenset("ab"),
        instances=frozenset({"Condition/a", "Condition/b"}),
    ),
    replace(PLAIN, id="Consent/4", data_period=YEAR, instances=frozenset({"Condition/a"})),
)
ENTRIES = [
    {AuthorIs(author), EntryIs(f"Condition/{name}"), *([DateWithin(*YEAR)] if recent else [])}
    for author, name, recent in product("abc", "abc", (False, True))
]


def test_each_entry_is_in_one_part_with_the_rules_that_match_it() -> None:
    for count in range(len(RULES) + 1):
        for rules in combinations(RULES, count):
            split = conditions(rules, "Condition")
            found = list(parts(split))
            for entry in ENTRIES:
                held = [
                    matching
                    for (hold, fail), matching in found
                    if entry.issuperset(hold) and entry.isdisjoint(fail)
                ]
                assert [set(rules) for rules in held] == [
                    {one.rule for one in split if is_met(one.groups, entry)}
                ]


def is_met(groups: tuple[tuple[Atom, ...], ...], entry: set[Atom]) -> bool:
    return all(not entry.isdisjoint(group) for group in groups)
