"""The switches of "who can see my record": each a Consent of a form that is known again.

A switch turned off is an active Consent that denies; turned on again, that Consent becomes
inactive (a new version, never deleted). Consents that another source recorded in the same terms
are the same switch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from throughcare.consent.vocabulary import LABELS
from throughcare.model.directive import Directive, PersonContext, Rule

SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


@dataclass(frozen=True, slots=True)
class Switch:
    """One choice that a person can make with a tap."""

    key: str
    title: str
    text: str
    """What it covers, in a sentence."""
    labels: frozenset[str]
    """Security labels that it closes; none for everything."""


SWITCHES: Final = {
    switch.key: switch
    for switch in (
        Switch(
            "all",
            "My whole record",
            "Everything, with everybody who cares for you. In an emergency a crew may still open "
            "it with a reason, and you are told.",
            frozenset(),
        ),
        Switch(
            "mental-health",
            "Mental health",
            "What is recorded about mental illness. Dementia is not part of this: it has a "
            "choice of its own.",
            frozenset({"PSY"}),
        ),
        Switch(
            "dementia",
            "Dementia",
            "Whether you have dementia. A crew that does not know may misread what it sees.",
            frozenset({"COGN"}),
        ),
        Switch(
            "sexual-health",
            "Sexual health",
            "What is recorded about sexual health. It is kept back already.",
            frozenset({"STD", "SEX"}),
        ),
    )
}


def is_switch(rule: Rule, switch: Switch) -> bool:
    """Tell whether a rule says no in just the terms of `switch`."""
    bare = replace(rule, id="", labels=frozenset(), period=None)
    unlimited = bare == Rule(id="", permit=False, recorded=rule.recorded)
    return unlimited and rule.labels == _covered(switch.labels)


def closing(directives: Iterable[Directive], switch: Switch) -> list[Directive]:
    """Return the active directives by which `switch` stands at no.

    What another node told is no switch of this one: it is changed where it was said.
    """
    return [
        directive
        for directive in directives
        if directive.active
        and directive.told is None
        and any(is_switch(rule, switch) for rule in directive.rules)
    ]


def is_shared(context: PersonContext, switch: Switch) -> bool:
    """Tell whether the switch stands at yes."""
    return not closing(context.directives, switch)


def refusal(switch: Switch, patient: str, at: datetime) -> dict[str, Any]:
    """Return the Consent of a switch that is turned off; `patient` is ``Patient/id``."""
    provision: dict[str, Any] = {"type": "deny"}
    if switch.labels:
        provision["securityLabel"] = [
            {"system": SYSTEM, "code": label} for label in sorted(switch.labels)
        ]
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": _concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [_concept("http://loinc.org", "59284-0")],
        "patient": {"reference": patient},
        "dateTime": at.isoformat(timespec="seconds"),
        "policy": [{"uri": "urn:throughcare:policy:who-can-see"}],
        "provision": {"provision": [provision]},
    }


def said_again(consent: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return the Consent as the person says it anew: as new as what would have ended it."""
    return {**consent, "dateTime": at.isoformat(timespec="seconds")}


def withdrawn(consent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Consent as it is when it no longer holds."""
    return {**consent, "status": "inactive"}


def _covered(labels: frozenset[str]) -> frozenset[str]:
    """Return `labels` with the narrower ones that a Consent is read to mean by them."""
    return labels.union(*(LABELS[label] for label in labels))


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
