"""The seven ranks, for one entry: the first that decides wins (docs/consent/ranks.md)."""

from collections.abc import Sequence

from throughcare.consent.acting import is_grant, names, told
from throughcare.consent.asked import Asked, Outcome
from throughcare.consent.scope import CONFIDENTIAL
from throughcare.consent.uses import opening
from throughcare.consent.verdict import Verdict, ids
from throughcare.model.directive import Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import Permission, Purpose, Relationship

_BROKEN_GLASS = Outcome(permit=True, rank=4, code="permit", because=("break-glass",), alert=True)


def rank(asked: Asked, cls: EntryClass, verdict: Verdict) -> Outcome:
    """Decide about an entry of `cls`, given what the rules that match request and entry come to.

    The caller has asked `throughcare.consent.asked.refused` first.
    """
    return limits(asked, cls) or directives(asked, cls, verdict)


def limits(asked: Asked, cls: EntryClass) -> Outcome | None:
    """Ranks 0 to 3: role view, law, controller's limits, the person's own record.

    None where it is left to what somebody has said (`directives`).
    """
    if cls.category not in asked.view.categories or cls.category is Category.DIRECTORY:
        role = asked.request.actor.role.value
        return Outcome(permit=False, rank=0, code="role", because=(f"profile:roles.{role}",))
    limit = _law(asked, cls) or _controller(asked, cls)
    if limit is None and asked.own:
        return Outcome(permit=True, rank=3, code="permit", because=("profile:own-record",))
    return limit


def _law(asked: Asked, cls: EntryClass) -> Outcome | None:
    request = asked.request
    for law in asked.profile.law:
        if asked.own or law.label not in cls.labels:
            continue
        excepted = (
            request.purpose in law.except_purposes
            and request.actor.role in law.except_roles
            and request.reason is not None
            and request.reason.code in law.except_reasons
        )
        if not excepted:
            return Outcome(permit=False, rank=1, code="law", because=(f"profile:law.{law.label}",))
    statutes = asked.uses.statutes
    because = opening(statutes, cls, asked.profile, restricted=asked.restricted) if statutes else ()
    return Outcome(permit=True, rank=1, code="permit", because=because) if because else None


def _controller(asked: Asked, cls: EntryClass) -> Outcome | None:
    if asked.own or asked.agent:
        unfit = sorted(cls.labels & {"NOPAT", "THIRD"})
        if unfit:
            because = tuple(f"label:{label}" for label in unfit)
            return Outcome(permit=False, rank=2, code="not-for-patient", because=because)
    if asked.own or (cls.custodian and cls.custodian == asked.request.actor.organisation):
        return None
    return _elsewhere(asked, cls)


def _elsewhere(asked: Asked, cls: EntryClass) -> Outcome | None:
    """Keep what only the person and the custodian's own staff see."""
    if "SRC" in cls.labels:
        return Outcome(permit=False, rank=2, code="source-only", because=("label:SRC",))
    if "LOCATION" in cls.labels:
        return Outcome(permit=False, rank=2, code="location", because=("label:LOCATION",))
    if asked.restricted and cls.category is Category.CONTACT:
        return Outcome(permit=False, rank=2, code="location", because=("restricted-person",))
    return None


def directives(asked: Asked, cls: EntryClass, verdict: Verdict) -> Outcome:
    """Ranks 4 to 6, where `limits` settle nothing.

    Where dissent is never overridden, rank 5 binds rank 4.
    """
    bound = verdict.dissent and not asked.profile.dissent_overridable
    if asked.breaks_glass and not bound and not cls.labels & asked.profile.beyond_cap:
        return _BROKEN_GLASS
    if verdict.dissent:
        return Outcome(permit=False, rank=5, code="directive", because=verdict.dissent)
    if verdict.unreadable:
        return _unreadable(asked, cls, verdict)
    return _readable(asked, cls, verdict)


def _readable(asked: Asked, cls: EntryClass, verdict: Verdict) -> Outcome:
    """Decide where no denial stands, by what can be read."""
    if asked.proxy:
        return _granted(asked, cls, verdict)
    return _permits(asked, cls, verdict.permits)


def _granted(asked: Asked, cls: EntryClass, verdict: Verdict) -> Outcome:
    """Decide for a proxy whom no denial stops: by the grants that name their account.

    They speak for the person, so neither relationship nor permission to view is asked; the
    sensitive set stays closed unless a grant names the label.
    """
    user = asked.request.actor.user
    either = (*verdict.permits, *verdict.grants)
    naming = [rule for rule in either if is_grant(rule) and names(rule, user)]
    covering = [rule for rule in naming if _covers_labels(asked, rule, cls)]
    if covering:
        return Outcome(permit=True, rank=5, code="permit", because=ids(covering))
    if naming:
        return _no("sensitive", "profile:sensitive-set")
    return _no(told(asked.acting), "profile:proxy")


def _unreadable(asked: Asked, cls: EntryClass, verdict: Verdict) -> Outcome:
    """Decide under the system's denial: an emergency still gets the critical set, with an alert.

    INVARIANT: nothing is open here that would be closed without what can't be read, or is stale.
    Else a refusal in a form that nobody reads would open, where a locality waits for a yes, what
    silence does not.
    """
    if asked.request.purpose is Purpose.ETREAT and cls.critical:
        without = _readable(asked, cls, verdict)
        if without.permit:
            because = ("profile:critical-set",)
            return Outcome(permit=True, rank=5, code="permit", because=because, alert=True)
    code = "stale-consent" if verdict.stale else "unreadable-consent"
    return Outcome(permit=False, rank=5, code=code, because=verdict.unreadable)


def _permits(asked: Asked, cls: EntryClass, permits: Sequence[Rule]) -> Outcome:
    """Decide where the person permits.

    A permit that names this actor decides; any other only answers what rank 6 would ask.
    """
    if not permits:
        return _default(asked, cls, agreed=False, label_agreed=False)
    covering = [rule for rule in permits if _covers_labels(asked, rule, cls)]
    naming = [rule for rule in covering if rule.actors]
    if asked.secondary:
        naming = [rule for rule in naming if rule.purposes]
    if naming and asked.request.permission is not Permission.REFUSED:
        return Outcome(permit=True, rank=5, code="permit", because=ids(naming))
    return _default(asked, cls, agreed=bool(permits), label_agreed=bool(covering))


def _covers_labels(asked: Asked, rule: Rule, cls: EntryClass) -> bool:
    """Tell whether a permit covers the labels: the sensitive set only where it names the label.

    A level of confidentiality says how sensitive something is, not what it is: naming the kind,
    or the level itself where no kind is known, covers it.
    """
    sensitive = cls.labels & asked.profile.sensitive
    if not sensitive:
        return True
    named = frozenset(word for token in rule.labels for word in token.split("&"))
    return sensitive - CONFIDENTIAL <= named and bool(cls.labels & named)


def _default(asked: Asked, cls: EntryClass, *, agreed: bool, label_agreed: bool) -> Outcome:
    """Rank 6: the locality's default."""
    if asked.secondary and not asked.view.oversight:
        return _secondary(asked, cls, agreed=agreed)
    return _care(asked, cls, agreed=agreed, label_agreed=label_agreed)


def _care(asked: Asked, cls: EntryClass, *, agreed: bool, label_agreed: bool) -> Outcome:
    """Rank 6 for the person's care, and for whoever looks after the record's use."""
    request, profile = asked.request, asked.profile
    refusal = _default_refusal(asked, agreed=agreed)
    if refusal:
        return refusal
    if cls.labels & profile.sensitive and not label_agreed:
        if request.purpose is Purpose.ETREAT and cls.critical:
            return _yes("profile:critical-set", alert=True)
        return _no("sensitive", "profile:sensitive-set")
    if request.purpose is Purpose.ETREAT:
        expected = (
            request.relationship is Relationship.YES and request.permission is Permission.GIVEN
        )
        return _yes("profile:emergency", alert=not expected)
    if asked.view.oversight:
        return _yes("profile:oversight")
    return _relationship(asked)


def _secondary(asked: Asked, cls: EntryClass, *, agreed: bool) -> Outcome:
    """Rank 6 for a secondary purpose: opt-outs, then section 251 support.

    One refusal for all, so that nothing tells who has opted out, not even the ledger.
    """
    bound = asked.profile.opt_in and not agreed
    supports = () if bound or cls.custodian in asked.uses.objected else asked.uses.supports
    because = opening(supports, cls, asked.profile, restricted=asked.restricted)
    if because:
        return Outcome(permit=True, rank=6, code="permit", because=because)
    return _no("purpose", "profile:secondary-purpose")


def _default_refusal(asked: Asked, *, agreed: bool) -> Outcome | None:
    if asked.breaks_glass:
        return _no("cap", "profile:break-glass.beyond-cap")
    if asked.request.permission is Permission.REFUSED:
        return _no("refused", "profile:permission-refused")
    if asked.profile.opt_in and not agreed and not asked.view.oversight:
        return _no("opt-in", "profile:opt-in")
    return None


def _relationship(asked: Asked) -> Outcome:
    """Rank 6, the last question: legitimate relationship, then permission to view."""
    request, profile = asked.request, asked.profile
    if request.relationship is Relationship.NO:
        return _no("no-relationship", "profile:relationship")
    if request.relationship is Relationship.SELF:
        return _yes("profile:self-claimed-relationship", alert=True)
    if profile.permission_to_view and request.purpose in profile.permission_purposes:
        if request.permission is Permission.NOT_ASKED:
            return _no("ask", "profile:permission-not-asked")
        if request.permission is Permission.UNABLE:
            return _no("use-etreat", "profile:permission-unable")
    return _yes("profile:opt-in" if profile.opt_in else "profile:opt-out")


def _no(code: str, rule: str) -> Outcome:
    return Outcome(permit=False, rank=6, code=code, because=(rule,))


def _yes(rule: str, *, alert: bool = False) -> Outcome:
    return Outcome(permit=True, rank=6, code="permit", because=(rule,), alert=alert)
