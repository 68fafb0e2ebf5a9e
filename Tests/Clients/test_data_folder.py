"""A data folder that is not what it should be: in use, another's, an older copy, open to others, damaged."""

import os
import shutil
import stat
import subprocess

import pytest
import tamga


def serve(ledger) -> tamga.Done:
    """Starts a service that is expected to refuse."""
    try:
        return ledger.command(
            "serve", "--listen", f"127.0.0.1:{tamga.free_port()}", "--posapi", f"127.0.0.1:{tamga.free_port()}", timeout=8)
    except subprocess.TimeoutExpired:
        pytest.fail("the service started, though it should have refused the folder")


def refuses(ledger, *words) -> str:
    done = serve(ledger)
    assert done.status not in (0, 2), done.all
    told = done.all.lower()
    assert all(word in told for word in words), done.all
    assert len(done.error.strip().splitlines()) <= 6, "one clear complaint, no trace"
    return told


def filled(ledger, count=3):
    """A stopped ledger with some raw entries."""
    ledger.serve("--allow-raw")
    for number in range(count):
        assert ledger.post("/add", b"entry %d" % number).status in (200, 201)
    assert ledger.stop() == 0
    return ledger


def test_second_service_on_the_same_folder_is_refused(shop):
    told = refuses(shop)
    assert any(word in told for word in ("lock", "running", "use", "another")), told
    assert shop.file(tamga.receipt()).index >= 0
    assert shop.stop() == 0
    shop.restart()


def test_folder_that_is_no_ledger(cli, tmp_path):
    for data in (tmp_path, tmp_path / "absent"):
        done = cli.run("audit", "--data", data)
        assert done.status != 0 and "tamga init" in done.all, done.all


def test_key_of_another_ledger_is_refused(new_ledger):
    mine, other = filled(new_ledger("mine")), filled(new_ledger("other", origin="other.example/x"))
    shutil.copy2(other.data / "keys" / "log.key", mine.data / "keys" / "log.key")
    refuses(mine, "another ledger")


def test_journal_of_another_ledger_is_refused(new_ledger):
    mine, other = filled(new_ledger("mine")), filled(new_ledger("other"))
    shutil.rmtree(mine.data / "journal")
    shutil.copytree(other.data / "journal", mine.data / "journal")
    refuses(mine)
    assert mine.command("audit").status == 1


def test_store_key_of_another_ledger_is_noticed(new_ledger):
    mine, other = new_ledger("mine").enrol_merchants(), new_ledger("other").enrol_merchants()
    mine.serve()
    mine.file(tamga.receipt())
    assert mine.stop() == 0
    shutil.copy2(other.data / "keys" / "store.key", mine.data / "keys" / "store.key")
    refuses(mine)


@pytest.mark.parametrize("name", ["log.key", "store.key", "pepper.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_key_that_others_may_read_is_refused(ledger, name, mode):
    key = ledger.data / "keys" / name
    key.chmod(mode)
    assert "chmod 600" in refuses(ledger)
    assert stat.S_IMODE(key.stat().st_mode) == mode, "nobody asked to change it"
    key.chmod(0o600)
    ledger.serve()


@pytest.mark.parametrize("name", ["log.key", "store.key", "pepper.key", "signer.state", "ledger.conf"])
def test_missing_file_is_refused_by_name(new_ledger, name):
    ledger = filled(new_ledger())
    path = ledger.data / name if (ledger.data / name).exists() else ledger.data / "keys" / name
    path.unlink()
    told = refuses(ledger)
    assert name in told or "tamga init" in told


def test_older_copy_of_the_folder_is_refused_and_says_what_to_do(new_ledger):
    ledger = filled(new_ledger())
    old = ledger.data.parent / "older"
    shutil.copytree(ledger.data, old)
    ledger.restart()
    ledger.post("/add", b"later")
    assert ledger.stop() == 0
    newer = ledger.data.rename(ledger.data.parent / "newer")
    old.rename(ledger.data)
    told = refuses(ledger)
    assert any(word in told for word in ("older", "behind", "signed more", "restore")), told
    assert ledger.command("issuer", "add-merchant", "--tin", "11122233344", "--name", "x").status == 1
    # With the newest copy it goes on.
    shutil.rmtree(ledger.data)
    newer.rename(ledger.data)
    ledger.restart()
    assert ledger.post("/add", b"later still").text == "4"


def test_folder_moved_elsewhere_goes_on(new_ledger):
    ledger = filled(new_ledger())
    ledger.data = ledger.data.rename(ledger.data.parent / "elsewhere")
    ledger.restart()
    assert ledger.post("/add", b"after the move").text == "3"


def journal_files(ledger):
    return sorted(path for path in (ledger.data / "journal").iterdir() if path.is_file())


def test_audit_names_the_first_bad_byte_of_a_flip(new_ledger):
    ledger = filled(new_ledger(), 40)
    assert ledger.command("audit").status == 0
    path = journal_files(ledger)[0]
    whole = path.read_bytes()
    end = whole.rindex(b"entry 39")
    for at in [0, 9, 50, 100, 127, *range(128, end, max(1, (end - 128) // 40))]:
        flip(path, at)
        done = ledger.command("audit")
        assert done.status == 1, f"byte {at}: {done.all}"
        assert path.name in done.all or "offset" in done.all or "byte" in done.all or "index" in done.all, done.all
        flip(path, at)
    assert path.read_bytes() == whole and ledger.command("audit").status == 0


def flip(path, at):
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0x10]))


def test_service_refuses_a_journal_damaged_below_the_watermark(new_ledger):
    ledger = filled(new_ledger(), 40)
    path = journal_files(ledger)[0]
    whole = path.read_bytes()
    flip(path, whole.index(b"entry 7"))
    refuses(ledger)
    flip(path, whole.index(b"entry 7"))
    os.truncate(path, whole.rindex(b"entry 39"))
    refuses(ledger)
    path.write_bytes(whole)
    ledger.restart()
    assert ledger.post("/add", b"new").text == "40"


def test_audit_and_prove_change_nothing_and_need_no_write_access(new_ledger, tmp_path):
    ledger = new_ledger().enrol_merchants().serve()
    filed = ledger.file(tamga.receipt())
    evidence = tmp_path / "beside.tlog-proof"
    ledger.must("prove", "--index", filed.index, "--out", evidence)
    ledger.must("audit")
    assert ledger.verify(evidence).status == 0
    assert ledger.stop() == 0
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in ledger.data.rglob("*") if path.is_file()}
    ledger.must("audit")
    ledger.must("prove", "--index", filed.index, "--out", tmp_path / "after.tlog-proof")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in ledger.data.rglob("*") if path.is_file()} == before


def test_signer_state_configured_elsewhere_must_be_there(cli, tmp_path):
    state = tmp_path / "usb" / "state"
    state.parent.mkdir()
    cli.must("init", "--data", tmp_path / "data", "--origin", "example.mn/x", "--signer-state", state)
    ledger = tamga.Ledger(cli, tmp_path / "data", "example.mn/x")
    try:
        filled(ledger)
        kept = state.read_bytes()
        state.unlink()
        assert "restore" in refuses(ledger)
        state.write_bytes(kept)
        ledger.restart()
    finally:
        ledger.close()
