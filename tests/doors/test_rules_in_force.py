"""Another profile binds every process from its commit on, and can be gone back from."""

from pathlib import Path

import pytest

from doors.node_parts import asks, condition, load, names, node_in, patient, submission
from store.engines import on_every_engine
from throughcare.app import enacting, profiles
from throughcare.app.folder import Folder
from throughcare.app.node import Node, opened
from throughcare.audit.lines import Filter, Lines
from throughcare.consent.profile import default_text
from throughcare.kernel import BadInputError, NotFoundError
from throughcare.model.audit import AuditEntry
from throughcare.model.request import Purpose, Reason

pytestmark = pytest.mark.parametrize("engine", on_every_engine, indirect=True)

NUMBER = "9990000018"
OPT_IN = default_text().replace('"opt-out"', '"opt-in"').replace("version = 1", "version = 2")


async def sees(node: Node, name: str) -> bool:
    try:
        await node.disclosure.read(asks(), *name.split("/"))
    except NotFoundError:
        return False
    return True


async def came(node: Node) -> str:
    ill = condition("urn:gp:Khan", "38341003")
    (outcome,) = await load(node, submission("gp", patient("Khan", NUMBER), ill))
    return names(outcome)[1]


async def test_a_profile_binds_every_process_at_once_and_can_be_gone_back_from(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node, opened(node.folder) as other:
        name = await came(node)
        before = node.profile.version
        assert await sees(node, name)
        assert await sees(other, name)
        used = await profiles.use(node, OPT_IN, "the board decided so")
        assert used is not None
        assert used.before == before
        assert not await sees(other, name)
        assert not await sees(node, name)
        assert other.profile.version == used.after
        assert node.folder.locality.read_text("utf-8") == OPT_IN
        async with node.store.snapshot() as reader:
            text = await enacting.text_of(reader, before)
        await profiles.use(other, text, "a mistake")
        assert await sees(node, name)
        async with node.store.snapshot() as reader:
            found = await enacting.versions(reader)
        assert [each.version for each in found] == [before, used.after, before]
        assert found[1].why == "the board decided so"
        assert found[1].who.startswith("operator:")


async def test_decisions_name_the_version_that_they_rest_on(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        await came(node)
        await profiles.use(node, OPT_IN, "")
        async with node.store.snapshot() as reader:
            ground = await node.disclosure.ground(reader, asks())
        assert ground.ordinary.policy_version == node.profile.version
        assert ground.ordinary.policy_version.startswith("2-")
        assert ground.ordinary.code == "opt-in"


async def test_the_ledger_has_who_changed_it_from_which_version_to_which(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        before = node.profile.version
        used = await profiles.use(node, OPT_IN, "agreed on 1 May")
        assert used is not None
        (line,) = [each for each in await told(node) if each.action == "profile"]
        assert line.what == f"rules of sharing from {before} to {used.after}"
        assert line.because == ("agreed on 1 May",)


async def told(node: Node) -> list[AuditEntry]:
    """Return what the privacy officer looks through."""
    await node.journal.settle()
    async with node.store.snapshot() as reader:
        return await Lines(node.folder.ledger).lines(reader, Filter())


async def test_a_process_that_nobody_asks_knows_the_rules_too(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node, opened(node.folder) as other:
        longer = default_text().replace("hours = 4", "hours = 1")
        await profiles.use(node, longer, "")
        await other.disclosure.refresh()
        assert other.profile.time_box == node.profile.time_box
        glass = asks(purpose=Purpose.BTG, reason=Reason("found alone"))
        grant = other.tokens.read(other.issue(glass, hours=8))
        assert grant.expires - grant.issued == other.profile.time_box


async def test_a_text_that_is_no_profile_changes_nothing(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        with pytest.raises(BadInputError):
            await profiles.use(node, OPT_IN.replace("hours = 4", "hours = 0"), "")
        assert node.folder.locality.read_text("utf-8") == default_text()
        assert await profiles.use(node, default_text(), "") is None


async def test_a_file_edited_by_hand_binds_with_the_next_process_and_is_told(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        name = await came(node)
        assert await sees(node, name)
        Folder(node.folder.root).locality.write_text(OPT_IN, "utf-8")
        assert await sees(node, name)
        async with opened(node.folder) as other:
            assert not await sees(other, name)
        assert not await sees(node, name)
        (line,) = [each for each in await told(node) if each.action == "profile"]
        assert line.because == (enacting.BY_HAND,)
