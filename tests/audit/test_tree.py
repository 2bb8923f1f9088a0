from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from throughcare.audit import tree

contents = st.lists(st.binary(max_size=8), max_size=40)


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, as it is written there."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = naive_root(leaves[:split]), naive_root(leaves[split:])
    return sha256(b"\x01" + left + right).digest()


def naive_path(leaves: list[bytes], index: int) -> list[bytes]:
    """RFC 6962, 2.1.1, as it is written there."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*naive_path(leaves[:split], index), naive_root(leaves[split:])]
    return [*naive_path(leaves[split:], index - split), naive_root(leaves[:split])]


@given(contents)
def test_the_root_is_that_of_rfc_6962(texts: list[bytes]) -> None:
    leaves = [tree.leaf(text) for text in texts]
    assert tree.root(leaves) == naive_root(leaves)


@given(contents.filter(bool), st.data())
def test_each_leaf_has_the_path_of_rfc_6962_and_it_leads_to_the_root(
    texts: list[bytes], data: st.DataObject
) -> None:
    leaves = [tree.leaf(text) for text in texts]
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = tree.path(leaves, index)
    assert list(path) == naive_path(leaves, index)
    assert tree.root_of(leaves[index], index, len(leaves), path) == tree.root(leaves)


@given(contents.filter(lambda texts: len(set(texts)) > 1), st.data())
def test_another_leaf_place_or_path_does_not_lead_to_the_root(
    texts: list[bytes], data: st.DataObject
) -> None:
    leaves = [tree.leaf(text) for text in dict.fromkeys(texts)]
    count = len(leaves)
    index = data.draw(st.integers(0, count - 1))
    path = tree.path(leaves, index)
    root = tree.root(leaves)
    other = data.draw(st.integers(0, count - 1).filter(lambda at: at != index))
    assert tree.root_of(leaves[other], index, count, path) != root
    assert tree.root_of(leaves[index], other, count, path) != root
    assert tree.root_of(leaves[index], index, count, path[:-1]) != root
    assert tree.root_of(leaves[index], index, count, (*path, root)) is None
    assert tree.root_of(leaves[index], count, count, path) is None


def test_a_leaf_can_not_pass_for_a_node_or_a_block() -> None:
    left, right = tree.leaf(b"a"), tree.leaf(b"b")
    assert len({tree.leaf(left + right), tree.node(left, right), tree.link(left + right)}) == 3
