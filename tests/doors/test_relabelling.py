"""Other code lists label what is stored already, one person after the other."""

import hashlib
from pathlib import Path

import pytest

from doors.node_parts import asks, condition, load, names, node_in, patient, submission
from store.engines import each_kind
from throughcare.admission.relabelling import TOGETHER, Step
from throughcare.app import enacting, knowledge, relabelling
from throughcare.app.checks import code_lists
from throughcare.app.checks.check import State
from throughcare.app.node import Node, opened
from throughcare.consent import lists
from throughcare.kernel import NotFoundError
from throughcare.model.submission import Merge

pytestmark = pytest.mark.parametrize("engine", each_kind, indirect=True)

PLAIN = "38341003"
"""A code on no list that is shipped."""
LETTERS = str.maketrans("0123456789", "ghijklmnop")
LIST = f"# Origin: a test\nlabel,system,code,words\nSTD,snomed,{PLAIN},\n"


async def sees(node: Node, name: str) -> bool:
    try:
        await node.disclosure.read(asks(), *name.split("/"))
    except NotFoundError:
        return False
    return True


def give(node: Node, text: str = LIST) -> None:
    folder = node.folder.root / knowledge.LISTS
    folder.mkdir(exist_ok=True)
    (folder / "own.csv").write_text(text, "utf-8")


def quiet(_: Step) -> None:
    """Show nothing."""


async def begun(node: Node) -> None:
    """Put the lists in force, and relabel nobody yet."""

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await relabelling.relabel(node, quiet, stop)


async def test_a_new_list_labels_what_is_stored_and_a_list_less_takes_it_back(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        (made,) = await load(
            node, submission("gp", patient("Khan"), condition("urn:gp:Khan", PLAIN))
        )
        name = names(made)[1]
        assert await sees(node, name)
        give(node)
        found = await relabelling.relabel(node, quiet)
        assert found.changed == 1
        assert not await sees(node, name)
        assert (await relabelling.relabel(node, quiet)).changed == 0
        (node.folder.root / knowledge.LISTS / "own.csv").unlink()
        await relabelling.relabel(node, quiet)
        assert await sees(node, name)


async def test_what_is_written_after_the_lists_changed_is_labelled_by_them(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        first = submission("gp", patient("Khan"), condition("urn:gp:Khan", PLAIN))
        (before,) = await load(node, first)
        give(node)
        await begun(node)
        later = submission("gp", patient("Abbott"), condition("urn:gp:Abbott", PLAIN), key="2")
        (after,) = await load(node, later)
        assert await sees(node, names(before)[1])
        assert not await sees(node, names(after)[1])


async def test_an_interrupted_relabelling_goes_on_where_it_was(tmp_path: Path) -> None:
    people = [hashlib.sha256(bytes([n])).hexdigest()[:9].translate(LETTERS) for n in range(22)]
    assert len(people) == TOGETHER + 2
    async with node_in(tmp_path) as node:
        stored = []
        for born, family in enumerate(people, 1930):
            about = patient(family, birthDate=f"{born}-0{1 + born % 9}-11")
            given = submission("gp", about, condition(f"urn:gp:{family}", PLAIN), key=family)
            stored += await load(node, given)
        give(node)
        steps: list[Step] = []

        def once(step: Step) -> None:
            steps.append(step)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await relabelling.relabel(node, once)
        seen = [await sees(node, names(each)[1]) for each in stored]
        assert seen.count(False) == TOGETHER
        assert await node.relabelling.left() == 2
        await relabelling.relabel(node, steps.append)
        assert sum(step.persons for step in steps) == len(people)
        assert not any([await sees(node, names(each)[1]) for each in stored])


async def test_a_record_that_comes_to_a_person_who_was_passed_by_is_not_forgotten(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        one = submission("rx", patient("Khan"))
        other = submission("rx", patient("Abbott"), condition("urn:rx:Abbott", PLAIN), key="2")
        _, second = await load(node, one, other)
        give(node)
        await begun(node)
        await load(node, submission("rx", key="3", merge=Merge("rx-Khan", "rx-Abbott")))
        assert not await sees(node, names(second)[1])


async def test_a_former_version_takes_the_label_of_its_own_content(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        given = condition("urn:gp:Khan", PLAIN) | {"id": "c"}
        await load(node, submission("gp", patient("Khan"), given))
        changed = condition("urn:gp:Khan", "195967001") | {"id": "c"}
        await load(node, submission("gp", patient("Khan"), changed, key="2"))
        assert (await node.disclosure.version(asks(), "Condition", "c", 1)).version == 1
        give(node)
        await relabelling.relabel(node, quiet)
        assert await sees(node, "Condition/c")
        with pytest.raises(NotFoundError):
            await node.disclosure.version(asks(), "Condition", "c", 1)


async def test_a_label_that_a_new_list_gives_meets_the_persons_other_entries_later_too(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        about = patient("Khan", "9990000018")
        await load(node, submission("gp", about, condition("urn:gp:Khan", PLAIN)))
        give(node)
        await relabelling.relabel(node, quiet)
        visit = {
            "resourceType": "Basic",
            "subject": {"reference": "urn:rx:Khan"},
            "code": {"coding": [{"system": "urn:a", "code": "b"}]},
            "extension": [
                {
                    "url": "http://a.example/about",
                    "valueCoding": {"system": "http://snomed.info/sct", "code": PLAIN},
                }
            ],
        }
        (later,) = await load(node, submission("rx", about, visit))
        assert not await sees(node, names(later)[1])


async def doctor(node: Node) -> tuple[State, str, str]:
    found = await code_lists.check(node)
    way = found.way.command if found.way else ""
    return found.state, found.found, " ".join(way.split()[:2])


async def test_the_doctor_says_when_other_rules_than_those_of_now_labelled_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with node_in(tmp_path) as node:
        assert (await doctor(node))[0] is State.OK
        await load(node, submission("gp", patient("Khan"), condition("urn:gp:Khan", PLAIN)))
    async with opened(node.folder) as node:
        assert (await doctor(node))[0] is State.OK
        former = lists.shipped().version
    monkeypatch.setattr(lists, "RULES", lists.RULES + 1)
    lists.shipped.cache_clear()
    try:
        async with opened(node.folder) as node:
            now = lists.shipped().version
            said = f"the record is labelled by {former}; now it would be by {now}"
            assert await doctor(node) == (State.WARN, said, "throughcare relabel")
            await relabelling.relabel(node, quiet)
            assert (await doctor(node))[0] is State.OK
    finally:
        monkeypatch.undo()
        lists.shipped.cache_clear()


async def test_a_record_of_an_earlier_release_is_to_be_labelled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> None:
        """Write down nothing when the node is opened, as earlier releases."""

    with monkeypatch.context() as earlier:
        earlier.setattr(enacting, "adopt", nothing)
        async with node_in(tmp_path) as node:
            await load(node, submission("gp", patient("Khan")))
    async with opened(node.folder) as node:
        said = "an earlier release labelled this record"
        assert await doctor(node) == (State.WARN, said, "throughcare relabel")
        await relabelling.relabel(node, quiet)
        assert (await doctor(node))[0] is State.OK
