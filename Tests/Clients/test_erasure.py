"""Erasure: afterwards nothing of the record can be found in any file of the data folder, and what stays of it is true."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import tamga
from erased_case import DOCUMENT, SMALL, Case
from signing import act
from tamga import BASIS


@pytest.fixture
def case(new_ledger, pki, tmp_path):
    return Case(new_ledger(**SMALL), pki, tmp_path)


@pytest.mark.parametrize("height", [4, 16], ids=["from segments", "from the journal"])
@pytest.mark.parametrize("is_running", [True, False], ids=["beside a service", "on a closed folder"])
def test_nothing_of_an_erased_record_is_left(new_ledger, pki, tmp_path, height, is_running):
    case = Case(new_ledger(**SMALL | {"segment_height": height}), pki, tmp_path)
    ledger = case.ledger
    ledger.compact()
    if height == 16:
        assert all(case.payloads), "what is sought for was found before"
    # The search finds what is there before.
    with pytest.raises(AssertionError):
        case.check_gone()
    if not is_running:
        assert ledger.stop() == 0
    case.erase()
    again = ledger.must("erase", "--index", case.receipt.index, "--basis", "another basis").output
    assert "was erased before" in again and BASIS in again
    case.check_gone()
    if not is_running:
        ledger.restart()
    case.check_answers(tmp_path)
    case.check_gone()
    case.check_audit()

    ledger.kill()
    case.check_audit()
    ledger.restart()
    case.check_answers(tmp_path)
    ledger.compact("--seal-tail")
    case.check_gone()
    assert ledger.stop() == 0
    case.check_gone()
    case.check_audit()


def test_basis_and_record_are_looked_at_first(case):
    ledger = case.ledger
    size = ledger.size
    for basis in ("", " ", "two\nlines", "x" * 501):
        done = ledger.command("erase", "--index", case.receipt.index, "--basis", basis)
        assert done.status in (1, 2) and done.error.strip()
    for index in (0, 100_000):
        done = ledger.command("erase", "--index", index, "--basis", BASIS)
        assert done.status == 1 and done.error.strip(), "an issuer's record is not erased, nor what is not there"
    assert ledger.size == size
    assert ledger.get(case.receipt.headers["tamga-evidence"]).status == 200


def test_erasure_is_an_entry_with_evidence_of_its_own(case, tmp_path):
    case.erase()
    ledger = case.ledger
    index = len(case.entries)
    ledger.must("prove", "--index", index, "--out", tmp_path / "erasure.tlog-proof")
    told = json.loads(ledger.verify(tmp_path / "erasure.tlog-proof", "--json").output)
    fields = {field["name"]: field["value"] for field in told["fields"] if field["shown"]}
    assert fields["index"] == str(case.receipt.index) and fields["basis"] == BASIS and fields["action"] == "erased"
    assert fields["commitment"] == case.entries[case.receipt.index][10:].hex()


def test_an_erased_receipt_is_no_repetition_and_numbers_go_on(case):
    case.erase()
    ledger = case.ledger
    filed = ledger.file(case.body).json()
    assert filed["id"] != case.receipt.json()["id"] and filed["id"] not in {answer.json()["id"] for answer in case.kept[1:]}
    deed = case.office.registered(act(DOCUMENT))
    assert deed.json()["act"] > case.deed.json()["act"], "an act's number is not given again"
    case.check_audit()


@pytest.mark.parametrize("parts", [["segments", "index"], ["keys"], ["segments", "index", "keys"]], ids=" and ".join)
def test_files_restored_from_before_are_erased_again_before_anything_is_served(case, tmp_path, parts):
    """Record files, index and keys of an older copy under the ledger that knows of the erasure."""
    ledger = case.ledger
    ledger.compact()
    assert ledger.stop() == 0
    copy = tmp_path / "copy"
    shutil.copytree(ledger.data, copy)
    ledger.restart()
    case.erase()
    assert ledger.stop() == 0
    for part in parts:
        for path in (copy / part).rglob("*"):
            if path.is_file():
                target = ledger.data / path.relative_to(copy)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)
    if "segments" in parts:
        drop_later_manifests(ledger.data / "segments", copy / "segments")
    ledger.restart()
    case.check_answers(tmp_path)
    case.check_gone()
    ledger.compact("--seal-tail")
    case.check_gone()
    assert ledger.stop() == 0
    case.check_audit()


def drop_later_manifests(folder: Path, old: Path) -> None:
    """A record file belongs to its manifest: those of the copy are in force again, files of later generations are leftovers."""
    names = {path.name for path in old.iterdir()}
    for path in folder.glob("*.records*"):
        stem = path.name.split(".")[0]
        if path.name not in names and f"{stem}.manifest" in names:
            path.unlink()


def test_older_copy_of_the_whole_folder_is_refused(case, tmp_path):
    """It knows of no erasure, and would serve the record: the second copy of the signer's state gives it away."""
    ledger = case.ledger
    assert ledger.stop() == 0
    shutil.copytree(ledger.data, tmp_path / "copy")
    ledger.restart()
    case.erase()
    assert ledger.stop() == 0
    shutil.rmtree(ledger.data)
    shutil.copytree(tmp_path / "copy", ledger.data)
    done = ledger.command("issuer", "suspend", "--id", tamga.MERCHANT)
    assert done.status == 1 and done.error.strip()


@pytest.mark.faults
def test_erasure_killed_on_its_way_is_finished_at_the_next_start(new_ledger, pki, tmp_path):
    for number in range(6):
        case = Case(new_ledger(f"killed-{number}", **SMALL), pki, tmp_path)
        ledger = case.ledger
        ledger.compact()
        asking = [subprocess.Popen(
            [str(ledger.tamga.path), "erase", "--data", str(ledger.data), "--index", str(answer.index), "--basis", BASIS],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ledger.tamga.environment) for answer in case.erased]
        time.sleep(0.015 * (number + 1))
        ledger.kill()
        for process in asking:
            process.wait(timeout=60)
        ledger.must("audit")
        ledger.restart()
        # Whatever was recorded is done; whatever was not is as it was and may be asked for again.
        for answer in case.erased:
            assert ledger.get(answer.headers["tamga-evidence"]).status in (200, 410)
        case.erase()
        case.check_gone()
        case.check_answers(tmp_path)
        case.check_audit()
        ledger.close()
