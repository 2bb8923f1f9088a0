"""What a request comes to under a profile and for a person: the facts that the ranks look at."""

import msgspec

from throughcare.consent.acting import Standing, State, ever_acted, standings, told
from throughcare.consent.profile import Profile, RoleView
from throughcare.consent.uses import NONE, Uses, uses
from throughcare.model.decision import Decision, Obligation, Residual
from throughcare.model.directive import PersonContext
from throughcare.model.request import Purpose, Reason, Request, Role

SECONDARY = frozenset({Purpose.HOPERAT, Purpose.PUBHLTH, Purpose.HRESCH})
"""Purposes other than the person's own care: only an explicit consent, or the register of legal
permits, opens a record for them."""


class Outcome(msgspec.Struct, frozen=True):
    """The decision about one entry: which rank decided, and why."""

    permit: bool
    rank: int
    code: str
    because: tuple[str, ...]
    alert: bool = False
    """The privacy officer is told if this entry is disclosed."""


class Asked(msgspec.Struct, frozen=True):
    """A request, seen by the person it is about."""

    request: Request
    profile: Profile
    view: RoleView
    own: bool
    """The person reads their own record."""
    proxy: bool
    agent: bool
    """The account acts, or acted, for the person, in whatever role it asks now: a mother who is a
    nurse reads as a nurse nothing that is kept from her as a mother."""
    restricted: bool
    hold: bool
    secondary: bool
    """The purpose is another than the person's own care."""
    breaks_glass: bool
    """`refused` has seen to role and reason."""
    uses: Uses = NONE
    """Legal permits that speak of the request."""
    acting: tuple[Standing, ...] = ()
    """How each grant to this proxy stands today; none for everybody else."""


def ask(request: Request, context: PersonContext, profile: Profile) -> Asked:
    """Put together what the ranks need to know."""
    role, day = request.actor.role, request.day
    acts = role is Role.PROXY and request.actor.person == context.person
    user = request.actor.user
    return Asked(
        request=request,
        profile=profile,
        view=profile.view(role),
        own=role is Role.PATIENT and request.actor.person == context.person,
        proxy=role is Role.PROXY,
        agent=role is Role.PROXY or ever_acted(context, user),
        restricted=context.restricted,
        hold=context.hold,
        secondary=request.purpose in SECONDARY,
        breaks_glass=request.purpose is Purpose.BTG,
        uses=uses(request, context),
        acting=standings(context, user, profile.proxies, day) if acts else (),
    )


def refused(asked: Asked) -> Outcome | None:
    """Return the outcome that holds for the whole record, whatever is in it; else None."""
    request = asked.request
    role = request.actor.role
    if request.purpose not in asked.view.purposes:
        code = "role" if request.purpose is Purpose.BTG else "purpose"
        return Outcome(permit=False, rank=0, code=code, because=(f"profile:roles.{role.value}",))
    if role is Role.PATIENT and not asked.own:
        return Outcome(permit=False, rank=3, code="not-own-record", because=("profile:own-record",))
    return _unentitled(asked) or _unfounded(asked)


def _unentitled(asked: Asked) -> Outcome | None:
    """Refuse a proxy under a safeguarding hold, or without any grant that opens something today.

    A hold closes a suspended grant too: else the day of a review or of a birthday would show that
    the grant had not ended.
    """
    if not asked.proxy:
        return None
    if asked.hold and any(each.state is not State.OUTSIDE for each in asked.acting):
        return Outcome(permit=False, rank=2, code="hold", because=("safeguarding-hold",))
    if not any(each.is_open for each in asked.acting):
        because = tuple(each.rule.id for each in asked.acting) or ("profile:proxy",)
        return Outcome(permit=False, rank=5, code=told(asked.acting), because=because)
    return None


def _unfounded(asked: Asked) -> Outcome | None:
    """Refuse break-glass without role, reason or time left, and an emergency without a reason."""
    request = asked.request
    if asked.breaks_glass and request.actor.role not in asked.profile.break_glass_roles:
        return Outcome(permit=False, rank=4, code="role", because=("profile:break-glass.roles",))
    if asked.breaks_glass and not _written(request.reason):
        return Outcome(permit=False, rank=4, code="reason-needed", because=("break-glass",))
    if asked.breaks_glass and request.is_over:
        because = ("profile:break-glass.hours",)
        return Outcome(permit=False, rank=4, code="expired", because=because)
    if request.purpose is Purpose.ETREAT and not _coded(request.reason):
        return Outcome(permit=False, rank=6, code="reason-needed", because=("profile:emergency",))
    return None


def hint(asked: Asked, ordinary: Outcome) -> bool:
    """Tell whether this actor could see more by break-glass with a reason.

    The answer looks at the role and at what decided an ordinary entry, never at what is hidden.
    """
    own_dissent = ordinary.code == "directive" and not asked.profile.dissent_overridable
    return (
        not asked.breaks_glass
        and Purpose.BTG in asked.view.purposes
        and asked.request.actor.role in asked.profile.break_glass_roles
        and not own_dissent
    )


def obligations(asked: Asked, ordinary: Outcome, residual: Residual) -> frozenset[Obligation]:
    """Return what the door must do when it discloses anything of `residual`."""
    duties: set[Obligation] = set()
    if asked.breaks_glass and residual.clauses:
        duties |= {Obligation.ALERT, Obligation.NOTIFY, Obligation.TIME_BOX}
    if ordinary.permit and ordinary.alert:
        duties.add(Obligation.ALERT)
    if asked.profile.warnings != "none" and not asked.own:
        duties.add(Obligation.WARN)
    if asked.proxy and ordinary.code in {"hold", State.REVIEW}:
        duties.add(Obligation.TASK)
    return frozenset(duties)


def answer(
    asked: Asked,
    context: PersonContext,
    ordinary: Outcome,
    residual: Residual,
    alert_on: frozenset[int] = frozenset(),
) -> Decision:
    """Put together the decision."""
    return Decision(
        permitted=ordinary.permit,
        rank=ordinary.rank,
        because=ordinary.because,
        policy_version=asked.profile.version,
        epoch=context.epoch,
        residual=residual,
        obligations=obligations(asked, ordinary, residual),
        alert_on=alert_on,
        break_glass=hint(asked, ordinary),
        code=ordinary.code,
    )


def _written(reason: Reason | None) -> bool:
    return reason is not None and bool(reason.text.strip())


def _coded(reason: Reason | None) -> bool:
    """Tell whether there is a reason with a code of its own; ``other`` needs words."""
    return reason is not None and (reason.code != "other" or _written(reason))
