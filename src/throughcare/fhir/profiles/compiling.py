"""Profiles compiled to closures: only what a profile adds to R4 is checked here."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from throughcare.fhir.faults import Fault, below, fault
from throughcare.fhir.profiles import asking, slicing, tree, values
from throughcare.fhir.profiles.definitions import Definitions
from throughcare.fhir.profiles.tree import UNBOUNDED, Node, TypeRule
from throughcare.fhir.profiles.values import Around, Item
from throughcare.kernel import BadInputError

Json = Any
Check = Callable[[Item, Around], list[Fault]]
"""(value, what it stands in) -> faults, with their paths below the value."""

_RESOURCES: Final = frozenset({"Resource", "DomainResource"})


class Compiler:
    """Compiles each profile once. Holds no more than what `definitions` are."""

    def __init__(self, definitions: Definitions) -> None:
        """Compile profiles of `definitions`."""
        self._definitions = definitions
        self._compiled: dict[str, Check] = {}

    def profile(self, url: str) -> Check:
        """Return the check of a profile. Raises BadInputError if it can't be compiled."""
        bare = url.partition("|")[0]
        if bare not in self._compiled:
            self._compiled[bare] = _later(self._compiled, bare)
            try:
                root = tree.of_profile(bare, self._definitions)
                self._compiled[bare] = self.node(root)
            except BadInputError:
                del self._compiled[bare]
                raise
        return self._compiled[bare]

    def conforms(self, url: str, item: Item, around: Around) -> bool:
        """Tell whether a value meets a profile; one that is not loaded is met by its type."""
        if self._definitions.structure(url) is None:
            return True
        return not any(each[1] == "error" for each in self.profile(url)(item, around))

    def type_of(self, url: str) -> str:
        """Return the type that a profile is about."""
        return self._definitions.type_of(url)

    def node(self, node: Node) -> Check:
        """Return the check of one value of an element."""
        parts = [*self._own(node)]
        if any(map(self._matters, node.children.values())):
            members = [self._members(child) for child in node.children.values()]
            parts.append(_all_members([each for each in members if each is not None]))
        profiles = [rule for rule in node.types if rule.profiles]
        if profiles:
            parts.append(self._of_profiles(node))
        return _in_turn(parts)

    def discriminates(self, node: Node, item: Item, around: Around) -> bool | None:
        """Tell whether a value is what a slice's element fixes; None if it fixes nothing."""
        rules = node.rules
        said: list[bool | None] = []
        if rules.fixed is not None:
            said.append(values.is_equal(item.value, rules.fixed))
        if rules.pattern is not None:
            said.append(values.has_pattern(item.value, rules.pattern))
        if rules.value_set and rules.fixed is None and rules.pattern is None:
            said.append(self._is_bound(rules.value_set, item.value) is not False)
        profiles = [url for rule in node.types for url in rule.profiles]
        if profiles and not said:
            said.append(any(self.conforms(url, item, around) for url in profiles))
        for child in filter(_fixes, node.children.values()):
            found = values.items(item.value, child)
            said.append(any(self.discriminates(child, each, around) is True for each in found))
        return None if not said else all(said)

    def _matters(self, node: Node) -> bool:
        """Tell whether a profile adds anything to R4 here or below."""
        low, most, types, targets = node.base
        rules = node.rules
        return (
            node.min > low
            or node.max < most
            or {rule.code for rule in node.types} != set(types)
            or any(rule.profiles for rule in node.types)
            or any(set(rule.targets) != set(targets) for rule in node.types if rule.targets)
            or rules != tree.Rules()
            or bool(node.slices)
            or any(map(self._matters, node.children.values()))
        )

    def _own(self, node: Node) -> list[Check]:
        rules, made = node.rules, list[Check]()
        if rules.fixed is not None:
            wrong = fault("value", "The profile fixes another value; correct it.")
            made.append(lambda item, _: [] if values.is_equal(item.value, rules.fixed) else wrong)
        if rules.pattern is not None:
            less = fault("value", "The profile asks for a pattern that this lacks; correct it.")
            made.append(
                lambda item, _: [] if values.has_pattern(item.value, rules.pattern) else less
            )
        if rules.is_said:
            unsaid = fault("required", "The profile asks for a value here; add it.")
            made.append(lambda item, _: unsaid if item.value is None else [])
        if rules.value_set:
            made.append(self._bound(rules.value_set))
        if rules.longest:
            long = fault("too-long", f"The profile allows {rules.longest} characters; shorten it.")
            made.append(lambda item, _: long if len(str(item.value or "")) > rules.longest else [])
        references = [rule for rule in node.types if rule.code in {"Reference", "canonical"}]
        if references and set(references[0].targets) != set(node.base[3]):
            made.append(self._targets(references[0]))
        made += [asking.check(each, node, self._definitions) for each in rules.invariants.values()]
        return made

    def _is_bound(self, value_set: str, value: Json) -> bool | None:
        said = [self._definitions.member(value_set, *each) for each in values.codings(value)]
        if any(each is True for each in said):
            return True
        return None if not said or any(each is None for each in said) else False

    def _bound(self, value_set: str) -> Check:
        wrong = fault(
            "code-invalid", "No code of the value set that the profile requires; add one."
        )
        return lambda item, _: wrong if self._is_bound(value_set, item.value) is False else []

    def _targets(self, rule: TypeRule) -> Check:
        if rule.code != "Reference":
            return _nothing
        kinds = {self.type_of(url) or url for url in rule.targets}
        if kinds & _RESOURCES:
            return _nothing
        wrong = fault("value", "The profile allows no reference to this type; correct it.")

        def checked(item: Item, around: Around) -> list[Fault]:
            kind = values.referred_type(item.value, around)
            return wrong if kind and kind not in kinds and "" not in kinds else []

        return checked

    def _of_profiles(self, node: Node) -> Check:
        """Return the check of a value against the profiles of its type: one of them is met."""
        by_code = {rule.code: rule.profiles for rule in node.types}
        only = next(iter(by_code)) if len(by_code) == 1 else ""
        checks = {
            code: [self.profile(url) for url in profiles]
            for code, profiles in by_code.items()
            if all(self._definitions.structure(url) is not None for url in profiles)
        }

        def checked(item: Item, around: Around) -> list[Fault]:
            kind = item.kind or _resource_type(item) or only
            inner = around.within(item.value) if _resource_type(item) else around
            found = [check(item, inner) for check in checks.get(kind, checks.get(only, ()))]
            return min(found, key=len, default=[])

        return checked

    def _members(self, node: Node) -> Callable[[Json, Around], list[Fault]] | None:
        """Return the check of all values of an element; None if the profile adds nothing."""
        if not self._matters(node):
            return None
        check = self.node(node)
        allowed = {rule.code for rule in node.types}
        sliced = None if node.slicing is None else slicing.check(self, node, node.slicing)
        bracket = "[x]" if node.is_choice else ""

        def checked(holder: Json, around: Around) -> list[Fault]:
            found = values.items(holder, node)
            faults = _count(len(found), node, f".{node.name}{bracket}")
            for item in found:
                if item.kind and item.kind not in allowed:
                    faults += fault(
                        "value", "The profile allows another type; correct it.", item.step
                    )
                faults += below(item.step, check(item, around))
            return faults + (sliced(found, around) if sliced is not None else [])

        return checked


def _later(compiled: Mapping[str, Check], url: str) -> Check:
    """Return the check of a profile that is still being compiled: profiles may name themselves."""

    def checked(item: Item, around: Around) -> list[Fault]:
        return compiled[url](item, around)

    return checked


def _fixes(node: Node) -> bool:
    """Tell whether a value can be told from others by what is fixed here or below."""
    rules = node.rules
    own = rules.fixed is not None or rules.pattern is not None or bool(rules.value_set)
    return own or any(map(_fixes, node.children.values()))


def _nothing(_: Item, __: Around) -> list[Fault]:
    return []


def _resource_type(item: Item) -> str:
    return str(item.value.get("resourceType", "")) if type(item.value) is dict else ""


def _count(count: int, node: Node, path: str) -> list[Fault]:
    if count < node.min:
        text = "The profile requires this member; add it."
        if node.min > 1:
            text = f"The profile asks for at least {node.min}; add what is missing."
        return fault("required", text, path)
    if count > node.max and node.max < UNBOUNDED:
        text = "The profile does not allow this member; remove it."
        if node.max:
            text = f"The profile allows at most {node.max}; remove the others."
        return fault("structure", text, path)
    return []


def _all_members(members: list[Callable[[Json, Around], list[Fault]]]) -> Check:
    def checked(item: Item, around: Around) -> list[Fault]:
        holder = item.value if type(item.value) is dict else item.sibling
        if holder is None:
            holder = {}
        return [each for member in members for each in member(holder, around)]

    return checked


def _in_turn(parts: list[Check]) -> Check:
    def checked(item: Item, around: Around) -> list[Fault]:
        return [each for part in parts for each in part(item, around)]

    return checked
