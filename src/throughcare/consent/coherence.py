"""What in a profile is allowed and yet looks like an oversight: remarks, not faults. Pure."""

from collections.abc import Iterator

from throughcare.consent.profile import Profile
from throughcare.consent.scope import CONFIDENTIAL
from throughcare.consent.vocabulary import LABELS
from throughcare.model.request import Purpose, Role

TO_BE_NAMED = ("to be named", "to be written", "to be agreed")


def remarks(profile: Profile) -> list[str]:
    """Return a sentence for each thing that somebody should look at once more."""
    return [
        *_break_glass(profile),
        *_labels(profile),
        *_purposes(profile),
        *_missing(profile),
        *_recorders(profile),
        *_unwritten(profile),
    ]


def _break_glass(profile: Profile) -> Iterator[str]:
    for role in Role:
        may = role in profile.break_glass_roles
        asks = Purpose.BTG in profile.view(role).purposes
        if may and not asks:
            yield (
                f"break_glass.roles has {role.value}, whose purposes lack BTG: they can't break "
                "the glass."
            )
        if asks and not may:
            yield (
                f"roles.{role.value}.purposes has BTG, but break_glass.roles lacks {role.value}: "
                "they can't break the glass."
            )


def _labels(profile: Profile) -> Iterator[str]:
    named = {
        "sharing.sensitive_labels": profile.sensitive,
        "break_glass.beyond_cap": profile.beyond_cap,
        "law": frozenset(rule.label for rule in profile.law),
    }
    for key, labels in named.items():
        for label in sorted(labels - LABELS.keys() - CONFIDENTIAL):
            yield f"{key} has {label}, a label that no list here gives: is it misspelt?"


def _purposes(profile: Profile) -> Iterator[str]:
    asked = frozenset(purpose for view in profile.roles.values() for purpose in view.purposes)
    for purpose in sorted(profile.permission_purposes - asked):
        yield f"sharing.permission_purposes has {purpose.value}, which no role may ask for."
    for role, view in profile.roles.items():
        if view.categories and not view.purposes:
            yield f"roles.{role.value} has categories and no purpose: it sees nothing."


def _missing(profile: Profile) -> Iterator[str]:
    left_out = [role.value for role in Role if role not in profile.roles]
    if left_out:
        yield f"[roles] leaves out {', '.join(left_out)}: they see nothing."


def _recorders(profile: Profile) -> Iterator[str]:
    recorders = profile.recording.recorders
    if not profile.recording.is_written:
        yield (
            f"[consents] is missing: {', '.join(sorted(recorders))} alone record Consents that "
            "open a record. Write recorders down, with every role that shall."
        )
    elif not recorders:
        yield "consents.recorders is empty: only the person, and feeds, say yes to anything."
    care = {Purpose.TREAT, Purpose.CAREMGT}
    for role in sorted(recorders):
        if profile.view(role).purposes.isdisjoint(care):
            yield f"consents.recorders has {role.value}, who does not give care: is it meant?"


def _unwritten(profile: Profile) -> Iterator[str]:
    written = {
        "controllers": " ".join(profile.controllers),
        "data_protection_officer": profile.data_protection_officer,
        "caldicott_guardian": profile.caldicott_guardian,
        "dpia": profile.dpia,
        "retention": profile.retention,
    }
    keys = [key for key, text in written.items() if text.startswith(TO_BE_NAMED)]
    if keys:
        yield f"[locality] {', '.join(keys)}: to be written before live use."
