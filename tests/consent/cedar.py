"""The same decision once more, as policies of Cedar: profile and directives become its text.

Cedar is a general engine whose only rule of precedence is that a forbid wins. What our ranks say
by their order is said here in conditions; matching, sets, dates and labels are left to Cedar. Which
of two rules is the more specific is decided while the text is written, by `naive`, since Cedar
compares no policies. People who act for others are not written down here.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import cedarpy

from consent import naive
from consent.naive import LONDON, Fact
from throughcare.consent.profile import Profile
from throughcare.model.directive import PersonContext, Rule
from throughcare.model.permit import LegalPermit
from throughcare.model.request import Request

SECONDARY = ["HOPERAT", "HRESCH", "PUBHLTH"]
NEVER, ALWAYS = "false", "true"


def seen(
    request: Request, context: PersonContext, facts: list[Fact], profile: Profile
) -> list[bool]:
    """Tell of each entry whether this request may see it, as Cedar says."""
    policies = policies_of(context, profile)
    asked = [
        {
            "principal": 'Reader::"who"',
            "action": 'Action::"see"',
            "resource": f'Entry::"{number}"',
            "context": _asked(request, context),
        }
        for number in range(len(facts))
    ]
    things = [_reader(request, context), *(_entry(n, fact) for n, fact in enumerate(facts))]
    results = cedarpy.is_authorized_batch(asked, policies, things)
    errors = [error for one in results for error in one.diagnostics.errors]
    assert errors == []
    return [one.allowed for one in results]


def policies_of(context: PersonContext, profile: Profile) -> str:
    """Return the policies of one person in one locality."""
    rules = [
        rule
        for directive in context.directives
        if directive.active
        for rule in directive.rules
        if not (rule.permit and rule.right)
    ]
    own = [rule for rule in rules if not rule.system]
    denies = [rule for rule in own if not rule.permit]
    permits = [rule for rule in own if rule.permit]
    standing = {id(p): _stands(p, (d for d in denies if naive.ends(d, p))) for p in permits}
    no = _any(_stands(d, (p for p in permits if naive.excepts(p, d))) for d in denies)
    all_dropped = _all([_any(map(_matches, own)), _not(_any(standing.values()))])
    dissent = _any([no, all_dropped])
    system = _any(_matches(rule) for rule in rules if rule.system)
    statute = _any(_entitles(p, context, profile) for p in context.permits if p.basis == "statute")
    support = _any(_entitles(p, context, profile) for p in context.permits if p.basis != "statute")
    agreed = _any(standing.values())
    named = _any(
        _all([standing[id(p)], _names_label(p, profile), _for_secondary(p)])
        for p in permits
        if p.actors
    )
    label_agreed = _any(_all([standing[id(p)], _names_label(p, profile)]) for p in permits)
    overridden = ALWAYS if profile.dissent_overridable else _not(dissent)
    glass = _all(['context.purpose == "BTG"', _not(_labelled(profile.beyond_cap)), overridden])
    above = _any(["principal.own", statute])
    emergency_set = 'context.purpose == "ETREAT" && resource.critical'
    return "\n".join(
        [
            *_rank_0(profile),
            *_law(profile),
            _forbid(_all([_not(statute), _limited(context)])),
            _permit(above),
            _permit(glass),
            _forbid(_all([_not(above), _not(glass), dissent])),
            _forbid(_all([_not(above), _not(glass), system, _not(emergency_set)])),
            _forbid(_all([_not(above), _not(glass), 'context.permission == "refused"'])),
            _permit(named),
            _permit(_default(profile, agreed, label_agreed, support)),
        ]
    )


def _rank_0(profile: Profile) -> list[str]:
    """Forbid what the role does not ask for or see, and break-glass or emergency without ground."""
    seeing = []
    for role, view in profile.roles.items():
        categories = sorted(view.categories - {"directory"})
        seeing.append(
            _all(
                [
                    f'principal.role == "{role.value}"',
                    f"{_set(view.purposes)}.contains(context.purpose)",
                    f"{_set(categories)}.contains(resource.category)",
                ]
            )
        )
    glass = f"{_set(profile.break_glass_roles)}.contains(principal.role) && context.written"
    return [
        _forbid(_not(_any(seeing))),
        _forbid('principal.role == "patient" && !principal.own'),
        _forbid(f'context.purpose == "BTG" && !({glass} && !context.ended)'),
        _forbid('context.purpose == "ETREAT" && !context.coded'),
    ]


def _law(profile: Profile) -> list[str]:
    return [
        _forbid(
            _all(
                [
                    "!principal.own",
                    _labelled([law.label]),
                    _not(
                        _all(
                            [
                                f"{_set(law.except_purposes)}.contains(context.purpose)",
                                f"{_set(law.except_roles)}.contains(principal.role)",
                                f"{_set(law.except_reasons)}.contains(context.reason)",
                            ]
                        )
                    ),
                ]
            )
        )
        for law in profile.law
    ]


def _limited(context: PersonContext) -> str:
    """Return the controller's limits."""
    contact = 'resource.category == "contact"' if context.restricted else NEVER
    elsewhere = '(principal.organisation == "" || principal.organisation != resource.custodian)'
    return _any(
        [
            _all(["principal.own", _labelled(["NOPAT", "THIRD"])]),
            _all(["!principal.own", elsewhere, _any([_labelled(["SRC", "LOCATION"]), contact])]),
        ]
    )


def _default(profile: Profile, agreed: str, label_agreed: str, support: str) -> str:
    """Return rank 6."""
    oversight = _set(role for role, view in profile.roles.items() if view.oversight)
    overseer = f"{oversight}.contains(principal.role)"
    secondary = f"({_set(SECONDARY)}.contains(context.purpose) && !{overseer})"
    waits = _not(agreed) if profile.opt_in else NEVER
    closed = _all([_labelled(profile.sensitive), _not(label_agreed)])
    asks = f"{_set(profile.permission_purposes)}.contains(context.purpose)"
    needs = asks if profile.permission_to_view else NEVER
    known = _all(
        ['context.relationship == "yes"', _any([_not(needs), 'context.permission == "given"'])]
    )
    care = _all(
        [
            _not(secondary),
            'context.purpose != "BTG"',
            _any([_not(waits), overseer]),
            _any(
                [
                    _all([closed, 'context.purpose == "ETREAT" && resource.critical']),
                    _all(
                        [
                            _not(closed),
                            _any(
                                [
                                    'context.purpose == "ETREAT"',
                                    overseer,
                                    'context.relationship == "self"',
                                    known,
                                ]
                            ),
                        ]
                    ),
                ]
            ),
        ]
    )
    supported = _all(
        [
            secondary,
            _not(waits),
            "context.clear",
            "!context.objected.contains(resource.custodian)",
            support,
        ]
    )
    return _any([care, supported])


def _matches(rule: Rule) -> str:
    """Return the condition that a rule matches reader, purpose, day and entry."""
    parts = [
        _any(f"principal.words.containsAll({_set(token.split('&'))})" for token in rule.actors)
        if rule.actors
        else ALWAYS,
        f"{_set(rule.purposes)}.contains(context.purpose)" if rule.purposes else ALWAYS,
        _any(map(_label_token, sorted(rule.labels))) if rule.labels else ALWAYS,
        f"{_set(rule.types)}.contains(resource.type)" if rule.types else ALWAYS,
        f"{_set(rule.custodians)}.contains(resource.custodian)" if rule.custodians else ALWAYS,
        f"{_set(rule.authors)}.contains(resource.author)" if rule.authors else ALWAYS,
        f"{_set(rule.instances)}.contains(resource.id)" if rule.instances else ALWAYS,
        _within("context.day", rule.period),
        _lasting(rule),
    ]
    if rule.data_period not in (None, (None, None)):
        parts += ["resource.dated", _within("resource.day", rule.data_period)]
    return _all(parts)


def _lasting(rule: Rule) -> str:
    """Return the condition that what another node told holds at this moment."""
    since, until = rule.lasting or (None, None)
    return _all(
        [
            f"context.second >= {int(since.timestamp())}" if since else ALWAYS,
            f"context.second < {int(until.timestamp())}" if until else ALWAYS,
        ]
    )


def _label_token(token: str) -> str:
    """Return the condition that an entry has all labels of a token; ``N`` is no level above it."""
    parts = []
    for label in token.split("&"):
        if label == "N":
            parts.append(f'(!{_labelled(["R", "V"])} || resource.labels.contains("N"))')
        else:
            parts.append(f'resource.labels.contains("{label}")')
    return _all(parts)


def _names_label(rule: Rule, profile: Profile) -> str:
    """Return the condition that a permit names what is sensitive about an entry."""
    words = sorted({word for token in rule.labels for word in token.split("&")})
    unnamed = sorted(profile.sensitive - {"R", "V"} - set(words))
    return _any(
        [
            _not(_labelled(profile.sensitive)),
            _all([_not(_labelled(unnamed)), _labelled(words)]),
        ]
    )


def _for_secondary(rule: Rule) -> str:
    """Return the condition that a permit is explicit enough for the purpose."""
    return ALWAYS if rule.purposes else _not(f"{_set(SECONDARY)}.contains(context.purpose)")


def _entitles(permit: LegalPermit, context: PersonContext, profile: Profile) -> str:
    """Return the condition that a legal permit names reader, purpose, day, person and entry."""
    if permit.persons is not None and context.person not in permit.persons:
        return NEVER
    closed = sorted(profile.sensitive | {"SRC", "LOCATION"})
    unnamed = [label for label in closed if label not in permit.labels and label not in {"R", "V"}]
    here = 'resource.category == "contact"' if context.restricted else NEVER
    located = ALWAYS if "LOCATION" in permit.labels else _not(here)
    is_closed = _any([_labelled(closed), here])
    named = _any([_labelled(permit.labels), here if "LOCATION" in permit.labels else NEVER])
    needs = ALWAYS if permit.labels else is_closed
    return _all(
        [
            '!["patient", "proxy"].contains(principal.role)',
            _any(f"principal.words.containsAll({_set(t.split('&'))})" for t in permit.recipients),
            f"{_set(permit.purposes)}.contains(context.purpose)",
            _within("context.day", (permit.starts, permit.ends)),
            f"{_set(permit.categories)}.contains(resource.category)"
            if permit.categories
            else ALWAYS,
            _not(_labelled(unnamed)),
            located,
            _any([_not(needs), named]),
        ]
    )


def _stands(rule: Rule, against: Iterable[Rule]) -> str:
    return _all([_matches(rule), _not(_any(map(_matches, against)))])


def _reader(request: Request, context: PersonContext) -> dict[str, Any]:
    actor = request.actor
    words = {actor.user, actor.organisation, actor.client, f"role:{actor.role.value}"} - {""}
    own = actor.role.value == "patient" and actor.person == context.person
    return {
        "uid": {"type": "Reader", "id": "who"},
        "attrs": {
            "role": actor.role.value,
            "organisation": actor.organisation,
            "words": sorted(words),
            "own": own,
        },
        "parents": [],
    }


def _asked(request: Request, context: PersonContext) -> dict[str, Any]:
    reason = request.reason
    written = reason is not None and reason.text.strip() != ""
    day = request.at.astimezone(LONDON).date()
    return {
        "purpose": request.purpose.value,
        "relationship": request.relationship.value,
        "permission": request.permission.value,
        "reason": reason.code if reason else "",
        "written": written,
        "coded": reason is not None and (written or reason.code != "other"),
        "ended": request.until is not None and request.until <= request.at,
        "day": day.toordinal(),
        "second": int(request.at.timestamp()),
        "clear": context.cleared_until is not None and context.cleared_until >= day,
        "objected": sorted(context.objected),
    }


def _entry(number: int, fact: Fact) -> dict[str, Any]:
    cls = fact.cls
    return {
        "uid": {"type": "Entry", "id": str(number)},
        "attrs": {
            "type": cls.type,
            "category": cls.category.value,
            "labels": sorted(cls.labels),
            "custodian": cls.custodian,
            "critical": cls.critical,
            "author": fact.author,
            "id": fact.id,
            "dated": fact.day is not None,
            "day": fact.day.toordinal() if fact.day else 0,
        },
        "parents": [],
    }


def _within(name: str, interval: tuple[date | None, date | None] | None) -> str:
    low, high = interval or (None, None)
    return _all(
        [
            f"{name} >= {low.toordinal()}" if low else ALWAYS,
            f"{name} <= {high.toordinal()}" if high else ALWAYS,
        ]
    )


def _labelled(labels: Iterable[str]) -> str:
    found = sorted(labels)
    return f"resource.labels.containsAny({_set(found)})" if found else NEVER


def _set(words: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in sorted(words)) + "]"


def _all(conditions: Iterable[str]) -> str:
    kept = [each for each in conditions if each != ALWAYS]
    if NEVER in kept:
        return NEVER
    return "(" + " && ".join(f"({each})" for each in kept) + ")" if kept else ALWAYS


def _any(conditions: Iterable[str]) -> str:
    kept = [each for each in conditions if each != NEVER]
    if ALWAYS in kept:
        return ALWAYS
    return "(" + " || ".join(f"({each})" for each in kept) + ")" if kept else NEVER


def _not(condition: str) -> str:
    if condition in {ALWAYS, NEVER}:
        return NEVER if condition == ALWAYS else ALWAYS
    return f"(!({condition}))"


def _permit(condition: str) -> str:
    return f"permit(principal, action, resource) when {{ {condition} }};"


def _forbid(condition: str) -> str:
    return f"forbid(principal, action, resource) when {{ {condition} }};"
