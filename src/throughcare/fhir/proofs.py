"""Quick proofs that an invariant holds, of the few whose FHIRPath is dear.

A proof that fails says nothing: the FHIRPath is asked then. So a proof may be narrower than its
invariant and must never be wider.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

Json = Any
Proof: TypeAlias = Callable[[Json, Json], bool]
"""(JSON value of an element, the resource around it) -> True only where the invariant holds."""


def _is_count_or_star(value: Json, _: Json) -> bool:
    """Tell whether a text is a highest cardinality (eld-3)."""
    return value == "*" or _is_count(value)


def _is_count(value: Json) -> bool:
    return type(value) is str and len(value) < 10 and value.isascii() and value.isdecimal()  # noqa: PLR2004 - digits of an integer


def _is_least_below_most(element: Json, _: Json) -> bool:
    """Tell whether the lowest cardinality is not above the highest (eld-2)."""
    most, least = element.get("max"), element.get("min", 0)
    return most == "*" or (_is_count(most) and type(least) is int and least <= int(most))


def _is_snapshot_under_its_root(snapshot: Json, definition: Json) -> bool:
    """Tell whether the paths begin with the first one, which is the type (sdf-8)."""
    paths = list(_paths(snapshot))
    is_rooted = definition.get("kind") == "logical" or paths[:1] == [definition.get("type")]
    return bool(paths) and is_rooted and _are_below(paths[0], paths[1:])


def _is_differential_under_its_root(differential: Json, definition: Json) -> bool:
    """Tell whether the paths begin with the first step of the first one (sdf-8a)."""
    paths, name = list(_paths(differential)), definition.get("type")
    if not paths or type(name) is not str:
        return False
    is_rooted = definition.get("kind") == "logical" or paths[0].startswith(name)
    return is_rooted and _are_below(paths[0].partition(".")[0], paths[1:])


def _are_below(root: str, paths: list[str]) -> bool:
    start = f"{root}."
    return root != "" and all(path.startswith(start) for path in paths)


def _paths(view: Json) -> Iterator[str]:
    """Yield the path of each element; an empty one for what has none."""
    return (path if type(path := element.get("path")) is str else "" for element in view["element"])


_NOT_AT_THE_ROOT: Final = ("label", "code", "requirements")


def _is_root_plain(definition: Json, _: Json) -> bool:
    """Tell whether the root of a type has no label, code or requirements (sdf-9)."""
    views = [definition[name] for name in ("snapshot", "differential") if name in definition]
    roots = (each for view in views for each in view["element"] if "." not in each.get("path", ""))
    return not any(
        name in root or f"_{name}" in root for root in roots for name in _NOT_AT_THE_ROOT
    )


def _are_codes_distinct(system: Json, _: Json) -> bool:
    """Tell whether no code is defined twice (csd-1)."""
    codes: list[Json] = []
    rest = [*system.get("concept", ())]
    while rest:
        concept = rest.pop()
        codes.append(concept.get("code"))
        rest += concept.get("concept", ())
    is_plain = "contained" not in system and all(type(code) is str for code in codes)
    return is_plain and len(set(codes)) == len(codes)


PROOFS: Final[dict[str, Proof]] = {
    "csd-1": _are_codes_distinct,
    "eld-2": _is_least_below_most,
    "eld-3": _is_count_or_star,
    "sdf-8": _is_snapshot_under_its_root,
    "sdf-8a": _is_differential_under_its_root,
    "sdf-9": _is_root_plain,
}
"""By the key of the invariant."""
