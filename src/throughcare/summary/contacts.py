"""Who to call, and the last discharge."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from throughcare.model.submission import Json
from throughcare.summary import concepts, dates
from throughcare.summary.banner import display_name
from throughcare.summary.codelists import facts
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import Item
from throughcare.summary.reconcile import fold, same_things
from throughcare.summary.words import sentence_case


def contacts(patients: Iterable[SummaryEntry], entries: Iterable[SummaryEntry]) -> tuple[Item, ...]:
    """Return contacts of the person, then their practice, each with the phone numbers recorded."""
    known = list(patients)
    items = [
        _person(entry, contact)
        for entry in known
        for contact in concepts.listed(entry.resource, "contact")
    ]
    related = [entry for entry in entries if entry.type == "RelatedPerson"]
    items += [
        _person(entry, entry.resource)
        for entry in related
        if entry.resource.get("active") is not False
    ]
    items += [
        Item(f"GP practice: {name}", "gp", sources=(concepts.seen(entry),))
        for entry in known
        for pointer in concepts.listed(entry.resource, "generalPractitioner")
        if (name := concepts.display(pointer))
    ]
    groups = same_things(items, lambda item: [(fold(item.text), item.phones)])
    return tuple(_together(group) for group in groups)


def _together(group: list[Item]) -> Item:
    shown = tuple(seen for item in group for seen in item.sources)
    return replace(group[0], sources=shown)


def contact_text(contact: Mapping[str, Json]) -> str:
    """Return ``Daughter: KHAN, Sara``, or the name alone where no relation is recorded."""
    name = display_name(concepts.first(contact, "name"))
    relations = [concepts.wording(each) for each in concepts.listed(contact, "relationship")]
    relation = ", ".join(each for each in relations if each)
    return sentence_case(f"{relation}: {name}" if relation else name)


def _person(entry: SummaryEntry, contact: Mapping[str, Json]) -> Item:
    phones = [
        str(each["value"])
        for each in concepts.listed(contact, "telecom")
        if each.get("value") and each.get("system") in (None, "phone", "sms")
    ]
    numbers = tuple(dict.fromkeys(phones))
    return Item(contact_text(contact), "contact", phones=numbers, sources=(concepts.seen(entry),))


def last_discharge(entries: Iterable[SummaryEntry]) -> Item | None:
    """Return the latest finished stay in hospital; None if none is recorded."""
    stays = [
        entry
        for entry in entries
        if entry.type == "Encounter"
        and concepts.first(entry.resource, "class").get("code") in facts().inpatient_classes
        and concepts.status_of(entry.resource, "status") == "finished"
        and dates.parse(concepts.first(entry.resource, "period").get("end"))
    ]
    if not stays:
        return None
    ended = {each.reference: dates.parse(each.resource["period"]["end"]) for each in stays}
    last = max(stays, key=lambda each: (ended[each.reference] or dates.When(0), each.reference))
    on = dates.short(ended[last.reference])
    reasons = [concepts.wording(each) for each in concepts.listed(last.resource, "reasonCode")]
    place = concepts.display(concepts.first(last.resource, "serviceProvider"))
    detail = tuple(each for each in (*reasons, place) if each)
    return Item(f"Left hospital {on}", "discharge", detail=detail, sources=(concepts.seen(last),))
