"""Merkle tree: RFC 6962 section 2.1."""

from __future__ import annotations

from verifier.encoding import sha256


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00", entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01", left, right)


def inclusion_holds(index: int, size: int, leaf: bytes, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size or len(leaf) != 32 or any(len(node) != 32 for node in proof):
        return False
    position, last, value = index, size - 1, leaf
    for node in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            value = node_hash(node, value)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            value = node_hash(value, node)
        position, last = position >> 1, last >> 1
    return last == 0 and value == root


def consistency_holds(size1: int, size2: int, root1: bytes, root2: bytes, proof: list[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2. A proof from the empty tree is refused: it says nothing."""
    if not 0 < size1 <= size2 or any(len(node) != 32 for node in proof):
        return False
    if size1 == size2:
        return not proof and root1 == root2
    nodes = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    if not nodes:
        return False
    position, last = size1 - 1, size2 - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, node)
        position, last = position >> 1, last >> 1
    return last == 0 and old == root1 and new == root2
