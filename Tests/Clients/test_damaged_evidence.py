"""One evidence file, changed at every byte and cut at every length: `tamga verify` never takes it for good."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import tamga


@pytest.fixture(scope="module")
def evidence(open_shop, tmp_path_factory):
    """The bytes of the evidence of a small receipt."""
    filed = open_shop.file(tamga.receipt(suffix="damage"))
    path = open_shop.evidence(filed, tmp_path_factory.mktemp("evidence") / "good.tlog-proof")
    assert open_shop.verify(path).status == 0
    return path.read_bytes()


@pytest.fixture(scope="module")
def verdicts(open_shop, tmp_path_factory):
    """A function that gives the exit code for each of many variants of a file."""
    folder = tmp_path_factory.mktemp("variants")
    path, key = str(open_shop.tamga.path), open_shop.key

    def verify(numbered) -> int:
        number, variant = numbered
        file = folder / str(number)
        file.write_bytes(variant)
        try:
            return subprocess.run(
                [path, "verify", str(file), "--key", key], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, timeout=60).returncode
        finally:
            os.unlink(file)

    def all_of(variants: list[bytes]) -> list[int]:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(verify, enumerate(variants)))

    return all_of


def test_flip_of_any_byte(evidence, verdicts):
    positions = range(len(evidence))
    variants = [evidence[:at] + bytes([evidence[at] ^ 1 << at % 8]) + evidence[at + 1 :] for at in positions]
    wrong = {at: code for at, code in zip(positions, verdicts(variants)) if code not in (3, 4)}
    assert not wrong, f"{len(wrong)} flips: {dict(list(wrong.items())[:10])}"


def test_cut_at_any_length(evidence, verdicts):
    wrong = {at: code for at, code in enumerate(verdicts([evidence[:at] for at in range(len(evidence))])) if code not in (3, 4)}
    assert not wrong, f"{len(wrong)} cuts: {dict(list(wrong.items())[:10])}"


def test_bytes_added_removed_or_swapped(evidence, verdicts):
    step = max(1, len(evidence) // 150)
    places = range(0, len(evidence), step)
    variants = [evidence[:at] + b"\n" + evidence[at:] for at in places]
    variants += [evidence[:at] + evidence[at + 1 :] for at in places]
    variants += [evidence[:at] + evidence[at + 1 : at + 2] + evidence[at : at + 1] + evidence[at + 2 :] for at in places]
    variants += [evidence + b"\n", evidence + b"x", b"\n" + evidence, b"\xef\xbb\xbf" + evidence, evidence * 2,
                 evidence.replace(b"\n", b"\r\n"), b"", b"\x00" * 1000, evidence.upper()]
    changed = [variant for variant in variants if variant != evidence]
    assert set(verdicts(changed)) <= {3, 4}


def test_evidence_of_another_ledger_is_not_in_this_one(open_shop, evidence, new_ledger, tmp_path):
    other = new_ledger("other", origin="other.example/tamga")
    same_name = new_ledger("same-name")
    file = tmp_path / "good.tlog-proof"
    file.write_bytes(evidence)
    for stranger in (other, same_name):
        assert stranger.verify(file).status == 4
    assert open_shop.verify(file).status == 0


def test_file_too_large_or_absent(open_shop, evidence, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(evidence + b"x" * (1 << 20))
    assert open_shop.verify(large).status == 3
    done = open_shop.verify(tmp_path / "absent")
    assert done.status == 2 and "absent" in done.all


def test_quorum_that_is_not_met_cannot_be_told(open_shop, evidence, tmp_path):
    file, policy = tmp_path / "good.tlog-proof", tmp_path / "policy"
    file.write_bytes(evidence)
    witness = "witness.example+3176bd45+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU"
    policy.write_text(f"log {open_shop.key}\nwitness w {witness}\nquorum w\n")
    assert open_shop.tamga.run("verify", file, "--policy", policy).status == 5
    policy.write_text(f"log {open_shop.key}\nquorum none\n")
    assert open_shop.tamga.run("verify", file, "--policy", policy).status == 0
    policy.write_text("nonsense\n")
    assert open_shop.tamga.run("verify", file, "--policy", policy).status == 2
