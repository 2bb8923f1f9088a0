"""Functions that ask something of each item in turn, and those that choose what to ask."""

from collections.abc import Callable
from functools import cmp_to_key
from typing import Final

from throughcare.fhir.path import equality
from throughcare.fhir.path.evaluation import Evaluation, Run, criterion, fail, text, truth
from throughcare.fhir.path.nodes import Items
from throughcare.fhir.path.part import Kinds, Part, Pieces
from throughcare.fhir.path.syntax import Call, Literal, Sign, Variable
from throughcare.fhir.path.types import Test

Build = Callable[[Pieces, Call, Part, Kinds], Part]


def is_of(source: Run, passes: Test) -> Run:
    """Return a test of the type of a single item."""

    def run(items: Items, evaluation: Evaluation) -> Items:
        found = source(items, evaluation)
        if len(found) > 1:
            fail("is takes a single item and met several: use ofType() or all().")
        return [passes(item) for item in found]

    return run


def of_type(source: Run, passes: Test, *, takes_one: bool) -> Run:
    """Return the items of a type; ``as`` takes a single one."""

    def run(items: Items, evaluation: Evaluation) -> Items:
        found = source(items, evaluation)
        if takes_one and len(found) > 1:
            fail("as takes a single item and met several: use ofType().")
        return [item for item in found if passes(item)]

    return run


def _each(source: Run, ask: Run) -> Callable[[Items, Evaluation], list[tuple[object, Items]]]:
    """Return a run that asks something of each item, with ``$this`` and ``$index`` set."""

    def run(items: Items, evaluation: Evaluation) -> list[tuple[object, Items]]:
        found = source(items, evaluation)
        evaluation.spend(len(found))
        before = evaluation.index
        answers = []
        for place, item in enumerate(found):
            evaluation.index = place
            answers.append((item, ask([item], evaluation)))
        evaluation.index = before
        return answers

    return run


def _where(compiler: Pieces, tree: Call, source: Part, _: Kinds) -> Part:
    answers = _each(source.run, compiler.apart(tree.arguments[0], source.kinds).run)

    def run(items: Items, evaluation: Evaluation) -> Items:
        return [item for item, said in answers(items, evaluation) if truth(said) is True]

    return Part(run, source.kinds, source.is_ordered)


def _select(compiler: Pieces, tree: Call, source: Part, _: Kinds) -> Part:
    projection = compiler.apart(tree.arguments[0], source.kinds)
    answers = _each(source.run, projection.run)

    def run(items: Items, evaluation: Evaluation) -> Items:
        return [found for _, said in answers(items, evaluation) for found in said]

    return Part(run, projection.kinds)


def _all(compiler: Pieces, tree: Call, source: Part, _: Kinds) -> Part:
    answers = _each(source.run, compiler.apart(tree.arguments[0], source.kinds).run)

    def run(items: Items, evaluation: Evaluation) -> Items:
        return [all(truth(said) is True for _, said in answers(items, evaluation))]

    return Part(run)


def _exists(compiler: Pieces, tree: Call, source: Part, _: Kinds) -> Part:
    if not tree.arguments:
        collection = source.run
        return Part(lambda items, evaluation: [bool(collection(items, evaluation))])
    answers = _each(source.run, compiler.apart(tree.arguments[0], source.kinds).run)

    def run(items: Items, evaluation: Evaluation) -> Items:
        return [any(truth(said) is True for _, said in answers(items, evaluation))]

    return Part(run)


def _repeat(compiler: Pieces, tree: Call, source: Part, _: Kinds) -> Part:
    """Return what is reached by going on and on, each item once."""
    collection, ask = source.run, compiler.apart(tree.arguments[0], None).run

    def run(items: Items, evaluation: Evaluation) -> Items:
        known: dict[object, object] = {}
        front = collection(items, evaluation)
        while front:
            evaluation.spend(len(front))
            reached = [found for item in front for found in ask([item], evaluation)]
            front = []
            for found in reached:
                key = equality.key(found)
                if key not in known:
                    known[key] = found
                    front.append(found)
        return list(known.values())

    return Part(run)


def _aggregate(compiler: Pieces, tree: Call, source: Part, focus: Kinds) -> Part:
    ask = compiler.apart(tree.arguments[0], source.kinds).run
    start = compiler.apart(tree.arguments[1], focus).run if len(tree.arguments) > 1 else None

    def run(items: Items, evaluation: Evaluation) -> Items:
        before, index = evaluation.total, evaluation.index
        total = [] if start is None else start(items, evaluation)
        for place, item in enumerate(source.run(items, evaluation)):
            evaluation.spend(1 + len(total))
            evaluation.total, evaluation.index = total, place
            total = ask([item], evaluation)
        evaluation.total, evaluation.index = before, index
        return total

    return Part(run)


def _choice(compiler: Pieces, tree: Call, source: Part, _: Kinds) -> Part:
    """Return ``iif``: only the branch that is chosen is asked."""
    condition, *branches = [compiler.apart(each, source.kinds) for each in tree.arguments]
    yes, no = branches[0].run, branches[1].run if len(branches) > 1 else None

    def run(items: Items, evaluation: Evaluation) -> Items:
        found = source.run(items, evaluation)
        if tree.left is not None and len(found) > 1:
            fail("iif() takes a single item and met several: use select().")
        if criterion(condition.run(found, evaluation)) is True:
            return yes(found, evaluation)
        return [] if no is None else no(found, evaluation)

    every = [branch.kinds for branch in branches]
    known = [each for each in every if each is not None]
    return Part(run, frozenset().union(*known) if len(known) == len(every) else None)


def _trace(compiler: Pieces, tree: Call, source: Part, focus: Kinds) -> Part:
    name = compiler.apart(tree.arguments[0], focus).run
    projection = (
        compiler.apart(tree.arguments[1], source.kinds).run if len(tree.arguments) > 1 else None
    )

    def run(items: Items, evaluation: Evaluation) -> Items:
        found = source.run(items, evaluation)
        tell = evaluation.environment.trace
        if tell is not None:
            told = found if projection is None else projection(found, evaluation)
            tell(text(name(items, evaluation), "trace()") or "", told)
        return found

    return Part(run, source.kinds, source.is_ordered)


def _sort(compiler: Pieces, tree: Call, source: Part, _: Kinds) -> Part:
    """Return the items by one or more keys; a minus before a key turns its order round.

    What has no key comes last, and first where the order is turned round.
    """
    keys: list[tuple[Run, bool]] = []
    for argument in tree.arguments or (Variable(tree.place, "$this"),):
        is_descending = isinstance(argument, Sign) and argument.sign == "-"
        inside = argument.right if isinstance(argument, Sign) else argument
        keys.append((compiler.apart(inside, source.kinds).run, is_descending))

    def run(items: Items, evaluation: Evaluation) -> Items:
        found = list(source.run(items, evaluation))
        evaluation.spend(len(found) * len(keys))
        for ask, is_descending in reversed(keys):
            answers = [(ask([item], evaluation), item) for item in found]
            answers.sort(key=cmp_to_key(_by_key), reverse=is_descending)
            found = [item for _, item in answers]
        return found

    return Part(run, source.kinds)


def _by_key(one: tuple[Items, object], other: tuple[Items, object]) -> int:
    if not one[0] or not other[0]:
        return bool(other[0]) - bool(one[0])
    return equality.order(one[0], other[0]) or 0


def _define(compiler: Pieces, tree: Call, source: Part, _: Kinds) -> Part:
    match tree.arguments[0]:
        case Literal(kind="text", text=name):
            pass
        case _:
            compiler.fail(tree, "defineVariable() takes a name in quotes")
    given = compiler.apart(tree.arguments[1], source.kinds) if len(tree.arguments) > 1 else None
    compiler.define(tree, name)

    def run(items: Items, evaluation: Evaluation) -> Items:
        found = source.run(items, evaluation)
        value = found if given is None else given.run(found, evaluation)
        evaluation.variables[name] = value
        return found

    return Part(run, source.kinds, source.is_ordered)


BUILDERS: Final[dict[str, tuple[int, int, Build]]] = {
    "where": (1, 1, _where),
    "select": (1, 1, _select),
    "all": (1, 1, _all),
    "exists": (0, 1, _exists),
    "repeat": (1, 1, _repeat),
    "aggregate": (1, 2, _aggregate),
    "iif": (2, 3, _choice),
    "trace": (1, 2, _trace),
    "sort": (0, 16, _sort),
    "defineVariable": (1, 2, _define),
}
"""Name -> (fewest arguments, most, function that compiles a call)."""
