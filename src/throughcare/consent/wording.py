"""What a rule of a Consent says, in plain words: for the person who said it, and for the officer.

Short words and short sentences (reading age 9 to 11). A part that has no plain name is told by its
code rather than left out.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from throughcare.model.directive import Directive, Rule, Told

Names = Mapping[str, str]
"""What users and organisations are called, by their id."""

PURPOSES: Final[Mapping[str, str]] = {
    "TREAT": "your care",
    "ETREAT": "an emergency",
    "BTG": "breaking the glass",
    "CAREMGT": "social care",
    "PATRQT": "your own look",
    "FAMRQT": "a look by your family",
    "HOPERAT": "running the service",
    "PUBHLTH": "public health",
    "HRESCH": "research",
}
LABELS: Final[Mapping[str, str]] = {
    "PSY": "mental health",
    "COGN": "dementia",
    "STD": "sexual health",
    "SEX": "sexual health",
    "HIV": "HIV",
    "FERT": "help to have a baby",
    "TERM": "the end of a pregnancy",
    "PREGNANT": "pregnancy",
    "GEND": "gender",
    "GRA": "gender recognition",
    "ETH": "drugs and alcohol",
    "SDV": "abuse or sexual assault",
    "DVD": "abuse at home",
    "VIO": "violence",
    "SICKLE": "sickle cell",
    "GDIS": "genetic illness",
    "R": "what is marked as private",
    "V": "what is marked as very private",
}
NARROWER: Final = frozenset({"MH", "PSYTHPN", "EMOTDIS", "SUD", "ETHUD", "OPIOIDUD", "ALC", "SEX"})
"""Labels that a Consent is read to mean beside a wider one: not told again."""
TYPES: Final[Mapping[str, str]] = {
    "AllergyIntolerance": "allergies",
    "CarePlan": "plans",
    "Condition": "conditions",
    "Consent": "your choices",
    "DiagnosticReport": "test results",
    "DocumentReference": "letters",
    "Encounter": "visits",
    "Immunization": "vaccinations",
    "MedicationRequest": "medicines",
    "MedicationStatement": "medicines",
    "Observation": "measurements and test results",
    "Patient": "your name and address",
    "Procedure": "operations and treatments",
}


def sentence(rule: Rule, names: Names) -> str:
    """Return what `rule` says: ``On 1 June 2026: nobody may see what is about mental health.``."""
    if rule.system and rule.lasting:
        return (
            "Your choices are kept at another place, and what it told us does not count any more: "
            "it is older than a day, or that place is none we rely on. Until it tells us again, we "
            "keep to no."
        )
    if rule.system:
        return "A choice on your record could not be read. Until it is put right, we keep to no."
    who = _who(rule.actors, names)
    may = "may" if rule.permit else "may not"
    if not who:
        who, may = ("everybody who cares for you", "may") if rule.permit else ("nobody", "may")
    said = f"{who} {may} see {_what(rule, names)}{_for(rule.purposes)}{_while(rule.period)}"
    return f"On {_day(rule.recorded.date())}: {said}."


def sentences(directives: Iterable[Directive], ids: Iterable[str], names: Names) -> tuple[str, ...]:
    """Return what the rules with these ids say, in the order in which they were recorded."""
    wanted = frozenset(ids)
    found = [(rule, one.told) for one in directives for rule in one.rules if rule.id in wanted]
    found.sort(key=lambda each: (each[0].recorded, each[0].id))
    return tuple(dict.fromkeys(told(rule, by, names) for rule, by in found))


def told(rule: Rule, by: Told | None, names: Names) -> str:
    """Return what `rule` says, and which other node told of it, and when."""
    said = sentence(rule, names)
    if by is None or (rule.system and rule.lasting):
        return said
    return f"{names.get(by.node, 'Another place')} told us on {_day(by.since.date())}: {said}"


def home(by: Told, names: Names) -> str:
    """Return which other node keeps the person's choices, as far as this one was told."""
    name = names.get(by.node, "Another place")
    return (
        f"{name} keeps your choices. What it told us on {_day(by.since.date())} counts for a day."
    )


def _who(actors: frozenset[str], names: Names) -> str:
    return _or([_actor(actor, names) for actor in sorted(actors)])


def _actor(token: str, names: Names) -> str:
    """Return one token; ``A&B`` needs both: somebody in a role at an organisation."""
    roles = [part[5:].replace("-", " ") for part in token.split("&") if part.startswith("role:")]
    others = [names.get(part, part) for part in token.split("&") if not part.startswith("role:")]
    role = f"a {roles[0]}" if roles else ""
    return " at ".join(word for word in (role, *others) if word)


def _what(rule: Rule, names: Names) -> str:
    parts = []
    if rule.instances:
        count = len(rule.instances)
        parts.append("one entry" if count == 1 else f"{count} single entries")
    if rule.types:
        parts.append(_or([TYPES.get(kind, kind) for kind in sorted(rule.types)]))
    labels = rule.labels - NARROWER or rule.labels
    named = [LABELS.get(label, label) for label in sorted(labels)]
    if named:
        parts.append(f"what is about {_or(named)}" if not parts else f"about {_or(named)}")
    if not parts:
        parts.append("your whole record" if _is_whole(rule) else "what is recorded")
    by = sorted(rule.custodians | rule.authors)
    if by:
        parts.append(f"from {_or([names.get(one, one) for one in by])}")
    if rule.data_period not in (None, (None, None)):
        parts.append(_dated(rule.data_period))
    return " ".join(parts)


def _is_whole(rule: Rule) -> bool:
    return not rule.custodians and not rule.authors and rule.data_period in (None, (None, None))


def _for(purposes: frozenset[str]) -> str:
    told = {"ETREAT", "BTG"} if "TREAT" in purposes else set()
    named = [PURPOSES.get(one, one) for one in sorted(purposes - told)]
    return f" for {_or(named)}" if named else ""


def _while(period: tuple[date | None, date | None] | None) -> str:
    low, high = period or (None, None)
    start = f" from {_day(low)}" if low else ""
    return f"{start} until {_day(high)}" if high else start


def _dated(period: tuple[date | None, date | None] | None) -> str:
    low, high = period or (None, None)
    if low and high:
        return f"dated {_day(low)} to {_day(high)}"
    return f"dated from {_day(low)}" if low else f"dated up to {_day(high)}" if high else ""


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else ""


def _or(words: list[str]) -> str:
    words = list(dict.fromkeys(words))
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
