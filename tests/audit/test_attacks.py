"""Each attack on real files, with checksums made right again: the attacker can write the folder."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.ledger_parts import BY_HAND, KEY, SMALL, SetClock, entry
from throughcare.audit import checkpoint, frame, line, tree
from throughcare.audit.checkpoint import Checkpoint
from throughcare.audit.frame import Kind
from throughcare.audit.ledger import Ledger
from throughcare.audit.line import Block
from throughcare.audit.report import Fault, Report
from throughcare.audit.segment import Sizes
from throughcare.audit.verify import verify
from throughcare.kernel import NotFoundError

PUBLIC = KEY.public_key()
FIRST = "w0001-000001.segment"
Frames = list[tuple[Kind, bytes]]


def make(folder: Path, sizes: Sizes = SMALL) -> Path:
    """Make a closed ledger of 60 entries in blocks of 10, a checkpoint after each 20."""
    with Ledger.open(folder, SetClock(), KEY, sizes=sizes, pace=BY_HAND) as ledger:
        for number in range(1, 61):
            ledger.append(entry(number))
            if number % 20 == 0:
                ledger.checkpoint()
            elif number % 10 == 0:
                ledger.seal()
    return folder


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("pristine") / "ledger")


@pytest.fixture
def victim(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "victim"))


def read(path: Path) -> Frames:
    return [(found.kind, found.payload) for found in frame.frames(path.read_bytes())]


def rewrite(path: Path, frames: Frames) -> None:
    data = b"".join(frame.pack(kind, payload) for kind, payload in frames)
    path.write_bytes(data.ljust(path.stat().st_size, b"\0"))


def check(folder: Path, *faults: Fault) -> Report:
    report = verify(folder, PUBLIC)
    assert not report.ok, "the attack went unnoticed"
    assert report.findings[0].fault in faults, str(report)
    assert "NOT whole" in str(report)
    return report


def test_the_untouched_ledger_is_whole(pristine: Path) -> None:
    report = verify(pristine, PUBLIC)
    assert report.ok, str(report)
    assert (report.entries, report.blocks, report.checkpoints) == (60, 6, 3)
    assert (report.unsealed, report.unsigned) == (0, 0)


def test_a_changed_entry_is_found_and_placed(victim: Path) -> None:
    frames = read(victim / FIRST)
    at = next(i for i, (kind, _) in enumerate(frames) if kind is Kind.ENTRY)
    frames[at] = (Kind.ENTRY, frames[at][1].replace(b"crew-7", b"crew-8"))
    rewrite(victim / FIRST, frames)
    report = check(victim, Fault.CHANGE)
    assert "Entries 1 to 10 are not those that block 1 sealed" in report.findings[0].rule
    assert report.findings[0].file == FIRST


def test_a_deleted_entry_is_found(victim: Path) -> None:
    frames = read(victim / FIRST)
    del frames[3]
    rewrite(victim / FIRST, frames)
    assert "Entry 3 should stand here; it is 4" in str(check(victim, Fault.DELETION))


def test_a_deleted_entry_with_the_others_renumbered_is_found(victim: Path) -> None:
    frames = read(victim / FIRST)
    del frames[3]
    gone = 3
    for at, (kind, payload) in enumerate(frames):
        if kind is Kind.ENTRY and (number := line.read_line(payload).sequence) > gone:
            old, new = f'"sequence":{number},', f'"sequence":{number - 1},'
            frames[at] = (kind, payload.replace(old.encode(), new.encode()))
    rewrite(victim / FIRST, frames)
    check(victim, Fault.CHANGE, Fault.DELETION)


def test_two_entries_that_changed_places_are_found(victim: Path) -> None:
    frames = read(victim / FIRST)
    frames[2], frames[3] = frames[3], frames[2]
    rewrite(victim / FIRST, frames)
    check(victim, Fault.ORDER, Fault.DELETION)


def test_an_entry_twice_is_found(victim: Path) -> None:
    frames = read(victim / FIRST)
    frames.insert(3, frames[2])
    rewrite(victim / FIRST, frames)
    check(victim, Fault.ORDER)


@pytest.mark.parametrize("cut", ["block", "entry"])
def test_an_end_cut_off_right_after_a_block_or_entry_is_found(victim: Path, cut: str) -> None:
    newest = max(victim.glob("*.segment"))
    frames = read(newest)
    kind = Kind.BLOCK if cut == "block" else Kind.ENTRY
    ends = [i for i, one in enumerate(frames) if one[0] is kind]
    rewrite(newest, frames[: ends[-1] if cut == "block" else ends[-1] + 1])
    check(victim, Fault.TRUNCATION)
    assert "Entry 60 of worker 1 was signed" in str(verify(victim, PUBLIC))


def test_a_cut_at_each_frame_of_each_segment_is_found(pristine: Path, tmp_path: Path) -> None:
    for path in sorted(pristine.glob("*.segment")):
        for keep in range(len(read(path))):
            victim = Path(shutil.copytree(pristine, tmp_path / "cut", dirs_exist_ok=True))
            rewrite(victim / path.name, read(path)[:keep])
            assert not verify(victim, PUBLIC).ok, (path.name, keep)


def test_a_missing_segment_is_found(victim: Path) -> None:
    middle = sorted(victim.glob("*.segment"))[1]
    middle.unlink()
    assert "Segment 2 is missing" in str(check(victim, Fault.DELETION))


def test_all_segments_gone_is_found(victim: Path) -> None:
    for path in victim.glob("w0001*"):
        path.unlink()
    check(victim, Fault.TRUNCATION)


def test_an_emptied_segment_is_found(victim: Path) -> None:
    (victim / FIRST).write_bytes(bytes(8192))
    check(victim, Fault.DELETION)


def rehash(folder: Path, key: Ed25519PrivateKey | None) -> None:
    """Change entry 5 and make every block right again; sign anew if the attacker has a key."""
    head, leaves, signed = tree.ORIGIN, [], []
    for path in sorted(folder.glob("*.segment")):
        frames: Frames = []
        for kind, text in read(path):
            payload = text
            if kind is Kind.ENTRY:
                payload = payload.replace(b"Condition/5", b"Condition/6")
                leaves.append(tree.leaf(payload))
            elif kind is Kind.BLOCK:
                block = line.decode(payload, Block)
                assert block is not None
                new = [tree.root(leaves).hex(), head.hex()]
                payload = line.encode(
                    Block(block.worker, block.number, block.first, block.count, *new)
                )
                head, leaves = tree.link(payload), []
            elif kind is Kind.CHECKPOINT and key is not None:
                old = line.decode(payload, Checkpoint)
                assert old is not None
                made = Checkpoint(
                    checkpoint.fingerprint(key.public_key()),
                    *(old.worker, old.sequence, old.block, head.hex(), old.at),
                )
                payload = line.encode(checkpoint.sign(made, key))
                signed.append(payload)
            frames.append((kind, payload))
        rewrite(path, frames)
    if key is not None:
        (folder / "checkpoints").write_bytes(b"".join(one + b"\n" for one in signed))


def test_a_chain_made_anew_from_a_changed_entry_is_found(victim: Path) -> None:
    rehash(victim, None)
    check(victim, Fault.REHASH)


def test_a_chain_made_anew_and_signed_with_another_key_is_found(victim: Path) -> None:
    rehash(victim, Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    check(victim, Fault.SIGNATURE)


def test_a_chain_made_anew_with_the_nodes_own_key_is_found_by_a_witness(victim: Path) -> None:
    lodged = checkpoints(victim)[-1]
    rehash(victim, KEY)
    assert verify(victim, PUBLIC).ok, "nothing inside the folder can show this"
    report = verify(victim, PUBLIC, witnessed=[lodged])
    assert [one.fault for one in report.findings] == [Fault.REHASH]


def checkpoints(folder: Path) -> list[Checkpoint]:
    read_back = [line.decode(text, Checkpoint) for text in checkpoint.kept(folder)[:-1]]
    return [one for one in read_back if one is not None]


def test_an_older_copy_of_the_segments_is_found(tmp_path: Path) -> None:
    folder = make(tmp_path / "ledger")
    older = Path(shutil.copytree(folder, tmp_path / "older"))
    with Ledger.open(folder, SetClock(), KEY, sizes=SMALL) as ledger:
        ledger.append(entry(61))
    for path in folder.glob("*.segment"):
        path.unlink()
    for path in older.glob("*.segment"):
        shutil.copy(path, folder)
    check(folder, Fault.TRUNCATION)


def test_an_older_copy_of_the_whole_folder_is_found_by_a_witness(tmp_path: Path) -> None:
    folder = make(tmp_path / "ledger")
    older = Path(shutil.copytree(folder, tmp_path / "older"))
    with Ledger.open(folder, SetClock(), KEY, sizes=SMALL) as ledger:
        ledger.append(entry(61))
    lodged = checkpoints(folder)[-1]
    assert verify(folder, PUBLIC, witnessed=[lodged]).ok
    assert verify(older, PUBLIC).ok, "nothing inside the folder can show this"
    report = verify(older, PUBLIC, witnessed=[lodged])
    assert [one.fault for one in report.findings] == [Fault.ROLLBACK]


def _without_a_line(folder: Path) -> None:
    kept = (folder / "checkpoints").read_bytes().splitlines(keepends=True)
    (folder / "checkpoints").write_bytes(b"".join(kept[1:]))


def _without_the_file(folder: Path) -> None:
    (folder / "checkpoints").unlink()


def _without_one_in_the_segment(folder: Path) -> None:
    for path in folder.glob("*.segment"):
        rewrite(path, [one for one in read(path) if one[0] is not Kind.CHECKPOINT])


def _forged_head(folder: Path) -> None:
    text = (folder / "checkpoints").read_bytes()
    head = checkpoints(folder)[0].head.encode()
    (folder / "checkpoints").write_bytes(text.replace(head, b"00" * 32))


@pytest.mark.parametrize(
    "attack", [_without_a_line, _without_the_file, _without_one_in_the_segment, _forged_head]
)
def test_checkpoints_that_were_tampered_with_are_found(
    victim: Path, attack: Callable[[Path], None]
) -> None:
    attack(victim)
    check(victim, Fault.DELETION, Fault.SIGNATURE)


def test_a_note_of_a_crash_does_not_excuse_what_was_signed(victim: Path) -> None:
    paths = sorted(victim.glob("*.segment"))
    for path in paths[1:]:
        path.unlink()
    data = bytearray(paths[0].read_bytes())
    places = list(frame.frames(bytes(data)))
    data[places[-2].place + 3] ^= 255  # tears the last entries
    paths[0].write_bytes(data)
    Ledger.open(victim, SetClock(), KEY, sizes=SMALL).close()
    check(victim, Fault.TRUNCATION, Fault.REHASH)


def test_a_torn_end_before_what_was_signed_is_also_a_truncation(victim: Path) -> None:
    newest = max(victim.glob("*.segment"))
    data = bytearray(newest.read_bytes())
    data[next(frame.frames(bytes(data))).end + 3] ^= 255
    newest.write_bytes(data)
    faults = {one.fault for one in check(victim, Fault.TORN).findings}
    assert faults == {Fault.TORN, Fault.TRUNCATION}


def test_a_block_taken_out_with_its_entries_is_found(tmp_path: Path) -> None:
    victim = make(tmp_path / "ledger", Sizes(1 << 16))
    frames = read(victim / FIRST)
    first, second = [i for i, one in enumerate(frames) if one[0] is Kind.BLOCK][:2]
    rewrite(victim / FIRST, frames[: first + 1] + frames[second + 1 :])
    check(victim, Fault.DELETION)


def test_entries_of_another_worker_are_found(victim: Path) -> None:
    frames = [
        (kind, payload.replace(b'"worker":1', b'"worker":2'))
        for kind, payload in read(victim / FIRST)
    ]
    rewrite(victim / FIRST, frames)
    check(victim, Fault.CHANGE)


_SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_SETTINGS
@given(st.data())
def test_one_flipped_bit_anywhere_is_found(pristine: Path, data: st.DataObject) -> None:
    paths = sorted(path for path in pristine.iterdir() if path.stat().st_size)
    path = data.draw(st.sampled_from(paths))
    original = path.read_bytes()
    used = len(original.rstrip(b"\0"))
    near = st.integers(0, used - 1) if used else st.nothing()
    place = data.draw(near | st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        path.write_bytes(changed)
        report = verify(pristine, PUBLIC)
        assert not report.ok, (path.name, place)
        assert path.name in {one.file for one in report.findings} | {"checkpoints"}
    finally:
        path.write_bytes(original)


@_SETTINGS
@given(st.binary(max_size=300), st.data())
def test_any_bytes_instead_of_a_segment_are_a_finding_and_no_crash(
    pristine: Path, content: bytes, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(sorted(pristine.glob("*.segment"))))
    original = path.read_bytes()
    try:
        path.write_bytes(content)
        assert not verify(pristine, PUBLIC).ok
    finally:
        path.write_bytes(original)


def test_a_finding_says_place_rule_and_way_out(victim: Path) -> None:
    frames = read(victim / FIRST)
    del frames[3]
    rewrite(victim / FIRST, frames)
    text = str(verify(victim, PUBLIC).findings[0])
    assert text.startswith(f"{FIRST}, byte ")
    assert "restore the ledger from a copy" in text


def test_a_folder_without_ledger_or_key_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no ledger"):
        verify(tmp_path / "nowhere", PUBLIC)
    with pytest.raises(NotFoundError, match="no public key"):
        verify(tmp_path)
