"""A second, deliberately plain reading of consent.md: rule by rule, entry by entry.

It shares no code with `throughcare.consent` but its nouns and the profile, and is written for
reading: the property tests compare the compiled decision with it on every entry.
"""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from throughcare.consent.profile import Profile
from throughcare.model.directive import PersonContext, Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.permit import LegalPermit
from throughcare.model.request import Request

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Fact:
    """An entry with what rules can ask of it."""

    cls: EntryClass
    id: str
    day: date | None = None
    author: str = ""


def seen(request: Request, context: PersonContext, fact: Fact, profile: Profile) -> bool:
    """Tell whether this request may see this entry."""
    actor, purpose = request.actor, request.purpose.value
    view = profile.roles[actor.role]
    role = actor.role.value
    cls = fact.cls

    # Rank 0: the role, its purposes, and the kinds of entry that it sees.
    if request.purpose not in view.purposes:
        return False
    if cls.category not in view.categories or cls.category == Category.DIRECTORY:
        return False
    own = role == "patient" and actor.person == context.person
    if role == "patient" and not own:
        return False
    if role == "proxy" and actor.person != context.person:
        return False
    reason = request.reason
    if purpose == "BTG":
        if actor.role not in profile.break_glass_roles:
            return False
        if reason is None or reason.text.strip() == "":
            return False
        if request.until is not None and request.until <= request.at:
            return False
    if purpose == "ETREAT":
        if reason is None:
            return False
        if reason.code == "other" and reason.text.strip() == "":
            return False

    # Rank 1: law.
    for law in profile.law:
        if law.label in cls.labels and not own:
            if request.purpose not in law.except_purposes:
                return False
            if actor.role not in law.except_roles:
                return False
            if reason is None or reason.code not in law.except_reasons:
                return False

    for permit in context.permits:
        if permit.basis == "statute" and entitles(permit, request, context, cls, profile):
            return True

    # Rank 2: the controller's limits.
    if role == "proxy" and context.hold:
        return False
    acted = any(
        rule.permit
        and by_name(rule, actor.user)
        and ("FAMRQT" in rule.purposes or (rule.right is not None and not rule.purposes))
        for directive in context.directives
        if directive.active or directive.ended
        for rule in directive.rules
    )
    if own or role == "proxy" or acted:
        if "NOPAT" in cls.labels or "THIRD" in cls.labels:
            return False
    at_source = actor.organisation != "" and actor.organisation == cls.custodian
    if not own and not at_source:
        if "SRC" in cls.labels or "LOCATION" in cls.labels:
            return False
        if context.restricted and cls.category == Category.CONTACT:
            return False

    # Rank 3: the person themselves.
    if own:
        return True

    # The rules that match request and entry.
    matched = [
        rule
        for directive in context.directives
        if directive.active
        for rule in directive.rules
        if matches(rule, request, fact)
    ]
    grants = [rule for rule in matched if rule.permit and rule.right]
    persons = [rule for rule in matched if not rule.system and rule not in grants]
    denials = [rule for rule in persons if not rule.permit]
    permits = [rule for rule in persons if rule.permit]
    standing_denials = [d for d in denials if not any(excepts(p, d) for p in permits)]
    standing_permits = [p for p in permits if not any(ends(d, p) for d in denials)]
    person_says_no = standing_denials != [] or (persons != [] and standing_permits == [])

    # Rank 4: break-glass.
    if purpose == "BTG" and not cls.labels & profile.beyond_cap:
        if profile.dissent_overridable or not person_says_no:
            return True

    # Rank 5: directives.
    refused_now = request.permission.value == "refused"
    if person_says_no:
        return False
    if any(rule.system for rule in matched) and not (purpose == "ETREAT" and cls.critical):
        return False
    if role == "proxy":
        mine = [
            rule
            for rule in standing_permits + grants
            if by_name(rule, actor.user) and (rule.right or "FAMRQT" in rule.purposes)
        ]
        return any(
            opens(rule, request, context, fact, profile) and names_label(rule, cls, profile)
            for rule in mine
        )
    secondary = purpose in ("HRESCH", "PUBHLTH", "HOPERAT")
    covering = [p for p in standing_permits if names_label(p, cls, profile)]
    for permit in covering:
        if permit.actors and not refused_now and (not secondary or purpose in permit.purposes):
            return True

    # Rank 6: the locality's default.
    if secondary and not view.oversight:
        if profile.opt_in and not standing_permits:
            return False
        # Opt-outs, then section 251 support.
        today = request.at.astimezone(LONDON).date()
        if context.cleared_until is None or today > context.cleared_until:
            return False
        if cls.custodian in context.objected:
            return False
        for permit in context.permits:
            if permit.basis == "section-251":
                if entitles(permit, request, context, cls, profile):
                    return True
        return False
    if purpose == "BTG" or refused_now:
        return False
    if profile.opt_in and not standing_permits and not view.oversight:
        return False
    if cls.labels & profile.sensitive and not covering:
        return purpose == "ETREAT" and cls.critical
    if purpose == "ETREAT" or view.oversight:
        return True
    if request.relationship.value == "no":
        return False
    if request.relationship.value == "self":
        return True
    if profile.permission_to_view and request.purpose in profile.permission_purposes:
        return request.permission.value == "given"
    return True


def entitles(
    permit: LegalPermit,
    request: Request,
    context: PersonContext,
    cls: EntryClass,
    profile: Profile,
) -> bool:
    """Tell whether a legal permit names reader, purpose, day, person and entry."""
    actor, today = request.actor, request.at.astimezone(LONDON).date()
    if actor.role.value in ("patient", "proxy"):
        return False
    who = [actor.user, actor.organisation, actor.client, "role:" + actor.role.value]
    if not any(all(w in who for w in t.split("&")) for t in permit.recipients):
        return False
    if request.purpose.value not in permit.purposes:
        return False
    if today < permit.starts or today > permit.ends:
        return False
    if permit.persons is not None and context.person not in permit.persons:
        return False
    if permit.categories and cls.category.value not in permit.categories:
        return False
    # A label that closes an entry is to be named; of a mere level of confidentiality, the kind.
    closing = [x for x in cls.labels if x in profile.sensitive or x in ("SRC", "LOCATION")]
    if context.restricted and cls.category.value == "contact":
        closing.append("LOCATION")
    for label in closing:
        if label not in ("R", "V") and label not in permit.labels:
            return False
    if closing or permit.labels:
        return any(label in permit.labels for label in [*cls.labels, *closing])
    return True


def by_name(rule: Rule, user: str) -> bool:
    """Tell whether the rule names the account, alone or together with a role."""
    return any(user == part for token in rule.actors for part in token.split("&"))


def opens(
    rule: Rule, request: Request, context: PersonContext, fact: Fact, profile: Profile
) -> bool:
    """Tell whether a grant opens this entry to a proxy today."""
    today = request.at.astimezone(LONDON).date()
    if rule.right is None:
        return True
    if rule.right == "parental-responsibility":
        if context.born is None or age(context.born, today) >= 16:
            return False
        if age(context.born, today) < profile.proxies.limited_from:
            return True
        if age(context.born, today) < profile.proxies.review_at:
            return fact.cls.type in profile.proxies.limited_to
        return rule.reviewed is not None and (
            age(context.born, rule.reviewed + profile.proxies.warned) >= profile.proxies.review_at
        )
    last = None
    for finding in context.capacity:
        if finding.until is None and finding.lacking:
            continue
        if finding.since > today or (finding.until is not None and finding.until < today):
            continue
        if (
            last is None
            or finding.since > last.since
            or (finding.since == last.since and not finding.lacking)
        ):
            last = finding
    return last is not None and last.lacking


def age(born: date, day: date) -> int:
    """Return the age in whole years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def matches(rule: Rule, request: Request, fact: Fact) -> bool:
    """Tell whether every dimension of the rule matches."""
    actor, cls = request.actor, fact.cls
    who = [actor.user, actor.organisation, actor.client, "role:" + actor.role.value]
    labels = set(cls.labels)
    if "R" not in labels and "V" not in labels:
        labels.add("N")
    if rule.actors and not any(all(w in who for w in t.split("&")) for t in rule.actors):
        return False
    if rule.labels and not any(all(w in labels for w in t.split("&")) for t in rule.labels):
        return False
    if rule.purposes and request.purpose.value not in rule.purposes:
        return False
    if rule.types and cls.type not in rule.types:
        return False
    if rule.custodians and cls.custodian not in rule.custodians:
        return False
    if rule.authors and fact.author not in rule.authors:
        return False
    if rule.instances and fact.id not in rule.instances:
        return False
    if not inside(request.at.astimezone(LONDON).date(), rule.period):
        return False
    since, until = rule.lasting or (None, None)
    if since is not None and request.at < since:
        return False
    if until is not None and request.at >= until:
        return False
    return inside(fact.day, rule.data_period)


def inside(day: date | None, interval: tuple[date | None, date | None] | None) -> bool:
    """Tell whether a day is within an interval; no day is within no interval but the open one."""
    if interval is None or interval == (None, None):
        return True
    if day is None:
        return False
    return not (interval[0] and day < interval[0]) and not (interval[1] and day > interval[1])


def contains(wide: Rule, narrow: Rule) -> bool:
    """Tell whether `wide` contains `narrow` in every dimension."""
    for name in ("purposes", "types", "custodians", "authors", "instances"):
        outer, inner = getattr(wide, name), getattr(narrow, name)
        if outer and (not inner or not inner <= outer):
            return False
    for name in ("actors", "labels"):
        outer, inner = getattr(wide, name), getattr(narrow, name)
        if outer and not inner:
            return False
        for token in inner:
            parts = set(token.split("&"))
            if outer and not any(set(other.split("&")) <= parts for other in outer):
                return False
    for name in ("period", "data_period"):
        low, high = getattr(wide, name) or (None, None)
        first, last = getattr(narrow, name) or (None, None)
        if low is not None and (first is None or first < low):
            return False
        if high is not None and (last is None or last > high):
            return False
    return True


def ends(deny: Rule, permit: Rule) -> bool:
    """Tell whether a deny drops a permit: more specific, or containing or equal and newer."""
    if contains(permit, deny) and not contains(deny, permit):
        return True
    return contains(deny, permit) and deny.recorded > permit.recorded


def excepts(permit: Rule, deny: Rule) -> bool:
    """Tell whether a permit drops a deny: strictly more specific and not older, or equal, newer."""
    if contains(deny, permit) and not contains(permit, deny):
        return permit.recorded >= deny.recorded
    equal = contains(deny, permit) and contains(permit, deny)
    return equal and permit.recorded > deny.recorded


def names_label(permit: Rule, cls: EntryClass, profile: Profile) -> bool:
    """Tell whether a permit covers an entry: what is sensitive in it must be named."""
    named = {word for token in permit.labels for word in token.split("&")}
    sensitive = cls.labels & profile.sensitive
    if not sensitive:
        return True
    for label in sensitive:
        if label not in ("R", "V") and label not in named:
            return False
    return any(label in named for label in cls.labels)
