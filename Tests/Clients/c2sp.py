"""Reads a transparency log as a stranger would: written from the C2SP texts (signed-note, tlog-checkpoint, tlog-tiles) and RFC 9162
alone, with `cryptography` for Ed25519. Shares nothing with the implementation under test."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256
Digest = bytes


def leaf_hash(entry: bytes) -> Digest:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: Digest, right: Digest) -> Digest:
    return hashlib.sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The roots of the perfect subtrees of a growing tree; gives its root at any moment."""

    def __init__(self) -> None:
        self.size = 0
        self.nodes: list[tuple[int, Digest]] = []

    def append(self, leaf: Digest) -> None:
        height, node = 0, leaf
        while self.nodes and self.nodes[-1][0] == height:
            node = node_hash(self.nodes.pop()[1], node)
            height += 1
        self.nodes.append((height, node))
        self.size += 1

    def root(self) -> Digest:
        if not self.nodes:
            return hashlib.sha256(b"").digest()
        root = self.nodes[-1][1]
        for _, node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root


def root_of(leaves: list[Digest]) -> Digest:
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


@dataclass
class VerifierKey:
    name: str
    key_id: bytes
    public: Ed25519PublicKey

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        name, key_id, encoded = text.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        assert raw[0] == 1 and len(raw) == 33, "not an Ed25519 key"
        expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        assert expected.hex() == key_id, "the key id is not of this key"
        return cls(name, expected, Ed25519PublicKey.from_public_bytes(raw[1:]))


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: Digest

    @classmethod
    def verified(cls, note: str, key: VerifierKey) -> "Checkpoint":
        """Reads a signed note and demands exactly one good signature of the key."""
        text, separator, signatures = note.rpartition("\n\n")
        assert separator and signatures.endswith("\n"), "not a signed note"
        text += "\n"
        good = 0
        for line in signatures.splitlines():
            dash, name, encoded = line.split(" ")
            assert dash == "\u2014"
            raw = base64.b64decode(encoded, validate=True)
            if name == key.name and raw[:4] == key.key_id:
                key.public.verify(raw[4:], text.encode())
                good += 1
        assert good == 1, "the log's own signature is missing"
        origin, size, root = text.split("\n")[:3]
        assert origin == key.name and str(int(size)) == size
        return cls(origin, int(size), base64.b64decode(root, validate=True))


def tile_index(number: int) -> str:
    """`x001/x234/067`: three digits a step, all but the last behind an x."""
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03}")
    return "/".join(reversed(parts))


def tile_paths(level: int | str, count: int) -> list[tuple[str, int]]:
    """Path and width of every tile of a level that holds `count` hashes or entries."""
    paths = [(f"/tile/{level}/{tile_index(number)}", WIDTH) for number in range(count // WIDTH)]
    if count % WIDTH:
        paths.append((f"/tile/{level}/{tile_index(count // WIDTH)}.p/{count % WIDTH}", count % WIDTH))
    return paths


def entries_of(bundle: bytes) -> list[bytes]:
    """An entry bundle: for each entry a big-endian u16 length and its bytes."""
    entries = []
    position = 0
    while position < len(bundle):
        length = int.from_bytes(bundle[position : position + 2], "big")
        entry = bundle[position + 2 : position + 2 + length]
        assert len(entry) == length, "the bundle ends inside an entry"
        entries.append(entry)
        position += 2 + length
    return entries


def check_inclusion(index: int, size: int, leaf: Digest, proof: list[Digest], root: Digest) -> None:
    """RFC 9162, 2.1.3.2."""
    assert index < size
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        assert sn != 0, "the proof is too long"
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            r = node_hash(r, p)
        fn >>= 1
        sn >>= 1
    assert sn == 0, "the proof is too short"
    assert r == root, "the proof leads to another root"


def check_consistency(first: int, second: int, proof: list[Digest], first_root: Digest, second_root: Digest) -> None:
    """RFC 9162, 2.1.4.2."""
    assert first <= second
    if first == second:
        assert not proof and first_root == second_root
        return
    if first == 0:
        assert not proof
        return
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]
    for c in path[1:]:
        assert sn != 0, "the proof is too long"
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            sr = node_hash(sr, c)
        fn >>= 1
        sn >>= 1
    assert sn == 0 and fr == first_root and sr == second_root, "the trees are not consistent"


def hashes(texts: list[str]) -> list[Digest]:
    decoded = [base64.b64decode(text, validate=True) for text in texts]
    assert all(len(digest) == 32 for digest in decoded)
    return decoded


def read_entries(get, size: int) -> list[bytes]:
    """All entries of a log, by its bundles. `get(path)` gives bytes."""
    entries: list[bytes] = []
    for path, width in tile_paths("entries", size):
        part = entries_of(get(path))
        assert len(part) == width, f"{path} holds {len(part)} entries"
        entries += part
    return entries
