"""A consent that can't be read denies until it is corrected, and somebody has to look at it."""

from datetime import datetime
from pathlib import Path

import pytest

from api.export_parts import client_of
from doors.node_parts import asks, condition, consent, load, names, node_in, patient, submission
from store.engines import on_every_engine
from throughcare.admission.tasks import Task, task_of
from throughcare.app.loading import Loader, LoadReport
from throughcare.app.node import Node
from throughcare.consent.workdays import next_working_day
from throughcare.kernel import ConflictError, DeniedError, NotFoundError
from throughcare.model.request import Actor, Purpose, Reason, Role

pytestmark = pytest.mark.parametrize("engine", on_every_engine, indirect=True)

NUMBER, OTHER = "9990000018", "9990000026"
HEADER = "nhs_number,decision,scope,what,until\n"
OFFICER = asks(Role.PRIVACY_OFFICER, Purpose.HOPERAT)


async def tasks(node: Node) -> list[Task]:
    async with node.store.snapshot() as reader:
        return [task_of(row) for row in await reader.rows("admission.tasks")]


async def sees(node: Node, name: str, purpose: Purpose = Purpose.TREAT) -> bool:
    reason = Reason("found alone", "danger-to-life") if purpose is Purpose.BTG else None
    try:
        await node.disclosure.read(asks(purpose=purpose, reason=reason), *name.split("/"))
    except NotFoundError:
        return False
    return True


async def came(node: Node, number: str = NUMBER, key: str = "1") -> str:
    """Load somebody with one condition; return its name."""
    who, ill = patient("Khan", number), condition(f"urn:gp{key}:Khan", "38341003")
    (outcome,) = await load(node, submission(f"gp{key}", who, ill))
    return names(outcome)[1]


async def listed(node: Node, tmp_path: Path, *rows: str) -> LoadReport:
    """Load a list of consents."""
    file = tmp_path / "consents.csv"
    file.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    loader = Loader(node.admission, Actor("loader", Role.IT_LEAD, "", client="cli"))
    return await loader.load([file], lambda _found, _done: None)


async def test_a_row_that_cannot_be_read_denies_until_it_is_corrected(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        name = await came(node)
        await listed(node, tmp_path, f"{NUMBER},permit,all,,")
        assert await sees(node, name)
        report = await listed(node, tmp_path, f"{NUMBER},maybe,all,,")
        (rejection,) = report.rejections
        assert rejection.place.at == "line 2, column decision"
        assert "nothing of this person's record is shared" in rejection.remedy
        assert not await sees(node, name)
        assert await sees(node, name, Purpose.BTG)  # it is the system's denial, not the person's
        (task,) = await tasks(node)
        raised = datetime.fromisoformat(task.raised).date()
        assert task.due == next_working_day(raised).isoformat()
        assert "line 2, column decision" in task.what
        await listed(node, tmp_path, f"{NUMBER},permit,all,,")  # what was said before, said again
        assert await sees(node, name)
        assert await tasks(node) == []


async def test_a_row_of_an_unknown_kind_denies_until_a_human_ends_it(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        name = await came(node)
        await listed(node, tmp_path, f"{NUMBER},deny,category,mental-heath,")
        await listed(node, tmp_path, f"{NUMBER},deny,category,mental-health,")
        assert not await sees(node, name)
        (task,) = await tasks(node)
        with pytest.raises(DeniedError):
            await node.admission.finish(asks(), task.id, "seen")
        await node.admission.finish(OFFICER, task.id, "a misspelling; the corrected row is here")
        assert await sees(node, name)
        assert await tasks(node) == []
        with pytest.raises(NotFoundError):
            await node.admission.finish(OFFICER, task.id, "again")


async def test_whoever_a_broken_row_names_is_held_back_with_all_it_swallows(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        first, second = await came(node), await came(node, OTHER, "2")
        report = await listed(node, tmp_path, f'{NUMBER},deny,"all,,', f"{OTHER},deny,all,,")
        assert {each.place.at for each in report.rejections} == {"line 2"}
        assert not await sees(node, first)
        assert not await sees(node, second)
        assert len(await tasks(node)) == 2


async def test_a_row_that_names_nobody_is_a_task_that_says_so(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        name = await came(node)
        report = await listed(node, tmp_path, "9990000019,deny,all,,", ",deny")
        assert len(report.rejections) == 2
        assert await sees(node, name)
        found = await tasks(node)
        assert {(task.kind, task.subject) for task in found} == {("refused-consent", 0)}
        assert [task for task in found if "names nobody" in task.what]


async def test_an_unknown_element_of_a_consent_is_a_task_until_a_version_can_be_read(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        name = await came(node)
        odd = {"id": "c1", "modifierExtension": [{"url": "urn:example:x", "valueBoolean": True}]}
        about, who = patient("Khan", NUMBER), "urn:rx:Khan"
        await load(node, submission("rx", about, consent(who, **odd)))
        assert not await sees(node, name)
        (task,) = await tasks(node)
        assert "modifierExtension" in task.what
        with pytest.raises(ConflictError):
            await node.admission.finish(OFFICER, task.id, "looks fine to me")
        over = {"id": "c1", "status": "inactive"}
        await load(node, submission("rx", about, consent(who, **over), key="2"))
        assert await sees(node, name)
        assert await tasks(node) == []


async def test_a_consent_that_is_refused_is_a_task(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        wrong = {**consent("urn:rx:Khan"), "status": "perhaps"}
        (outcome,) = await load(node, submission("rx", patient("Khan", NUMBER), wrong))
        assert outcome.rejection is not None
        (task,) = await tasks(node)
        assert task.kind == "refused-consent"


async def test_a_refusal_that_was_taken_back_can_be_said_again(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        name = await came(node)
        for decision, shown in (("deny", False), ("permit", True), ("deny", False)):
            report = await listed(node, tmp_path, f"{NUMBER},{decision},all,,")
            assert report.is_clean
            assert await sees(node, name) is shown
        report = await listed(node, tmp_path, f"{NUMBER},deny,all,,")
        assert report.tallies["consents"].known == 1


async def test_whoever_sends_a_consent_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await came(node)
        odd = {"purpose": [{"system": "urn:example:purposes", "code": "secret"}]}
        no = consent("urn:rx:Khan", provision={"type": "deny", **odd})
        (outcome,) = await load(node, submission("rx", patient("Khan", NUMBER), no))
        (remark,) = outcome.remarks
        assert "denies all that it could cover" in remark.text
        assert "provision.purpose" in remark.text
        assert "secret" not in remark.text
        name = names(outcome)[0]
        async with client_of(node, asks(Role.GP)) as client:
            wish = {"prefer": "return=OperationOutcome"}
            sent = consent(name, provision={"type": "deny", **odd})
            answer = await client.post("Consent", json=sent, headers=wish)
            assert answer.status_code == 201
            (issue,) = [i for i in answer.json()["issue"] if i["severity"] == "warning"]
            assert issue["diagnostics"] == remark.text
