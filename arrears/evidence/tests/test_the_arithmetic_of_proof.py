"""Chain and tree, held against an own plain reading of RFC 9162 and against the bundle's checker."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from arrears.evidence import check_bundle, core

hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


def head(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word by word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\1" + head(leaves[:k]) + head(leaves[k:])).digest()


@given(hashes)
def test_the_top_of_the_tree_is_the_one_of_the_rfc(leaves):
    assert core.levels(leaves)[-1] == head(leaves) == check_bundle.top_of_all(leaves)


@given(hashes.filter(bool), st.data())
def test_every_path_leads_from_its_leaf_to_the_top(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    tree = core.levels(leaves)
    way = core.path(tree, index)
    assert check_bundle.top_of(leaves[index], index, len(leaves), way) == tree[-1]


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=40, unique=True), st.data())
def test_no_path_leads_from_another_leaf_or_place(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.integers(0, len(leaves) - 1).filter(lambda n: n != index))
    tree = core.levels(leaves)
    way = core.path(tree, index)
    assert check_bundle.top_of(leaves[other], index, len(leaves), way) != tree[-1]
    assert check_bundle.top_of(leaves[index], other, len(leaves), way) != tree[-1]


def test_a_link_is_the_hash_of_what_came_before_and_the_hash_of_the_body():
    body = '{"a":"中"}'
    assert core.link(core.BEGINNING, body) == sha256(bytes(32) + sha256(body.encode()).digest()).digest()
