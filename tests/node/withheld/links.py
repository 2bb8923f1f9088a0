"""Links in two forms: as they are sent, and as if what is withheld had never been.

The second form is made by the rules of ADR 0037 and by nothing of the program, so that it can tell
when the program does otherwise.
"""

from dataclasses import dataclass
from typing import Any

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
MASKED = {"extension": [{"url": ABSENT, "valueCode": "masked"}]}
TYPED = ("Patient", "Practitioner")
ROWS = frozenset({"item", "entity"})
"""Members by which a row of a list is one for an entry."""
EPISODE = frozenset({"encounter", "recorder", "note", "evidence", "identifier"})
"""Members of allergies and conditions here that tell of an episode."""


@dataclass(frozen=True)
class Link:
    """A reference to an entry of the world, or to nothing that is stored."""

    to: str
    form: str = "{}"
    number: str = ""
    """Value of the identifier that stands in it."""
    display: str = ""

    def stored(self) -> dict[str, Any]:
        """Return it as it was sent."""
        named = {"system": "urn:local", "value": self.number} if self.number else None
        members = {"reference": self.form.format(self.to), "identifier": named}
        return {k: v for k, v in (members | {"display": self.display}).items() if v}

    def masked(self) -> dict[str, Any]:
        """Return what is left of it where its entry is withheld."""
        type_ = self.to.partition("/")[0]
        return MASKED | ({"type": type_} if type_ in TYPED else {})


@dataclass(frozen=True)
class Attached(Link):
    """An attachment whose content is an entry."""

    def stored(self) -> dict[str, Any]:
        """Return it as it was sent."""
        url = self.form.format(self.to)
        return {"contentType": "text/plain", "url": url, "title": self.display or "a letter"}

    def masked(self) -> dict[str, Any]:
        """Return it without what leads to the content."""
        return MASKED | {"contentType": "text/plain"}


@dataclass(frozen=True)
class Naming:
    """A text that names an entry."""

    to: str
    words: str = "see https://node.example/fhir/{}"


def told(value: Any, hidden: frozenset[str]) -> Any:  # noqa: ANN401 - JSON with links in it
    """Return a value as JSON, with everything masked that is `hidden`."""
    if isinstance(value, Link):
        return value.masked() if value.to in hidden else value.stored()
    if isinstance(value, Naming):
        return value.words.format(value.to)
    if isinstance(value, list):
        left = [one for one in value if _leads_to(one) not in hidden]
        if value and not left:
            left = [_bare(one) for one in value if _is_link(one)][:1]
        return [told(one, hidden) for one in left]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, member in value.items():
        if isinstance(member, Naming) and member.to in hidden:
            found[f"_{name}"] = MASKED
        elif (kept := told(member, hidden)) != []:
            found[name] = kept
    narrative = found.get("text")
    speaks = isinstance(narrative, dict) and "div" in narrative
    if hidden and speaks and found != told(value, frozenset()):
        return _told_anew(found)
    return found


def _told_anew(found: dict[str, Any]) -> dict[str, Any]:
    """Return JSON with a narrative of its title and rows (ADR 0072), or without any."""
    kind = found.get("resourceType", "section")
    rows: list[Any] = []
    if kind == "List":
        rows = [row.get("item") for row in found.get("entry", [])]
    elif kind == "section":
        rows = found.get("entry", [])
    elif kind == "DiagnosticReport":
        rows = found.get("result", [])
    lines = []
    if kind in {"List", "Composition", "section"}:
        lines.append(
            found.get("title") or _words(found, "type" if kind == "Composition" else "code")
        )
    elif kind == "DiagnosticReport":
        lines += [_words(found, "code"), found.get("conclusion", "")]
    if kind == "Composition":
        lines += [each.get("title", "") for each in found.get("section", [])]
    for row in rows:
        named = row.get("reference", "")
        lines.append(row.get("display") or (named.split("/")[-2] if "/" in named else ""))
    lines = sorted({line for line in lines if line}, key=lines.index)
    if not lines:
        return {name: member for name, member in found.items() if name != "text"}
    items = "".join(f"<li>{line}</li>" for line in lines)
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><ul>{items}</ul></div>'
    return {**found, "text": {"status": "generated", "div": div}}


def _words(found: dict[str, Any], name: str) -> str:
    """Return how a concept is worded."""
    concept = found.get(name, {})
    said = [concept.get("text")] + [each.get("display") for each in concept.get("coding", [])]
    return next((one for one in said if one), "")


def _leads_to(one: Any) -> str:  # noqa: ANN401 - JSON with links in it
    """Return the entry that a member of a list is about, "" for none."""
    for row in ROWS:
        if isinstance(one, dict) and isinstance(one.get(row), Link):
            one = one[row]
    if isinstance(one, dict) and isinstance(one.get("valueUri"), Naming):
        one = one["valueUri"]
    return one.to if isinstance(one, Link | Naming) else ""


def _is_link(one: Any) -> bool:  # noqa: ANN401 - JSON with links in it
    return isinstance(one, Link) or (isinstance(one, dict) and not ROWS.isdisjoint(one))


def _bare(one: Any) -> Any:  # noqa: ANN401 - JSON with links in it
    return {k: v for k, v in one.items() if k in ROWS} if isinstance(one, dict) else one


def without_episode(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON without what could tell in which episode, by whom and why it was written."""
    if isinstance(value, list):
        return [without_episode(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {k: without_episode(v) for k, v in value.items() if k not in EPISODE}
    if isinstance(kept.get("text"), dict):
        del kept["text"]
    return kept
