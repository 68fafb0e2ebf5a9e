"""The read side exactly as C2SP tlog-tiles, checked by a reader that was written from the texts alone."""

import base64
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor

import c2sp
import pytest

COUNT = 600


@pytest.fixture(scope="module")
def log(module_ledger):
    """A service with 600 raw entries: two full tiles and a partial one, and a partial tile above."""
    module_ledger.serve("--allow-raw")
    entries = [secrets.token_bytes(1 + number % 97) + number.to_bytes(4, "big") for number in range(COUNT)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda entry: module_ledger.post("/add", entry), entries))
    assert all(answer.status in (200, 201) for answer in answers), answers[0]
    module_ledger.added = {int(answer.text): entry for answer, entry in zip(answers, entries)}
    module_ledger.published(COUNT)
    return module_ledger


@pytest.fixture(scope="module")
def key(log):
    return c2sp.VerifierKey.parse(log.key)


@pytest.fixture(scope="module")
def checkpoint(log, key):
    return c2sp.Checkpoint.verified(log.get("/checkpoint").text, key)


@pytest.fixture(scope="module")
def leaves(log):
    return [c2sp.leaf_hash(log.added[index]) for index in range(COUNT)]


def fetch(log, path):
    answer = log.get(path)
    assert answer.status == 200, f"{path}: {answer}"
    return answer.body


def digest(text: str) -> bytes:
    return bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)


def test_every_index_is_given_once(log):
    assert sorted(log.added) == list(range(COUNT))


def test_checkpoint_is_signed_by_the_key_of_the_folder(checkpoint):
    assert checkpoint.origin == "test.example/tamga"
    assert checkpoint.size == COUNT


def test_checkpoint_is_text_and_not_cached_for_long(log):
    headers = log.get("/checkpoint").headers
    assert headers["content-type"].startswith("text/plain")
    assert "immutable" not in headers.get("cache-control", "")
    assert headers["access-control-allow-origin"] == "*"


def test_bundles_hold_what_was_added_and_give_the_root(log, checkpoint):
    entries = c2sp.read_entries(lambda path: fetch(log, path), checkpoint.size)
    assert entries == [log.added[index] for index in range(COUNT)]
    assert c2sp.root_of([c2sp.leaf_hash(entry) for entry in entries]) == checkpoint.root


def test_tiles_of_every_level_are_the_hashes_of_the_level_below(log, checkpoint, leaves):
    level, below = 0, leaves
    while below:
        tiles = [fetch(log, path) for path, _ in c2sp.tile_paths(level, len(below))]
        assert [len(tile) for tile in tiles] == [32 * width for _, width in c2sp.tile_paths(level, len(below))]
        assert b"".join(tiles) == b"".join(below)
        full = [below[start : start + c2sp.WIDTH] for start in range(0, len(below) - c2sp.WIDTH + 1, c2sp.WIDTH)]
        below = [c2sp.root_of(group) for group in full]
        level += 1
    assert level == 2


@pytest.mark.parametrize("path", ["/tile/0/000", "/tile/entries/001", "/tile/0/002.p/88", "/tile/1/000.p/2"])
def test_tiles_are_immutable_bytes_for_everybody(log, path):
    headers = log.get(path).headers
    assert headers["content-type"] == "application/octet-stream"
    assert "immutable" in headers["cache-control"] and "max-age" in headers["cache-control"]
    assert headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", [
    "/tile/0/003", "/tile/0/002", "/tile/0/002.p/89", "/tile/0/002.p/200", "/tile/1/000", "/tile/1/000.p/3", "/tile/1/001",
    "/tile/2/000.p/1", "/tile/entries/002", "/tile/entries/002.p/89", "/tile/entries/x001/000", "/tile/63/000",
])
def test_tiles_beyond_the_tree_are_not_found(log, path):
    assert log.get(path).status == 404


@pytest.mark.parametrize("path", [
    "/tile/0/2", "/tile/0/0000", "/tile/0/x000/000", "/tile/64/000", "/tile/-1/000", "/tile/00/000", "/tile/0/002.p/0",
    "/tile/0/001.p/256", "/tile/0/002.p/088", "/tile/0/002.p/", "/tile/0/", "/tile/", "/tile/0/000/", "/tile/entries/",
    "/tile/a/000", "/tile/0/+00", "/tile/0/%30%30%30.p/x", "/tile/0/..%2f..%2fverifier.key", "/tile/0/99999999999999999999",
])
def test_malformed_tile_paths_are_refused(log, path):
    assert log.get(path).status in (400, 404)


def test_partial_tile_of_an_earlier_size_is_a_prefix(log, leaves):
    answer = log.get("/tile/0/002.p/40")
    # A log may forget partial tiles that were overtaken; it may not invent them.
    assert answer.status == 404 or answer.body == b"".join(leaves[512:552])


@pytest.mark.parametrize("index", [0, 1, 255, 256, 511, 512, 598, 599])
def test_inclusion_by_index_and_by_leaf(log, key, leaves, index):
    by_index = log.get(f"/v1/inclusion?index={index}").json()
    assert log.get(f"/v1/inclusion?leaf={leaves[index].hex()}").json()["hashes"] == by_index["hashes"]
    signed = c2sp.Checkpoint.verified(by_index["checkpoint"], key)
    assert (signed.size, signed.root) == (by_index["size"], digest(by_index["root"]))
    assert by_index["index"] == index and digest(by_index["leaf_hash"]) == leaves[index]
    c2sp.check_inclusion(index, signed.size, leaves[index], c2sp.hashes(by_index["hashes"]), signed.root)


@pytest.mark.parametrize("size", [1, 2, 3, 100, 256, 257, 512, 599, 600])
def test_inclusion_at_an_earlier_size(log, leaves, size):
    index = size // 2
    answer = log.get(f"/v1/inclusion?index={index}&size={size}").json()
    root = c2sp.root_of(leaves[:size])
    assert answer["size"] == size and digest(answer["root"]) == root
    c2sp.check_inclusion(index, size, leaves[index], c2sp.hashes(answer["hashes"]), root)


@pytest.mark.parametrize("first, second", [
    (1, 2), (1, 600), (3, 7), (255, 256), (256, 257), (256, 512), (257, 599), (511, 600), (512, 600), (600, 600), (0, 600),
])
def test_consistency(log, leaves, first, second):
    answer = log.get(f"/v1/consistency?from={first}&to={second}")
    assert answer.status == 200, answer
    body = answer.json()
    assert (body["from"], body["to"]) == (first, second)
    c2sp.check_consistency(
        first, second, c2sp.hashes(body["hashes"]), c2sp.root_of(leaves[:first]), c2sp.root_of(leaves[:second]))


@pytest.mark.parametrize("query", [
    "/v1/inclusion?index=600", "/v1/inclusion?index=-1", "/v1/inclusion?index=x", "/v1/inclusion", "/v1/inclusion?leaf=00",
    "/v1/inclusion?leaf=" + "0" * 64, "/v1/inclusion?index=5&size=5", "/v1/inclusion?index=5&size=601",
    "/v1/inclusion?index=18446744073709551616", "/v1/inclusion?index=1&size=18446744073709551615",
    "/v1/consistency?from=2&to=1", "/v1/consistency?from=1&to=601", "/v1/consistency?to=1", "/v1/consistency?from=a&to=b",
    "/v1/consistency?from=9223372036854775808&to=18446744073709551615",
])
def test_proofs_that_cannot_be_are_refused_as_problems(log, query):
    answer = log.get(query)
    assert answer.status in (400, 404), answer
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["status"] == answer.status


def test_equal_entry_keeps_its_index(log):
    entry = log.added[17]
    again = log.post("/add", entry)
    assert (again.status, again.text) == (200, "17")
    assert log.published()[0] == COUNT


def test_entry_sizes_at_their_limits(new_ledger):
    ledger = new_ledger("limits").serve("--allow-raw")
    largest = secrets.token_bytes(65_535)
    assert ledger.post("/add", largest).text == "0"
    assert ledger.post("/add", largest + b"x").status == 413
    size, _ = ledger.published(1)
    assert size == 1
    assert c2sp.read_entries(lambda path: fetch(ledger, path), 1) == [largest]


def test_empty_ledger_has_a_signed_empty_root_or_none(new_ledger):
    ledger = new_ledger("empty").serve()
    answer = ledger.get("/checkpoint")
    if answer.status == 200:
        signed = c2sp.Checkpoint.verified(answer.text, c2sp.VerifierKey.parse(ledger.key))
        assert (signed.size, signed.root) == (0, hashlib.sha256(b"").digest())
    else:
        assert answer.status in (404, 503)
    assert ledger.get("/tile/0/000").status == 404
