"""What an empty section of a summary means to this reader: not recorded, or not for them; pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from throughcare.consent.decide import decide
from throughcare.disclosure.gates import Ground
from throughcare.model.entry import Category, EntryClass
from throughcare.summary.emergency import EmergencySummary
from throughcare.summary.facts import Section, State
from throughcare.summary.sections import NONE_OF_IT, NOT_ALL_OF_IT

KINDS: Final[Mapping[str, frozenset[Category]]] = {
    "plans": frozenset({Category.PLAN}),
    "alerts": frozenset({Category.ALERT, Category.CONDITION, Category.MEDICINE}),
    "medicines": frozenset({Category.MEDICINE}),
    "conditions": frozenset({Category.CONDITION, Category.FUNCTIONAL}),
    "measurements": frozenset({Category.VITALS, Category.TEST_RESULT}),
    "contacts": frozenset({Category.CONTACT}),
    "discharge": frozenset({Category.ENCOUNTER}),
}
"""Kinds of entry that each section draws on; allergies say it in their title instead."""


def told(summary: EmergencySummary, ground: Ground) -> EmergencySummary:
    """Return `summary` with each empty section marked that this role sees in part, or not at all.

    It depends on the role alone, never on what is recorded, so it tells nothing about that.
    """
    seen = ground.profile.view(ground.request.actor.role).categories
    limited: dict[str, Any] = {}
    for name, kinds in KINDS.items():
        if kinds <= seen or getattr(summary, name).items:
            continue
        title = NOT_ALL_OF_IT if kinds & seen else NONE_OF_IT
        limited[name] = Section(State.WITHHELD, (), title)
    return replace(summary, **limited)


def kept_back(summary: EmergencySummary) -> EmergencySummary:
    """Return the summary of a withheld record: a section without items says that it is withheld.

    What a denial leaves visible (the critical set, where consent.md says so) stays.
    """
    kept: dict[str, Any] = {
        name: Section(State.WITHHELD, (), "Not shown.")
        for name in ("allergies", *KINDS)
        if not getattr(summary, name).items
    }
    return replace(summary, **kept)


def limits_allergies(ground: Ground, person: int) -> bool:
    """Tell whether the filter of this reader could hide an allergy, whether or not it hides one."""
    return limits(ground, person, EntryClass("AllergyIntolerance", Category.ALLERGY, critical=True))


def limits(ground: Ground, person: int, cls: EntryClass) -> bool:
    """Tell whether the filter of this reader could hide an entry of a class with some label.

    The labels are those of the locality's sensitive set, and those that the person's own directives
    name. Whether there is such an entry makes no difference.
    """
    context = ground.known.context(person)
    named = {
        label
        for directive in context.directives
        for rule in directive.rules
        for token in rule.labels
        for label in token.split("&")
    }
    labels = [frozenset[str](), *({label} for label in sorted(ground.profile.sensitive | named))]
    kinds = {number: replace(cls, labels=frozenset(label)) for number, label in enumerate(labels)}
    decision = decide(ground.request, context, kinds, ground.profile)
    whole = {
        number
        for clause in decision.residual.clauses
        if not clause.holds and not clause.fails
        for number in clause.classes
    }
    return whole != set(kinds)
