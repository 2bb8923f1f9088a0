"""The register of legal permits as it is kept: rows read, and entries checked before they are."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from throughcare.consent.asked import SECONDARY
from throughcare.consent.profile import Profile
from throughcare.consent.vocabulary import LABELS
from throughcare.kernel import BadInputError
from throughcare.model.entry import Category
from throughcare.model.permit import Basis, Entry, Items
from throughcare.model.request import Purpose, Role

KNOWN_LABELS: Final = frozenset({"R", "V"}).union(*LABELS.values())


def entry(row: Sequence[object]) -> Entry:
    """Return the entry of a row of `admission.permits`."""
    id_, basis, provision, approver, items, starts, ends, *history = map(_text, row)
    return Entry(
        id_,
        Basis(basis),
        provision,
        approver,
        msgspec.json.decode(items, type=Items),
        date.fromisoformat(starts),
        date.fromisoformat(ends),
        *history,
    )


def check(wanted: Entry, by: str, profile: Profile) -> None:
    """Raise BadInputError, with the way out, for an entry that names too little or too much."""
    items = wanted.items
    _check_named(wanted)
    _among("category", items.categories, [each.value for each in Category])
    _among("purpose", items.purposes, [each.value for each in Purpose])
    _among("label", items.labels, KNOWN_LABELS)
    roles = [part for one in items.recipients for part in one.split("&") if "role:" in part]
    _among("role", [part.removeprefix("role:") for part in roles], [each.value for each in Role])
    if wanted.basis is Basis.SUPPORT and not set(items.purposes) <= SECONDARY:
        named = ", ".join(sorted(SECONDARY))
        message = f"Section 251 supports no care. Name only purposes among {named}."
        raise BadInputError(message, place="purposes")
    for law in profile.law:
        if law.label in items.labels:
            message = (
                f"{law.label} is closed by law here ({law.provision}), and no permit opens it. "
                "Leave it out; an exception that the law makes stands in the locality's profile."
            )
            raise BadInputError(message, place="labels")
    if wanted.approver.strip().casefold() == by.strip().casefold():
        message = "Nobody approves what they enter themselves. Let somebody else enter it."
        raise BadInputError(message, place="approver")


def _check_named(wanted: Entry) -> None:
    """Raise BadInputError for what is left open that has to be said."""
    needed = {
        "recipients": wanted.items.recipients and all(map(str.strip, wanted.items.recipients)),
        "purposes": wanted.items.purposes,
        "provision": wanted.provision.strip(),
        "approver": wanted.approver.strip(),
        "persons": wanted.items.persons is None or wanted.items.persons,
    }
    for place, value in needed.items():
        if not value:
            message = f"A legal permit has to name its {place}. Nothing here means anybody."
            raise BadInputError(message, place=place)
    if wanted.ends < wanted.starts:
        message = "The last day lies before the first. Give a later end."
        raise BadInputError(message, place="ends")


def _among(noun: str, values: Sequence[str], known: Sequence[str] | frozenset[str]) -> None:
    strange = sorted(set(values) - set(known))
    if strange:
        message = f"No {noun} here is called {strange[0]}. Known: {', '.join(sorted(known))}."
        raise BadInputError(message, place=noun)


def _text(value: object) -> str:
    return "" if value is None else str(value)
