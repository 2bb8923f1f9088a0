"""Emergency plans: the plan's own wording, signatory and dates; never a bare yes or no."""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from throughcare.model.entry import Category
from throughcare.model.submission import Json
from throughcare.summary import concepts, dates
from throughcare.summary.codelists import facts
from throughcare.summary.entry import Answer, SourceStatus, SummaryEntry
from throughcare.summary.facts import Item, Section, State
from throughcare.summary.reconcile import fold

_TYPES: Final = frozenset(
    {"DocumentReference", "CarePlan", "Consent", "Composition", "Condition", "Flag", "Observation"}
)
_WITHDRAWN: Final = frozenset({"entered-in-error", "revoked", "superseded", "rejected", "inactive"})
_LONGEST: Final = 600
NONE_HELD: Final = "No plan is held here. One may exist."


def plans(entries: Iterable[SummaryEntry], sources: Sequence[SourceStatus], today: date) -> Section:
    """Return every plan not withdrawn, newest first; where several differ, each says so.

    A review date that has passed says that the review was due.
    """
    held = concepts.newest_first(entry for entry in entries if is_plan(entry))
    if not held:
        missing = any(source.answer is Answer.NO_ANSWER for source in sources)
        return Section(State.UNAVAILABLE if missing else State.NOT_RECORDED, (), NONE_HELD)
    wordings = {fold(wording_of(entry.resource)) for entry in held} - {""}
    differ = (
        f"{len(held)} plans are held and their wording differs: read each."
        if len(wordings) > 1
        else ""
    )
    return Section(
        State.LISTED, tuple(_item(entry, differ, today) for entry in held), "Emergency plans"
    )


def is_plan(entry: SummaryEntry) -> bool:
    """Say whether the entry is a plan for emergencies that nobody has withdrawn."""
    resource = entry.resource
    if entry.type not in _TYPES or concepts.wrong(resource) or concepts.over(resource):
        return False
    if concepts.status_of(resource, "status") in _WITHDRAWN:
        return False
    named = [concepts.first(resource, "type"), concepts.first(resource, "code")]
    named += concepts.listed(resource, "category")
    found = [code for concept in named for code in concepts.codes(concept)]
    texts = [text for concept in named for text in concepts.wordings(concept)]
    texts.append(str(resource.get("title", "")))
    listed = facts().plans.holds(found, texts)
    return listed or (entry.category is Category.PLAN and entry.type == "DocumentReference")


def _kind(resource: Mapping[str, Json]) -> str:
    named = [concepts.first(resource, "type"), *concepts.listed(resource, "category")]
    named.append(concepts.first(resource, "code"))
    for concept in named:
        for code in concepts.codes(concept):
            if code in facts().plan_names:
                return facts().plan_names[code]
    titles = [str(resource.get("title", "")), *(concepts.wording(each) for each in named)]
    return next((title for title in titles if title), "Plan")


def wording_of(resource: Mapping[str, Json]) -> str:
    """Return the plan's own words, cut at 600 characters with an ellipsis; "" if none are held."""
    texts = [str(resource.get("description", "")), *concepts.notes(resource)]
    texts += [_attached(content) for content in concepts.listed(resource, "content")]
    if resource.get("resourceType") == "Observation":
        texts.append(concepts.value_text(resource))
    text = " ".join(" ".join(each for each in dict.fromkeys(texts) if each).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}…"


def _attached(content: Mapping[str, Json]) -> str:
    attachment = concepts.first(content, "attachment")
    if not str(attachment.get("contentType", "")).startswith("text/plain"):
        return ""
    try:
        return base64.b64decode(attachment.get("data", "")).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def signatories_of(resource: Mapping[str, Json]) -> str:
    """Return who wrote or signed a plan, as far as it names them; "" where nobody is named."""
    pointers = concepts.listed(resource, "author") + concepts.listed(resource, "authenticator")
    pointers += concepts.listed(resource, "performer") + concepts.listed(resource, "recorder")
    names = [name for each in pointers if (name := concepts.display(each))]
    return ", ".join(dict.fromkeys(names))


def review_of(resource: Mapping[str, Json], today: date) -> str:
    """Return when a plan is to be reviewed, or was, in words."""
    ends = [
        concepts.first(resource, "period"),
        concepts.first(concepts.first(resource, "context"), "period"),
    ]
    due = next((when for each in ends if (when := dates.parse(each.get("end")))), None)
    if due is None:
        return "no review date"
    last = dates.of_date(today)
    known = dates.When(due.year, due.month or last.month, due.day or last.day)
    return f"review {'was due ' if known < last else ''}{dates.short(due)}"


def _item(entry: SummaryEntry, differ: str, today: date) -> Item:
    resource = entry.resource
    said = wording_of(resource)
    signed = signatories_of(resource)
    on = dates.short(concepts.when_of(resource))
    status = concepts.status_of(resource, "docStatus") or concepts.status_of(resource, "status")
    facts_line = [
        f"Signed by {signed}" if signed else "Who signed it is not recorded",
        on or "undated",
        review_of(resource, today),
        f"status {status}" if status else "",
    ]
    quote = f"“{said}”" if said else "No wording is held here: ask for the document."
    return Item(
        _kind(resource),
        kind="plan",
        detail=(quote, *(part for part in facts_line if part)),
        sources=(concepts.seen(entry),),
        disagreement=differ,
    )
