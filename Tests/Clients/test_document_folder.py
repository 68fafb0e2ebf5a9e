"""Documents that are kept for acts, in their folder: killed half way, damaged, telling nothing, kept by command, gone with their act."""

import http.client
import os
import secrets
import shutil
import socket
import time

import pytest
from act_cases import refused
from kept_documents import PLAN, SKETCH, Case, files, sha256
from signing import Office, will
from tamga import BASIS, Ledger, Tamga


def test_killed_in_the_middle_nothing_counts(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust, "--keep-documents")
    case = Case(Office.enrol(ledger, pki, "NT001"))
    case.keep(PLAN)
    host, port = ledger.api.split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"PUT {case.path(sha256(case.main))} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {case.office.token}\r\n"
        connection.sendall((head + f"Content-Length: {len(case.main)}\r\n\r\n").encode() + case.main[:-1])
        deadline = time.monotonic() + 10
        while not any(name.endswith(".new") for name in files(ledger)):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        ledger.kill()
    assert any(name.endswith(".new") for name in files(ledger))
    ledger.restart()
    assert len(files(ledger)) == 1
    assert case.states[sha256(case.main)] == "with-notary" and case.states[sha256(PLAN)] == "kept"
    case.keep(case.main)
    assert case.ask("GET", sha256(case.main)).body == case.main


def test_damage_is_found_when_read_and_by_the_audit(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust, "--keep-documents")
    case = Case(Office.enrol(ledger, pki, "NT001"))
    case.keep(case.main)
    assert "documents: 1 kept ones are whole" in ledger.must("audit").output
    path = ledger.data / "documents" / files(ledger)[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:300] + bytes([whole[300] ^ 1]) + whole[301:])
    damaged = case.ask("GET", sha256(case.main))
    assert damaged.status >= 500 and case.main[:100] not in damaged.body
    audit = ledger.command("audit")
    assert audit.status == 1 and f"documents/{path.name}" in audit.output and "hand the document in again" in audit.output
    # In the middle: what was sent before was right, and the rest is missing.
    big = Case(case.office, main=secrets.token_bytes(3 << 20))
    big.keep(big.main)
    other = next(ledger.data / "documents" / name for name in files(ledger) if name != path.name)
    content = other.read_bytes()
    other.write_bytes(content[: 2 << 20] + bytes([content[2 << 20] ^ 1]) + content[(2 << 20) + 1 :])
    with pytest.raises((http.client.IncompleteRead, OSError)):
        big.ask("GET", sha256(big.main))
    # Whoever has the document mends it.
    assert case.put(case.main).status == 201 and big.put(big.main).status == 201
    assert "documents: 2 kept ones are whole" in ledger.must("audit").output
    assert big.ask("GET", sha256(big.main)).body == big.main


def test_names_and_files_tell_nothing_of_wills(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust, "--keep-documents")
    office = Office.enrol(ledger, pki, "NT001")
    content = "Гэрээслэл загвар ".encode() * 5000
    case = Case(office, will(content), content)
    case.keep(content)
    assert len(files(ledger)) == 1 and len(files(ledger)[0]) == 64
    raw = (ledger.data / "documents" / files(ledger)[0]).read_bytes()
    assert content[:32] not in raw and bytes.fromhex(sha256(content)) not in raw
    assert sha256(content) not in files(ledger)[0]
    # The operator has no such act, in no notary's name, and the log of the service does not say it either.
    for command in (
        ("documents", case.number), ("documents", "--notary", "NT001", case.number),
        ("document", case.number, sha256(content), "--out", ledger.data.parent / "out"),
        ("document", "--notary", "NT001", case.number, sha256(content), "--out", ledger.data.parent / "out"),
    ):
        done = ledger.command("deed", *command)
        assert done.status != 0 and case.number not in done.all
    assert sha256(content) not in ledger.log() and case.number not in ledger.log()
    assert not (ledger.data.parent / "out").exists()
    assert case.ask("GET", sha256(content)).body == content


@pytest.mark.parametrize("is_running", [True, False], ids=["beside the service", "closed folder"])
def test_the_command_line_keeps_lists_and_fetches(new_ledger, pki, tmp_path, is_running):
    ledger = new_ledger().serve("--trust", pki.trust, "--keep-documents")
    Office.enrol(ledger, pki, "NT002")
    case = Case(Office.enrol(ledger, pki, "NT001"))
    if not is_running:
        ledger.stop()
    paths = [tmp_path / name for name in ("main.pdf", "plan.pdf", "sketch.pdf")]
    for path, content in zip(paths, (case.main, PLAN, SKETCH)):
        path.write_bytes(content)
    done = ledger.must("deed", "keep", "--notary", "NT001", case.number, *paths)
    assert done.output.count("kept: ") == 3 and sha256(PLAN) in done.output
    listed = ledger.must("deed", "documents", "--notary", "NT001", case.number).output
    assert listed.count("  kept  ") == 3 and f"{len(case.main)} bytes" in listed
    out = tmp_path / "out.pdf"
    for content in (case.main, SKETCH):
        ledger.must("deed", "document", "--notary", "NT001", case.number, sha256(content), "--out", out)
        assert out.read_bytes() == content
    # As the operator, of an act that is not closed.
    ledger.must("deed", "document", case.number, sha256(PLAN), "--out", out)
    assert out.read_bytes() == PLAN
    (tmp_path / "else").write_bytes(b"something else")
    for arguments, word in (
        (("keep", "--notary", "NT001", case.number, tmp_path / "else"), "names no document"),
        (("keep", "--notary", "NT002", case.number, paths[0]), "act"),
        (("document", "--notary", "NT002", case.number, sha256(PLAN), "--out", tmp_path / "no"), "act"),
        (("document", case.number, sha256(b"x"), "--out", tmp_path / "no"), "names no document"),
    ):
        done = ledger.command("deed", *arguments)
        assert done.status != 0 and word in done.all, done
    assert not (tmp_path / "no").exists() and not list(tmp_path.glob("*.new"))


def test_erasure_backup_and_restore(new_ledger, pki, tmp_path):
    ledger = new_ledger().serve("--trust", pki.trust, "--keep-documents")
    office = Office.enrol(ledger, pki, "NT001")
    gone, stays = Case(office), Case(office)
    for case in (gone, stays):
        for content in (case.main, PLAN):
            case.keep(content)
    target, keys = tmp_path / "backup" / "ledger", tmp_path / "backup" / "keys"
    ledger.must("backup", "--to", target, "--keys-to", keys)
    assert sorted(os.listdir(target / "documents")) == files(ledger)
    assert all((target / "documents" / name).read_bytes() == (ledger.data / "documents" / name).read_bytes() for name in files(ledger))
    older = tmp_path / "older"
    shutil.copytree(tmp_path / "backup", older)
    before = set(files(ledger))
    ledger.must("erase", "--index", gone.registered["index"], "--basis", BASIS)
    assert len(files(ledger)) == 2 and set(files(ledger)) < before
    refused(gone.ask("GET", sha256(gone.main)), 404, "act-not-found")
    refused(gone.put(gone.main), 404, "act-not-found")
    assert stays.ask("GET", sha256(stays.main)).body == stays.main
    ledger.must("backup", "--to", target, "--keys-to", keys)
    assert sorted(os.listdir(target / "documents")) == files(ledger)

    def restored(source, name: str) -> Ledger:
        machine = Tamga(ledger.tamga.path, tmp_path / f"{name}-state")
        machine.must("restore", "--from", source / "ledger", "--keys-from", source / "keys", "--data", tmp_path / name, "--accept-unseen")
        return Ledger(machine, tmp_path / name, ledger.origin)

    new = restored(tmp_path / "backup", "new")
    assert files(new) == files(ledger)
    assert "documents: 2 kept ones are whole" in new.must("audit").output
    out = tmp_path / "out"
    new.must("deed", "document", "--notary", "NT001", stays.number, sha256(stays.main), "--out", out)
    assert out.read_bytes() == stays.main
    # A copy from before the erasure beside the journal of today: the documents go again.
    for name in before - set(files(ledger)):
        shutil.copy(older / "ledger" / "documents" / name, target / "documents" / name)
    again = restored(tmp_path / "backup", "again")
    assert files(again) == files(ledger)
