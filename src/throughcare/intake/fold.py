"""Combine what is stored with an update so that the order of messages does not matter.

Each field of a resource is a register: the value with the newest time wins. A field that an update
does not carry is left alone. The times travel inside the resource, in one extension::

    {"url": "urn:throughcare:fold", "extension": [
        {"url": "at", "valueInstant": "2026-01-06T19:24:00Z"},
        {"url": "birthDate", "valueInstant": "2026-01-02T19:24:00Z"}]}

``at`` is the newest time; a field is listed only where it is older. Three kinds of field differ:

* Names, addresses, telecoms and identifiers are kept for ever. Those of the newest message that
  carried any are current; older ones get ``use`` = ``old`` and ``period.end`` = when the source
  last said them. Telecoms and identifiers are grouped by their system first.
* ``Encounter.status`` only goes forward, ``Encounter.period`` has its two ends apart, and
  ``Encounter.diagnosis`` is a union.
* ``ended`` takes a field away: a later A37 ends the ``link`` of an A40. Its time stays listed.
* Equal times are settled by the value itself, so that the result is always the same.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

URL: Final = "urn:throughcare:fold"
NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
"""The time of an update that has none: everything else is newer."""

_HISTORIES: Final[Mapping[str, str]] = {
    "name": "",
    "address": "",
    "telecom": "system",
    "identifier": "system",
}
_PROGRESS: Final = (
    "unknown",
    "planned",
    "arrived",
    "triaged",
    "in-progress",
    "onleave",
    "finished",
    "cancelled",
    "entered-in-error",
)
_USES: Final = ("official", "usual", "home", "mobile", "work", "temp", "secondary", "billing")
_EMPTIED: Final = frozenset({"link"})
"""Elements that an update may take away."""
_OWN: Final = frozenset({"resourceType", "id", "extension"})

Json = Any
State = dict[str, tuple[datetime, Json]]
"""Field -> (time, value). The field of a history item is ``name#`` and the item's own text."""


def fold(
    current: Mapping[str, Json] | None,
    update: Mapping[str, Json],
    *,
    at: datetime | None,
    current_at: datetime | None = None,
    ended: Collection[str] = (),
) -> dict[str, Json]:
    """Return `current` and `update` combined; neither is changed.

    `at` is when the update became true, `current_at` the same for a `current` that was never
    folded. Give None as `current` the first time: the result then carries its times. `ended` names
    elements that the update takes away. The order in which any number of updates are folded in
    makes no difference to the result.
    """
    state = _state(update, at or NEVER)
    state.update({name: (at or NEVER, {}) for name in _EMPTIED.intersection(ended)})
    if current is not None:
        state = _join(_state(current, current_at or NEVER), state)
    given = update if current is None else {**update, **current}
    head = {name: given[name] for name in ("resourceType", "id") if name in given}
    return _resource(head, state)


def _state(resource: Mapping[str, Json], at: datetime) -> State:
    times = _times(resource)
    newest = times.get("at", at)
    state: State = {}
    for name, value in resource.items():
        if name in _OWN:
            continue
        if name in _HISTORIES and isinstance(value, list):
            _remember(state, name, value, times, newest)
        elif name == "period" and resource.get("resourceType") == "Encounter":
            for end, moment in value.items():
                state[f"period.{end}"] = (times.get(f"period.{end}", newest), moment)
        elif name == "diagnosis" and resource.get("resourceType") == "Encounter":
            state.update({f"diagnosis#{_text(item)}": (NEVER, item) for item in value})
        else:
            field = _field(name)
            before = state.get(field, (NEVER, {}))[1]
            state[field] = (times.get(field, newest), {**before, name: value})
    state.update({gone: (times[gone], {}) for gone in _EMPTIED & times.keys() - state.keys()})
    for extension in resource.get("extension", ()):
        if extension.get("url") != URL:
            state[f"extension#{_text(extension)}"] = (NEVER, extension)
    return state


def _field(name: str) -> str:
    """Return the register of an element: the two forms of ``deceased[x]`` share one."""
    return "deceased[x]" if name.startswith("deceased") else name.removeprefix("_")


def _times(resource: Mapping[str, Json]) -> dict[str, datetime]:
    for extension in resource.get("extension", ()):
        if extension.get("url") == URL:
            return {
                part["url"]: datetime.fromisoformat(part["valueInstant"])
                for part in extension["extension"]
            }
    return {}


def _remember(
    state: State,
    name: str,
    items: Iterable[dict[str, Json]],
    times: Mapping[str, datetime],
    newest: datetime,
) -> None:
    for item in items:
        group = _group(name, item)
        time = times.get(group, newest)
        if times and item.get("use") == "old" and "end" in item.get("period", {}):
            time = datetime.fromisoformat(item["period"]["end"])
        bare = {part: value for part, value in item.items() if part not in {"use", "period"}}
        use = item.get("use", "")
        field = f"{name}#{_text(bare)}"
        found = (time, {"bare": bare, "use": use, "group": group})
        state[field] = _newer(state.get(field, found), found)


def _group(name: str, item: Mapping[str, Json]) -> str:
    part = _HISTORIES[name]
    return f"{name}:{item.get(part, '')}" if part else name


def _join(left: State, right: State) -> State:
    joined = dict(left)
    for field, value in right.items():
        joined[field] = _winner(field, joined[field], value) if field in joined else value
    return joined


def _winner(
    field: str, left: tuple[datetime, Json], right: tuple[datetime, Json]
) -> tuple[datetime, Json]:
    if field == "status":
        ranks = [_progress(value) for value in (left, right)]
        if ranks[0] != ranks[1]:
            return left if ranks[0] > ranks[1] else right
    return _newer(left, right)


def _progress(value: tuple[datetime, Json]) -> int:
    """Return how far an Encounter has come; 0 for the statuses of other resources."""
    status = value[1].get("status")
    return _PROGRESS.index(status) if status in _PROGRESS else 0


def _newer(left: tuple[datetime, Json], right: tuple[datetime, Json]) -> tuple[datetime, Json]:
    return max(left, right, key=lambda value: (value[0], _text(value[1])))


def _resource(head: dict[str, Json], state: State) -> dict[str, Json]:
    resource = dict(head)
    times: dict[str, datetime] = {}
    for field in sorted(field for field in state if "#" not in field):
        time, value = state[field]
        times[field] = time
        if field.startswith("period."):
            resource.setdefault("period", {})[field.removeprefix("period.")] = value
        else:
            resource.update(value)
    for name in _HISTORIES:
        items = [value for field, value in state.items() if field.startswith(f"{name}#")]
        if items:
            resource[name] = _history(items, times)
    unions = {name: _union(state, name) for name in ("diagnosis", "extension")}
    resource.update({name: items for name, items in unions.items() if items})
    newest = max(times.values(), default=NEVER)
    parts = [{"url": "at", "valueInstant": _instant(newest)}]
    parts += [
        {"url": field, "valueInstant": _instant(time)}
        for field, time in sorted(times.items())
        if time != newest or (field in _EMPTIED and not state[field][1])
    ]
    resource["extension"] = [*resource.get("extension", []), {"url": URL, "extension": parts}]
    return resource


def _union(state: State, name: str) -> list[Json]:
    return [state[field][1] for field in sorted(state) if field.startswith(f"{name}#")]


def _history(
    items: list[tuple[datetime, Json]], times: dict[str, datetime]
) -> list[dict[str, Json]]:
    newest: dict[str, datetime] = {}
    for time, value in items:
        newest[value["group"]] = max(time, newest.get(value["group"], NEVER))
    times.update(newest)
    current, old = [], []
    for time, value in items:
        if time == newest[value["group"]]:
            use = {"use": value["use"]} if value["use"] else {}
            current.append({**use, **value["bare"]})
        else:
            old.append({"use": "old", **value["bare"], "period": {"end": _instant(time)}})
    current.sort(key=lambda item: (_rank(item.get("use", "")), _text(item)))
    old.sort(key=lambda item: _text([item["period"]["end"], item]), reverse=True)
    return current + old


def _rank(use: str) -> int:
    return _USES.index(use) if use in _USES else len(_USES)


def _instant(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(value: Json) -> str:
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
