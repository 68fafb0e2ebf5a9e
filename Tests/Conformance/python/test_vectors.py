"""Vectors that nobody on this project wrote, as far as a verifier meets them. Every case found is run."""

import base64
import json

import pytest

import tamga_verify as tamga
from verifier import ed25519

REFUSED_FLAGS = {"low_order_A", "non_canonical_R", "low_order_residue", "reencoded_k"}


def load(path):
    return json.loads(path.read_text("utf-8"))


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def test_inclusion_proofs(vectors):
    paths = sorted((vectors("merkle-proofs") / "inclusion").rglob("*.json"))
    assert paths
    for path in paths:
        case = load(path)
        proof = [decoded(node) for node in case["proof"] or []]
        root, leaf = decoded(case["root"]), decoded(case["leafHash"])
        holds = tamga.inclusion_holds(case["leafIdx"], case["treeSize"], leaf, proof, root)
        assert holds is not case["wantErr"], path


def test_consistency_proofs(vectors):
    """A proof from size 0 is refused, as the vectors want it."""
    paths = sorted((vectors("merkle-proofs") / "consistency").rglob("*.json"))
    assert paths
    for path in paths:
        case = load(path)
        proof = [decoded(node) for node in case["proof"] or []]
        roots = decoded(case["root1"]), decoded(case["root2"])
        holds = tamga.consistency_holds(case["size1"], case["size2"], *roots, proof)
        assert holds is not case["wantErr"], path


def test_reference_tree(vectors):
    case = load(vectors("rfc6962-tree") / "vectors.json")
    leaves = [tamga.leaf_hash(bytes.fromhex(text)) for text in case["leaf_inputs_hex"]]

    def root(start, end):
        if end - start == 1:
            return leaves[start]
        split = 1 << (end - start - 1).bit_length() - 1
        return tamga.node_hash(root(start, start + split), root(start + split, end))

    assert [node.hex() for node in leaves] == case["node_hashes_by_level_hex"][0]
    assert [root(0, size).hex() for size in range(1, 9)] == case["root_by_size_hex"][1:]

    def inclusion(index, start, end):
        if end - start == 1:
            return []
        split = start + (1 << (end - start - 1).bit_length() - 1)
        if index < split:
            return [*inclusion(index, start, split), root(split, end)]
        return [*inclusion(index, split, end), root(start, split)]

    for size in range(1, 9):
        for index in range(size):
            proof = inclusion(index, 0, size)
            assert tamga.inclusion_holds(index, size, leaves[index], proof, root(0, size))
            assert not tamga.inclusion_holds(index, size, leaves[index], [*proof, leaves[0]], root(0, size))


def test_verifier_keys(vectors):
    """Keys of types other than 1 and 4 are refused: so is the ML-DSA-44 key that the vectors take."""
    for case in load(vectors("signed-note") / "vectors.json")["vkeys"]:
        try:
            tamga.VerifierKey.parse(case["vkey"].encode())
        except tamga.Malformed:
            assert case["want_err"] or "algMLDSA44" in case["name"], case["name"]
        else:
            assert not case["want_err"], case["name"]


def test_signed_notes(vectors):
    for case in load(vectors("signed-note") / "vectors.json")["notes"]:
        note, key = tamga.Note.parse(case["note"].encode()), tamga.VerifierKey.parse(case["vkey"].encode())
        lines = [line for line in note.lines if key.owns(line)]
        assert lines
        assert all(key.verify(note, line.signature)[0] for line in lines) is case["verifies"], case["src"]


def test_cosignature_times(vectors):
    for case in load(vectors("signed-note") / "vectors.json")["cosignature_v1_timestamp"]:
        line = "— w ".encode() + case["sig_base64"].encode()
        try:
            parsed = tamga.SignatureLine.parse(line)
            if len(parsed.signature) != 8 + 64:
                raise tamga.Malformed("not a timestamped signature")
        except tamga.Malformed:
            assert case.get("want_err"), case
        else:
            assert int.from_bytes(parsed.signature[:8], "big") == case["unix"]


def test_origin_lengths(vectors):
    for case in load(vectors("signed-note") / "vectors.json")["checkpoint_origin_length"]:
        if "origin_utf8_repeat" in case:
            text, count = case["origin_utf8_repeat"]
            origin = text * count
        elif case["origin"].startswith("é*"):
            count = int(case["origin"].split("*")[1].split()[0])
            origin = "é" * count + ("a" if "+ a" in case["origin"] else "")
        else:
            origin = case["origin"]
        text = origin.encode() + b"\n1\n" + base64.b64encode(bytes(32)) + b"\n"
        try:
            assert tamga.Checkpoint.parse(text).origin == origin.encode()
            assert case["valid"], case
        except tamga.Malformed:
            assert not case["valid"], case


def predates_the_specification(policy: str) -> str | None:
    """Why the strict parser refuses a case of the accept list."""
    lines = [line.split() for line in policy.splitlines()]
    if any(not words[0].startswith("#") and any(word.startswith("#") for word in words) for words in lines if words):
        return "a comment after tokens"
    keys = [words[2] for words in lines if words and words[0] == "witness"]
    return "one key under two names" if len(keys) != len(set(keys)) else None


def test_policies(vectors):
    cases = load(vectors("tlog-policy") / "cases.json")
    for case in cases["accept"]:
        if reason := predates_the_specification(case["policy"]):
            with pytest.raises(tamga.Malformed):
                tamga.Policy.parse(case["policy"].encode())
            print(f"{case['name']}: refused, {reason}")
        else:
            tamga.Policy.parse(case["policy"].encode())
    for case in cases["reject"]:
        with pytest.raises(tamga.Malformed):
            tamga.Policy.parse(case["policy"].encode())


def test_proof_files(vectors):
    cases = load(vectors("tlog-proof") / "cases.json")
    for case in cases["marshal"]:
        file = tamga.ProofFile.parse(case["want"].encode())
        extra = case.get("extra_utf8")
        assert (file.index, file.checkpoint) == (case["index"], case["checkpoint"].encode()), case["name"]
        assert file.extra == (None if extra is None else extra.encode())
        assert file.hashes == [decoded(node) for node in case["hashes"]]
    for case in cases["unmarshal_errors"]:
        text = case.get("input") or "c2sp.org/tlog-proof@v1\nindex 0\n" + "a" * 66560 + "\n"
        with pytest.raises(tamga.Malformed):
            tamga.ProofFile.parse(text.encode())


def test_ed25519_edge_cases(vectors):
    cases = load(vectors("ed25519-edge") / "ed25519vectors.json")
    accepted = 0
    for case in cases:
        key, signature, message = bytes.fromhex(case["key"]), bytes.fromhex(case["sig"]), case["msg"].encode()
        flags = set(case.get("flags") or ())
        by_openssl = tamga.ed25519_verify(key, signature, message)
        assert by_openssl is tamga.ed25519_verify_slowly(key, signature, message), case["number"]
        taken = not tamga.is_small_order(key)
        assert taken is ("low_order_A" not in flags), case["number"]
        assert (taken and by_openssl) is (not flags & REFUSED_FLAGS), case["number"]
        accepted += taken and by_openssl
    assert 0 < accepted < len(cases)


def test_small_order_keys_are_refused_in_every_encoding():
    """All 256-bit numbers whose low 255 bits are the y of a small-order point, reduced or not, with either sign."""
    eight = next(
        point for y in range(2, 99) if (point := small_order_point(y)) is not None
    )
    heights = {0, 1, ed25519.P - 1, eight, ed25519.P - eight}
    found = 0
    for y in sorted(heights):
        for number in (y, y + ed25519.P):
            if number >= 1 << 255:
                continue
            for sign in (0, 1):
                encoded = (number | sign << 255).to_bytes(32, "little")
                assert tamga.is_small_order(encoded), encoded.hex()
                name, material = b"k", b"\x01" + encoded
                key_id = tamga.sha256(name, b"\n", material)[:4].hex().encode()
                with pytest.raises(tamga.Malformed, match="small order"):
                    tamga.VerifierKey.parse(b"+".join([name, key_id, base64.b64encode(material)]))
                found += 1
    assert found == 14


def small_order_point(y: int) -> int | None:
    """The y of a point of order eight: any point of the curve times the order of the prime subgroup."""
    point = ed25519.point_decode(y.to_bytes(32, "little"))
    if point is None:
        return None
    torsion = ed25519.point_encode(ed25519.point_times(ed25519.L, point))
    height = int.from_bytes(torsion, "little") & (1 << 255) - 1
    return height if height not in (0, 1, ed25519.P - 1) else None
