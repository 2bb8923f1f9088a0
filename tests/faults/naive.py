"""The oracle of `checker`: try every order (Wing and Gong, 1993). For a handful of operations."""

from collections.abc import Sequence

from faults.histories import NEVER, Chain, Operation, Saw


def linearizable(operations: Sequence[Operation], chain: Chain) -> bool:
    """Tell whether some order of `operations` explains every answer and ends in `chain`."""
    tried: set[tuple[frozenset[int], Chain]] = set()

    def goes_on(left: frozenset[int], state: Chain) -> bool:
        if state == chain and all(operations[i].end == NEVER for i in left):
            return True
        if (left, state) in tried:
            return False
        tried.add((left, state))
        first_end = min((operations[i].end for i in left), default=NEVER)
        for i in left:
            if operations[i].start <= first_end:
                after = step(state, operations[i])
                if after is not None and goes_on(left - {i}, after):
                    return True
        return False

    return goes_on(frozenset(range(len(operations))), ())


def step(state: Chain, operation: Operation) -> Chain | None:
    """Carry out one operation on a resource with these versions; None if its answer is wrong."""
    version = len(state)
    is_live = version > 0 and state[-1] is not None
    written = (*state, operation.value)
    fits = operation.expected is None or operation.expected == version
    match operation.saw:
        case Saw.READ:
            right = is_live and (version, state[-1]) == (operation.version, operation.value)
            return state if right else None
        case Saw.GONE:
            return state if version and not is_live else None
        case Saw.ABSENT:
            return None if version else state
        case Saw.REFUSED:
            return None if fits else state
        case Saw.WROTE:
            return written if fits and operation.version == len(written) else None
        case Saw.PUT_LOST:
            return written if fits else None
        case Saw.DELETED | Saw.DELETE_LOST if not is_live:
            found = operation.saw is Saw.DELETE_LOST or (version and operation.version == version)
            return state if found else None
        case Saw.DELETED:
            return (*state, None) if operation.version == version + 1 else None
        case _:
            return (*state, None)
