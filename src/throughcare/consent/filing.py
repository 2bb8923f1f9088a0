"""Files and the documents that point at them: where one is withheld, so is the other. Pure.

A Binary is bytes: it has no date, author or title, and often another custodian than the document
that speaks of it. What a rule says of the document is said of its bytes too. Labels reach a file
when it is written (`throughcare.consent.belonging`); what else a rule may name is asked of the
documents themselves, when a decision is compiled.

INVARIANT: a file is shown only if its own class is and every document that points at it: two
documents that share a file can't be told apart in its bytes, so any denial wins.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from throughcare.consent import belonging
from throughcare.model.decision import Clause, EntryAmong, Residual
from throughcare.model.directive import Directive, Rule
from throughcare.model.entry import Category, EntryClass

FILE: Final = "Binary"
POINTING: Final = (
    "Communication",
    "CommunicationRequest",
    "Consent",
    "DiagnosticReport",
    "DocumentReference",
    "Media",
    "Patient",
    "Person",
    "RelatedPerson",
)
"""Types of which an entry may point at a file."""
FILING: Final = (FILE, *POINTING)
SPEAKING: Final = (frozenset(POINTING) | {"Composition"}) - {"Patient", "Person", "RelatedPerson"}
"""Types whose kind a file takes over: a photograph is no demographics for its being a person's."""
FOLLOWING: Final = (FILE, "DocumentReference")
"""Types of which an entry may take over the kind of what points at it."""

NARROWEST: Final = (
    *(Category.DIRECTORY, Category.SOURCE, Category.AUDIT, Category.CONSENT),
    *(Category.ADMINISTRATIVE, Category.OTHER, Category.CONSULTATION, Category.LETTER),
    *(Category.ALERT, Category.ENCOUNTER, Category.INCIDENT, Category.PROCEDURE),
    *(Category.SOCIAL_CARE, Category.CARE_NOTE, Category.CONDITION, Category.IMMUNISATION),
    *(Category.TEST_RESULT, Category.VITALS, Category.ABOUT_ME, Category.ALLERGY),
    *(Category.CONTACT, Category.DIET, Category.FUNCTIONAL, Category.MEDICINE, Category.PLAN),
    Category.DEMOGRAPHICS,
)
"""Every kind, those first that the fewest roles of the profile shipped see."""


def narrowest(kinds: Iterable[Category]) -> Category:
    """Return the kind that the fewest roles see."""
    return min(kinds, key=NARROWEST.index)


def kind(own: EntryClass, pointing: Iterable[EntryClass], *, is_said: bool) -> Category:
    """Return the kind of a file or document `own` that the entries `pointing` are about.

    Of a file of which nothing else is said (`is_said`: its feed does), documents of its own
    custodian say what it is; those of others only narrow it.
    """
    listed = list(pointing)
    theirs = any(each.custodian == own.custodian for each in listed)
    keeps = is_said or not theirs or own.type != FILE
    return narrowest({each.category for each in listed} | ({own.category} if keeps else set()))


def is_narrow(rule: Rule) -> bool:
    """Tell whether a rule may speak of a document and not of its file: by more than labels."""
    dated = rule.data_period not in (None, (None, None))
    return bool(rule.types or rule.custodians or rule.authors or rule.instances or dated)


def matters(directives: Iterable[Directive]) -> bool:
    """Tell whether files of a person have to be decided by what points at them."""
    return any(is_narrow(rule) for each in directives if each.active for rule in each.rules)


def pointing(resources: Mapping[str, Mapping[str, Any]]) -> dict[str, set[str]]:
    """Return, by ``Binary/id``, what points at each file among `resources`, by their names.

    So does what a file says itself that it belongs to (``securityContext``), and the Composition
    of which a DocumentReference says that its file shows it.
    """
    found: dict[str, set[str]] = {}
    for name, resource in resources.items():
        if name.startswith(f"{FILE}/"):
            found.setdefault(name, set()).update(belonging.containers(resource))
        else:
            links = belonging.links(resource)
            for file in links.files:
                if file.startswith(f"{FILE}/"):
                    found.setdefault(file, set()).update((name, *links.documents))
    return {file: names for file, names in found.items() if names}


def without(
    residual: Residual, classes: Mapping[int, EntryClass], files: Collection[str]
) -> Residual:
    """Return `residual` without `files`, each ``Binary/id``."""
    if not files:
        return residual
    fails = EntryAmong(frozenset(files))
    clauses: list[Clause] = []
    for clause in residual.clauses:
        held = frozenset(number for number in clause.classes if classes[number].type == FILE)
        if clause.classes - held:
            clauses.append(Clause(clause.classes - held, clause.holds, clause.fails))
        if held:
            clauses.append(Clause(held, clause.holds, (*clause.fails, fails)))
    return Residual(tuple(clauses), residual.masked)
