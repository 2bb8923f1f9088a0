"""The life of an export: whose it is, how long it stays, and what a restart does to it."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from api.export_parts import RESEARCHER, client_of, exported, finished, people, visible
from doors.node_parts import (
    asks,
    node_in,
)
from throughcare.app.node import Node, opened
from throughcare.disclosure.exporting import content
from throughcare.disclosure.exporting.job import State
from throughcare.disclosure.exporting.shelf import Shelf
from throughcare.model.request import Purpose, Role


async def test_an_export_is_its_askers_alone_and_gone_when_deleted(node: Node) -> None:
    await people(node, "yes")
    other = asks(Role.RESEARCHER, Purpose.HRESCH, organisation="ROTHER")
    async with client_of(node, RESEARCHER) as client, client_of(node, other) as stranger:
        begun = await client.get("Patient/$export")
        place = begun.headers["content-location"]
        manifest = (await finished(client, place)).json()
        unknown = await stranger.get(f"_export/jobs/{'0' * 32}")
        for url in (place, manifest["output"][0]["url"]):
            hidden = await stranger.get(url)
            assert (hidden.status_code, hidden.content) == (404, unknown.content)
        assert (await stranger.delete(place)).status_code == 404
        assert (await client.delete(place)).status_code == 202
        assert (await client.get(place)).status_code == 404
        assert (await client.get(manifest["output"][0]["url"])).status_code == 404
    assert not list(node.folder.exports.iterdir())


async def test_an_export_is_gone_after_a_day(node: Node) -> None:
    await people(node, "yes")
    async with client_of(node, RESEARCHER) as client:
        begun = await client.get("Patient/$export")
        reply = await finished(client, begun.headers["content-location"])
    assert reply.headers["expires"].endswith("GMT")
    shelf = Shelf(node.folder.exports)
    (job,) = shelf.all()
    shelf.sweep(job.expires)
    assert not list(node.folder.exports.iterdir())


async def test_only_so_many_exports_are_kept(node: Node) -> None:
    async with client_of(node, RESEARCHER) as client:
        replies = [await client.get("Patient/$export") for _ in range(9)]
    assert [each.status_code for each in replies] == [202] * 8 + [503]


async def test_to_ask_for_headers_begins_no_export(node: Node) -> None:
    async with client_of(node, RESEARCHER) as client:
        refused = await client.head("Patient/$export")
    assert refused.status_code == 405
    assert not list(Shelf(node.folder.exports).all())


async def test_nothing_of_any_record_waits_on_disk(node: Node) -> None:
    await people(node, "yes")
    async with client_of(node, RESEARCHER) as client:
        await exported(client, "Patient/$export")
    kept = b"".join(each.read_bytes() for each in node.folder.exports.rglob("*") if each.is_file())
    assert b"Persona" not in kept
    assert b"195967001" not in kept


async def test_a_restart_goes_on_where_the_work_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "COUNTED_AT_ONCE", 1)
    steps = 0
    reached = asyncio.Event()
    real = content.Content.amounts

    async def amounts(*words: Any) -> Any:  # noqa: ANN401 - as the one it stands for
        nonlocal steps
        steps += 1
        if steps == 3:
            reached.set()
            await asyncio.Event().wait()  # until the node stops
        return await real(*words)

    async with node_in(tmp_path) as node:
        await people(node, *["yes"] * 4)
        monkeypatch.setattr(content.Content, "amounts", amounts)
        monkeypatch.setattr("throughcare.disclosure.exporting.exports.COUNTED_AT_ONCE", 1)
        async with client_of(node, RESEARCHER) as client:
            begun = await client.get("Patient/$export")
            await reached.wait()
            place = begun.headers["content-location"]
            waiting = await client.get(place)
            assert waiting.status_code == 202
            assert waiting.headers["x-progress"] not in {"0%", "100%"}
    async with opened(node.folder) as again:
        (job,) = Shelf(again.folder.exports).all()
        assert job.state is State.UNDER_WAY
        assert 0 < job.done < job.total
        await again.operations.exports.resume()
        async with client_of(again, RESEARCHER) as client:
            manifest = (await finished(client, place)).json()
            counts: Counter[str] = Counter()
            for file in manifest["output"]:
                counts[file["type"]] += file["count"]
        whole = await visible(again, RESEARCHER)
        assert counts == {type_: len(bodies) for type_, bodies in whole.items()}


async def test_two_processes_never_work_on_one_export(node: Node) -> None:
    async with client_of(node, RESEARCHER) as client:
        begun = await client.get("Patient/$export")
        await finished(client, begun.headers["content-location"])
    shelf = Shelf(node.folder.exports)
    (job,) = shelf.all()
    with shelf.lock(job.id) as mine, Shelf(node.folder.exports).lock(job.id) as also:
        assert mine
        assert not also
    with shelf.lock("nobody") as gone:
        assert not gone
