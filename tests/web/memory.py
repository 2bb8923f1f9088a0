"""A small node in memory behind the pages: real summaries, real timelines, made-up people.

It keeps the promises of `throughcare.web.ports.Node`; the contract tests of the pages run on it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from throughcare.consent.matching import USUAL
from throughcare.kernel import ConflictError, DeniedError, NotFoundError
from throughcare.model.explanation import Change, Preview, Sight
from throughcare.model.person import PersonQuery
from throughcare.model.request import Actor, Permission, Purpose, Reason, Role
from throughcare.summary.banner import banner
from throughcare.summary.emergency import emergency_summary
from throughcare.summary.handling import Handling, handled
from throughcare.summary.paper import for_screen_only
from throughcare.summary.timeline import Chosen, page, timeline
from throughcare.web.ports import (
    AccessAlert,
    Choice,
    EmergencyView,
    Ended,
    EntrySharing,
    FoundPerson,
    Ground,
    LookLine,
    LooksView,
    Remainder,
    Session,
    SharingChange,
    SharingView,
    Summary,
    TimelineView,
    Warned,
    Withheld,
)
from web.made_up import KHAN, NOW, Person, alerts, looked_before, pairs, people, sources

TOLD = (
    "Lee Marsh, nurse, RXX opened your record without asking you, on 24 November 2026, 11:05. "
    "They said: unconscious"
)


class StillClock:
    """Always five past two."""

    def now(self) -> datetime:
        """Return that."""
        return NOW


class CountedIds:
    """Ids in a row: guessable, which tests want."""

    def __init__(self) -> None:
        """Start at one."""
        self._numbers = count(1)

    def new(self) -> str:
        """Return the next."""
        return f"id-{next(self._numbers)}"


USERS = {
    "crew": (Actor("sreid", Role.PARAMEDIC, "RX8"), "Sam Reid", True, ""),
    "amina": (Actor("akhan", Role.PATIENT, ""), "Amina Khan", False, KHAN),
    "sara": (Actor("skhan", Role.PROXY, ""), "Sara Khan", False, ""),
    "privacy": (Actor("pofficer", Role.PRIVACY_OFFICER, "QWO"), "Jo Bell", False, ""),
    "doctor": (Actor("drgreen", Role.GP, "B86001"), "Dr Green", True, ""),
    "lead": (Actor("itlead", Role.IT_LEAD, "QWO"), "Lee Ross", False, ""),
    "carer": (Actor("knowak", Role.CARE_ASSISTANT, "VM001"), "Kasia Nowak", False, ""),
    "bank": (Actor("bank", Role.PARAMEDIC, "RX8"), "Asha Rao", True, ""),
    "research": (Actor("res", Role.RESEARCHER, "UNI"), "Researcher", False, ""),
}
MANAGED = {
    "all": "Everything",
    "mental-health": "Mental health",
    "dementia": "Dementia",
    "sexual-health": "Sexual health",
}


def session_of(user: str) -> Session:
    """Return the session of one of `USERS`."""
    actor, name, asks, person = USERS[user]
    return Session(actor, name, f"csrf-{user}", asks, person, matches=actor.role in USUAL)


class MemoryNode:
    """`throughcare.web.ports.Node`, in memory."""

    def __init__(self) -> None:
        """Start with two records, one pair to match, one alert, and a code for each user."""
        self.people = people()
        self.most_found, self.compares_all = 20, True
        self.codes = dict.fromkeys(USERS)
        self.sessions: dict[str, Session] = {}
        self.said: dict[tuple[str, str], Permission] = {}
        self.broken: dict[tuple[str, str], Reason] = {}
        self.claimed: dict[tuple[str, str], Reason] = {}
        self.strangers = False
        """True: nobody is recorded to care for anybody."""
        self.over: set[tuple[str, str]] = set()
        """Glass that was broken for as long as it may be."""
        self.off: set[str] = set()
        self.kept = False
        self.ended = [Ended("Consent/1", "On 1 May 2023: Airedale hospital may see everything.")]
        self.looked: list[LookLine] = []
        self.pairs = pairs()
        self.alerts = {each.id: each for each in alerts()}
        self.denied = False
        """True: Mrs Khan has said that nobody may look."""
        self.sources = sources()
        self.limited = False
        self.handling = Handling()
        self.restricted = False

    async def session(self, cookie: str) -> Session | None:
        """Look it up."""
        return self.sessions.get(cookie)

    async def sign_out(self, cookie: str) -> None:
        """Forget it."""
        self.sessions.pop(cookie, None)

    def _person(self, session: Session, person_id: str) -> Person:
        if session.person_id and session.person_id != person_id:
            message = "There is no such record."
            raise NotFoundError(message)
        if person_id not in self.people:
            message = "There is no such record. Search again."
            raise NotFoundError(message)
        return self.people[person_id]

    async def find_people(
        self, session: Session, query: PersonQuery
    ) -> tuple[Sequence[FoundPerson], Remainder]:
        """Match the number, or the family name and date of birth."""
        del session
        found = []
        for person_id, person in self.people.items():
            shown = banner(person.patients, NOW.date())
            number = shown.nhs_number.replace("\u00a0", "")
            born = person.patients[0].resource["birthDate"]
            named = shown.name.casefold().startswith(query.family.casefold() or "-")
            same = named and query.born is not None and born == query.born.isoformat()
            place = not query.postcode or query.postcode.replace(" ", "") in shown.address.replace(
                "\u00a0", " "
            ).replace(" ", "")
            if (query.nhs_number == number and number) or (same and place):
                found.append(FoundPerson(person_id, shown))
        return found[: self.most_found], Remainder(len(found), self.compares_all)

    async def permission(self, session: Session, person_id: str, answer: Permission) -> None:
        """Keep it."""
        self._person(session, person_id)
        self.said[session.csrf, person_id] = answer

    async def break_glass(self, session: Session, person_id: str, reason: Reason) -> None:
        """Open it and tell."""
        self._person(session, person_id)
        self.broken[session.csrf, person_id] = reason

    async def claim(self, session: Session, person_id: str, reason: Reason) -> None:
        """Believe it."""
        self._person(session, person_id)
        self.claimed[session.csrf, person_id] = reason

    async def renew_glass(self, session: Session, person_id: str) -> None:
        """Start its time anew."""
        if (session.csrf, person_id) not in self.broken:
            message = "The glass is not broken here."
            raise ConflictError(message)
        self.over.discard((session.csrf, person_id))

    async def hand_over(self, session: Session, person_id: str) -> None:
        """Forget what was stated."""
        for kept in (self.broken, self.said):
            kept.pop((session.csrf, person_id), None)

    def withheld(self, session: Session, person_id: str) -> Withheld | None:
        """Return why nothing is shown; None where it is."""
        key = (session.csrf, person_id)
        open_ = key in self.claimed or (key in self.broken and key not in self.over)
        if session.person_id or session.actor.role is Role.PROXY or open_:
            return None
        return self._stopped(key) or self._refused(key)

    def _stopped(self, key: tuple[str, str]) -> Withheld | None:
        if key in self.over:
            text = "The time for which the glass was broken is over."
            return Withheld(4, "expired", text, break_glass=False)
        if self.strangers:
            text = "You have no recorded care relationship with this person."
            return Withheld(6, "no-relationship", text, break_glass=True)
        return None

    def _refused(self, key: tuple[str, str]) -> Withheld | None:
        if self.denied:
            text = "This person has chosen not to share their record. Ask them."
            return Withheld(5, "directive", text, break_glass=True, basis="Denied at rank 5.")
        said = self.said.get(key, Permission.NOT_ASKED)
        if said is Permission.NOT_ASKED:
            return Withheld(6, "ask", "Ask whether you may look, then choose.", break_glass=True)
        if said is Permission.REFUSED:
            text = "The person refused at this contact. Nothing of the record is shown."
            return Withheld(6, "refused", text, break_glass=True)
        return None

    def _ground(self, session: Session, person_id: str) -> Ground:
        key = (session.csrf, person_id)
        said = self.said.get(key, Permission.NOT_ASKED)
        if session.person_id:
            return Ground(Purpose.PATRQT, Permission.GIVEN)
        if key in self.claimed:
            return Ground(Purpose.TREAT, said, claimed=True)
        if key in self.broken:
            until = NOW + timedelta(hours=0 if key in self.over else 4)
            return Ground(Purpose.BTG, said, until, self.broken[key].text)
        purpose = Purpose.ETREAT if said is Permission.UNABLE else Purpose.TREAT
        return Ground(purpose, said)

    async def emergency(
        self, session: Session, person_id: str, look: Summary = Summary.SCREEN
    ) -> EmergencyView:
        """Make the summary of what may be seen."""
        person = self._person(session, person_id)
        withheld = self.withheld(session, person_id)
        took = "took" if look is Summary.PAPER else "looked at"
        self._look(session, f"{took} the emergency summary", refused=withheld is not None)
        acts = session.actor.role is Role.PROXY  # who sees no Flags, as the default profile says
        seen = tuple(entry for entry in person.entries if not (acts and entry.type == "Flag"))
        summary = emergency_summary(
            person.patients,
            () if withheld else seen,
            () if withheld else self.sources,
            today=NOW.date(),
            title_limited=self.limited,
        )
        summary = handled(summary, seen, self.handling, NOW.date())
        summary = for_screen_only(summary, restricted=self.restricted)
        sentence = "Some information may not be shown here. Ask the person."
        ground = self._ground(session, person_id)
        own = session.person_id == person_id and session.actor.role is Role.PATIENT
        told = (TOLD,) if own else ()
        return EmergencyView(person_id, summary, withheld, ground, NOW, sentence, told=told)

    def _look(self, session: Session, action: str, *, refused: bool) -> None:
        actor = session.actor
        who = session.name.split(",")[0]
        ground = "own record" if session.person_id else "direct care, person asked"
        line = LookLine(NOW, who, actor.role.value, actor.organisation, action, ground, refused)
        self.looked.insert(0, line)

    async def timeline(
        self, session: Session, person_id: str, chosen: Chosen, *, after: str
    ) -> TimelineView:
        """Make the page."""
        person = self._person(session, person_id)
        withheld = self.withheld(session, person_id)
        lines = timeline(() if withheld else person.entries)
        shown = page(lines, after=after, size=20, chosen=chosen)
        return TimelineView(person_id, banner(person.patients, NOW.date()), withheld, shown)

    async def looks(
        self, session: Session, person_id: str, *, after: str, without_own: bool = False
    ) -> LooksView:
        """Return those of this run, and three of before."""
        del after
        person = self._person(session, person_id)
        shown = banner(person.patients, NOW.date())
        every = (*self.looked, *looked_before())
        others = tuple(line for line in every if line.who != "You")
        own = len(every) - len(others)
        lines = others if without_own else every
        return LooksView(person_id, shown, lines, own=own, without_own=without_own)

    def _choices(self) -> tuple[Choice, ...]:
        texts = {
            "all": "Your whole record, with everybody who cares for you.",
            "mental-health": "What mental health services recorded. Not dementia.",
            "dementia": "That you have dementia, and what helps when you are confused.",
            "sexual-health": "What sexual health clinics recorded. Kept back unless you name it.",
        }
        return tuple(
            Choice(key, title, key not in self.off, texts[key], key == "sexual-health")
            for key, title in MANAGED.items()
        )

    def _previews(self, off: set[str]) -> tuple[Preview, ...]:
        hidden = tuple(MANAGED[key].lower() for key in MANAGED if key in off and key != "all")
        everything = ("allergies", "plans", "alerts", "medicines", "letters (2 of 5)")
        care, no = "They may look, because you agreed to it.", "They could not look."
        glass = Sight(("if they break the glass and say why",), everything, (), care)
        if "all" in off:
            none = Sight(("after you have said yes",), (), everything, no)
            return (Preview("An ambulance crew", (none, glass)), Preview("A nurse", (none,)))
        asked = Sight(("after you have said yes", "in an emergency"), everything, hidden, care)
        some = Sight(("for social care",), ("allergies", "plans"), ("visits",), care)
        return (
            Preview("An ambulance crew", (asked, glass)),
            Preview("A nurse", (asked,)),
            Preview("A care assistant", (some,)),
        )

    async def sharing(self, session: Session, person_id: str) -> SharingView:
        """Return the switches."""
        shown = banner(self._person(session, person_id).patients, NOW.date())
        contact = "the data protection officer of Example locality"
        return SharingView(
            person_id,
            shown,
            self._choices(),
            self._previews(self.off),
            contact=contact,
            ended=tuple(self.ended),
            unopened=("On 1 June 2026: nobody may see what is about mental health.",),
        )

    async def sharing_change(
        self, session: Session, person_id: str, choice: str, *, share: bool
    ) -> SharingChange:
        """Return what would change."""
        shown = banner(self._person(session, person_id).patients, NOW.date())
        if choice not in MANAGED:
            message = "There is no such choice. Go back to who can see."
            raise NotFoundError(message)
        chosen = next(each for each in self._choices() if each.key == choice)
        after = self.off - {choice} if share else self.off | {choice}
        ended = ("Airedale hospital may see everything (2023)",) if choice == "all" else ()
        kinds = ("allergies (2)", "letters (5)")
        moved = Change(
            "A nurse", ("after you have said yes",), *((kinds, ()) if share else ((), kinds))
        )
        changes = (moved,) if after != self.off else ()
        return SharingChange(person_id, shown, chosen, share, changes, ended)

    async def share(
        self, session: Session, person_id: str, choice: str, *, share: bool, keep: bool
    ) -> None:
        """Switch."""
        self._person(session, person_id)
        self.kept = keep
        self.off = self.off - {choice} if share else self.off | {choice}

    async def keep(self, session: Session, person_id: str, consent: str) -> None:
        """Take it from those that ended."""
        self._person(session, person_id)
        self.ended = [each for each in self.ended if each.consent != consent]

    async def entry_sharing(self, session: Session, person_id: str, entry: str) -> EntrySharing:
        """Return the same for every entry that there is."""
        shown = banner(self._person(session, person_id).patients, NOW.date())
        if entry not in {each.reference for each in self.people[person_id].entries}:
            message = "There is no such entry."
            raise NotFoundError(message)
        seen = Sight(("after you have said yes",), ("letters",), (), "They may look.")
        not_seen = Sight(("if they do not care for you",), (), ("letters",), "They could not.")
        return EntrySharing(person_id, shown, (Preview("A nurse", (seen, not_seen)),))

    async def told(self, session: Session) -> Sequence[Warned]:
        """Return one warning, to the crew."""
        return [Warned(NOW, "Look again at both.", KHAN)] if session.name == "Sam Reid" else []

    async def access_alerts(self, session: Session) -> Sequence[AccessAlert]:
        """Return them, open first."""
        if session.actor.role is not Role.PRIVACY_OFFICER:
            message = "This page is for privacy officers."
            raise DeniedError(message)
        return sorted(self.alerts.values(), key=lambda each: each.state != "open")

    async def close_alert(self, session: Session, alert_id: str, *, justified: bool) -> None:
        """Close one."""
        del session
        state = "justified" if justified else "follow-up"
        self.alerts[alert_id] = replace(self.alerts[alert_id], state=state)
