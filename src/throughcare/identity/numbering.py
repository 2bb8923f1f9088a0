"""Which person's number each group of records keeps. Pure."""

from collections.abc import Iterable, Mapping

Group = frozenset[int]


def claims(
    groups: Iterable[Group], person: Mapping[int, int], since: Mapping[int, int]
) -> dict[Group, list[int]]:
    """Return the persons that each group goes on as, rising; the first keeps its number.

    `person` and `since` say where each record is and from when on. A person goes to the group of
    its longest member; if that group has another person to go on as, then to a group of other
    members that would have none: an id survives wherever somebody can carry it.
    """
    ordered = sorted(groups, key=min)
    group_of = {record: group for group in ordered for record in group}
    found: dict[Group, list[int]] = {group: [] for group in ordered}
    members: dict[int, list[int]] = {}
    for record, number in person.items():
        if record in group_of:
            members.setdefault(number, []).append(record)
    for number in sorted(members):
        members[number].sort(key=lambda record: (since[record], record))
        found[group_of[members[number][0]]].append(number)
    for number in sorted(members, reverse=True):
        holder = group_of[members[number][0]]
        heir = next((group_of[one] for one in members[number] if not found[group_of[one]]), None)
        if heir is not None and len(found[holder]) > 1:
            found[holder].remove(number)
            found[heir].append(number)
    return found
