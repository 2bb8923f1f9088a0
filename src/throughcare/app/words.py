"""Ledger lines, switches, pairs and alerts in words for the pages."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from throughcare.consent.choices import Switch
from throughcare.consent.explain import ground
from throughcare.disclosure.views import Notice
from throughcare.model.audit import AuditEntry, Case
from throughcare.model.health_link import is_link
from throughcare.model.request import Role
from throughcare.summary import dates
from throughcare.summary.banner import Banner
from throughcare.summary.words import role_name, source_name
from throughcare.web import ports

ACTIONS: Final = {
    "summary": "looked at the emergency summary",
    "summary-device": "kept the emergency summary on their device, for 12 hours at most",
    "summary-paper": "took the emergency summary as PDF, to print",
    "timeline": "looked at the timeline",
    "overview": "looked at the overview",
    "network": "looked at how you live and who cares for you",
    "resident": "looked at your day",
    "handover-pack": "looked at what goes to hospital with you",
    "handover-paper": "took what goes to hospital with you as PDF, to print",
    "key-safe": "looked at how your key safe is opened",
    "arrivals": "saw you on the list of who arrives",
    "find": "found you in a search",
    "read": "read an entry",
    "vread": "read an earlier version of an entry",
    "history": "read the history of an entry",
    "search": "searched the record",
    "everything": "read the whole record",
    "patients": "looked up your details",
    "looks": "looked at who has looked",
    "sharing": "looked at who can see",
    "consent": "changed who can see",
    "permission": "noted what you said",
    "break-glass": "broke the glass",
    "claim": "said that they care for you",
    "relationship": "recorded who cares for you",
    "handover": "handed over and closed the record",
    "snapshot": "told, or was told by, another place what you chose",
    "explain": "asked why the record may be seen",
    "load": "added to the record",
    "write": "wrote to the record",
    "link": "linked records",
    "keep-apart": "kept records apart",
    "undo": "took a linking decision back",
    "merge": "decided that records are one person's",
    "unmerge": "took back a decision about whose records these are",
    "compare": "compared records, to see whose they are",
    "later": "put a question about records off",
    "preview": "looked at what a decision about records would do",
    "refused": "was refused",
    "acting": "asked for whom they act",
    "agents": "looked at who acts for you",
    "delegate": "chose who acts for them",
    "end-delegation": "ended that somebody acts for them",
    "grant": "recorded who acts for you",
    "review-grant": "reviewed who acts for you",
    "end-grant": "ended that somebody acts for you",
    "capacity": "recorded whether you can decide about your care",
    "hold": "set a safeguarding hold",
    "lift-hold": "lifted a safeguarding hold",
    "told": "told those concerned of a change",
    "own-record": "read the record in plain words",
    "own-record-paper": "took the record in plain words as PDF, to print",
    "add-reading": "added a reading",
    "about-me": "wrote about themselves",
    "correction": "said that something is wrong",
    "question": "asked about a look",
    "links": "looked at the links to the record",
    "make-link": "made a link to the record",
    "pause-link": "paused a link to the record",
    "resume-link": "let a link to the record work again",
    "end-link": "ended a link to the record",
    "open-link": "looked at the summary that it opens",
    "notices": "looked for what they are to be told",
    "alert": "was shown that somebody looked",
    "reviews": "saw which records wait to be matched",
    "match": "looked you up by a description",
    "export": "took the record in an export",
}

HOLDS: Final = frozenset({"hold", "lift-hold"})
"""What a person is not told, nor who acts for them: consent.md, rank 2."""

QUIET: Final = frozenset({"load", "told"})
"""What nobody looked for."""

YOU: Final = "You"
"""Who did what the reader of the line did."""

NOBODY: Final = "nobody looked"
"""Ground of a delivery: it added, and read nothing to anybody."""

REFUSED: Final = {
    "summary": "asked for the emergency summary, and was not shown it",
    "summary-device": "asked to keep the emergency summary, and was not shown it",
    "summary-paper": "asked for the emergency summary, and was not shown it",
    "timeline": "asked for the timeline, and was not shown it",
    "overview": "asked for the overview, and was not shown it",
    "network": "asked how you live, and was not shown it",
    "resident": "asked for your day, and was not shown it",
    "handover-pack": "asked for what goes to hospital, and was not shown it",
    "handover-paper": "asked for what goes to hospital, and was not shown it",
    "read": "asked for an entry, and was not shown it",
    "search": "searched the record, and was shown nothing",
    "everything": "asked for the whole record, and was not shown it",
    "looks": "asked who has looked, and was not told",
    "links": "asked for the links to the record, and was not told",
    "open-link": "tried to open it, and was shown nothing",
    "sharing": "asked who can see, and was not told",
}
"""The same, where the answer was no: nobody is said to have seen what they did not."""

TRIED: Final = {
    "passcode": "gave a wrong passcode, and was shown nothing",
    "paused": "tried to open it while it was paused",
    "expired": "tried to open it after its time",
    "locked": "tried to open it after it was closed",
    "ended": "tried to open it after you ended it",
}
"""What came of an attempt to open a link that opened nothing, by what the line says."""

GROUNDS: Final = {
    "TREAT": "care",
    "ETREAT": "emergency care",
    "BTG": "with a reason, without asking",
    "CAREMGT": "social care",
    "PATRQT": "your own request",
    "FAMRQT": "a request for you",
    "HOPERAT": "running the service",
    "PUBHLTH": "public health",
    "HRESCH": "research",
    "": "not stated",
}


def look(
    line: AuditEntry, names: Mapping[str, str], reader: str = "", *, officer: bool = False
) -> ports.LookLine:
    """Return a ledger line in words.

    `names` are those of the users that the node knows, by id; `reader` is the user who reads the
    line, as "You"; an `officer` is told rank, rules and versions.
    """
    if line.action == "load" and line.outcome == "permit" and "/" not in line.what:
        return _delivery(line)
    own = bool(reader) and line.user == reader
    refused = line.outcome != "permit"
    action = REFUSED.get(line.action) if refused else None
    if reader and line.action in HOLDS:
        action = ACTIONS["write"]
    who = YOU if own else names.get(line.user, line.user)
    linked = is_link(line.user)
    if linked:
        who = names.get(line.user, "") if reader else ""
        who = who or "Somebody with a link of the person's"
        action = TRIED.get(line.what, action) if refused else action
    elif line.role == Role.PROXY.value:
        who = f"{who}, for {'you' if reader else 'the person'}"
    return ports.LookLine(
        at=line.at,
        who=who,
        role="" if own or linked else line.role,
        organisation=line.organisation,
        action=action or ACTIONS.get(line.action, line.action),
        ground="the link" if linked else GROUNDS.get(line.purpose, line.purpose),
        refused=refused,
        reason=f"they are {line.reason}" if linked and line.reason else line.reason,
        overridden=line.purpose == "BTG",
        why=_decided(line) if officer else _why(line) if reader and not own else "",
        look=line.id if reader and may_be_asked(line, reader) else "",
    )


def may_be_asked(line: AuditEntry, reader: str) -> bool:
    """Tell whether its person may ask about a line: somebody else looked, or tried to."""
    return line.user != reader and line.action not in HOLDS and line.action not in QUIET


def _why(line: AuditEntry) -> str:
    """Return in plain words why something was shown to somebody else."""
    if is_link(line.user) and line.seen:
        return "They could look, because you made the link."
    found = ground(line.rank, line.purpose) if line.outcome == "permit" and line.seen else ""
    return f"They could look, because {found}." if found else ""


def _decided(line: AuditEntry) -> str:
    """Return by what a look was decided; "" where nothing was."""
    if line.rank < 0:
        return ""
    rules = ", ".join(line.because) or "no rule"
    return (
        f"Rank {line.rank} by {rules}; rules of sharing {line.policy_version}; consent epoch "
        f"{line.epoch}."
    )


def _delivery(line: AuditEntry) -> ports.LookLine:
    """Return in words that a source added to the record: nobody looked."""
    return ports.LookLine(
        at=line.at,
        who=f"Delivery: {source_name(line.what) or line.user}",
        role="",
        organisation="",
        action=ACTIONS["load"],
        ground=NOBODY,
        refused=False,
    )


def together(
    lines: Iterable[ports.LookLine], most: int
) -> tuple[tuple[ports.LookLine, ...], int | None]:
    """Return the first `most` of `lines`, and how many lines they tell; None if that is all.

    Newest first. Deliveries of one source in a row are told once, and so is what the reader did
    themselves in a row on one day.
    """
    told: list[ports.LookLine] = []
    for place, line in enumerate(lines):
        last = told[-1] if told else None
        joined = _joined(last, line) if last else None
        if joined:
            told[-1] = joined
        elif len(told) == most:
            return tuple(told), place
        else:
            told.append(line)
    return tuple(told), None


def _joined(last: ports.LookLine, line: ports.LookLine) -> ports.LookLine | None:
    """Return two lines told as one, counted; None where each has to be told."""
    alike = replace(line, at=last.at, action=last.action) == replace(last, times=1)
    if not alike or line.refused:
        return None
    if line.ground == NOBODY and line.action == last.action:
        return replace(last, times=last.times + 1)
    if line.who != YOU or line.at.date() != last.at.date():
        return None
    done = last.action.split("; ")
    action = last.action if line.action in done else f"{last.action}; {line.action}"
    return replace(last, action=action, times=last.times + 1)


def choice(switch: Switch, sensitive: frozenset[str], *, shared: bool) -> ports.Choice:
    """Return a switch as it stands; what has a label of the `sensitive` set is kept back at yes."""
    kept_back = not switch.labels.isdisjoint(sensitive)
    return ports.Choice(switch.key, switch.title, shared, switch.text, kept_back)


def notice(found: Notice, names: Mapping[str, str]) -> str:
    """Return what the person is told: a sentence, or who broke the glass, when and why."""
    if " looked for " not in found.text:
        return found.text
    user, _, organisation = found.who.partition(" ")
    role, _, rest = found.text.partition(" looked for ")
    said = rest.partition(": ")[2]
    who = ", ".join(part for part in (names.get(user, user), role_name(role), organisation) if part)
    at = dates.moment_in_full(datetime.fromisoformat(found.at))
    return f"{who} opened your record without asking you, on {at}. They said: {said}"


def case(found: Case, person_id: str, banner: Banner) -> ports.AccessAlert:
    """Return a look to review with the name of the person it is about."""
    return ports.AccessAlert(
        id=found.id,
        at=found.at,
        reasons=found.reasons,
        who=found.name,
        role=found.role,
        organisation=found.organisation,
        person_id=person_id,
        person=banner.name,
        reason=found.said,
        state=found.state,
    )
