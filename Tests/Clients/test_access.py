"""Who looked at an act: every look-up is a line of the log, and the root of a day is an entry that a verifier of its own recomputes."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys

import clock
import pytest
from signing import Office, act, status, wrong_code
from tamga import REPOSITORY

VERIFIER = REPOSITORY / "Tests" / "Conformance" / "python" / "tamga_access.py"


def looks(ledger, number, code) -> list[dict]:
    answer = ledger.post("/v1/deeds/looks", {"act": number, "code": code})
    assert answer.status == 200, answer
    return answer.json()["looks"]


@pytest.fixture
def ledger(new_ledger, pki):
    return new_ledger().serve("--trust", pki.trust)


@pytest.fixture
def office(ledger, pki):
    return Office.enrol(ledger, pki, "NT001")


@pytest.fixture
def filed(office):
    body = office.registered(act(secrets.token_bytes(16))).json()
    return body["act"], body["accessCode"], body["evidence"]


def test_every_look_is_told_with_who_it_was(ledger, office, pki, filed):
    number, code, link = filed
    assert status(ledger, number, code).status == 200
    assert office.act(number).status == 200 and office.search(regnum="УБ85030412")
    assert ledger.get(link).status == 200
    auditor = {"Authorization": f"Bearer {ledger.token('auditor', 'А. Бат')}"}
    assert ledger.get(link, headers=auditor).status == 200
    ledger.must("deed", "status", number)
    told = [(one["role"], one.get("subject"), one["purpose"]) for one in looks(ledger, number, code)]
    assert told[0] == ("code", None, "status"), "this look itself"
    assert sorted(told[1:], key=str) == sorted([
        ("operator", "command line", "status"), ("auditor", "А. Бат", "evidence"), ("link", None, "evidence"),
        ("notary", "NT001", "record"), ("notary", "NT001", "record"), ("code", None, "status")], key=str)
    other = Office.enrol(ledger, pki, "NT002")
    assert other.act(number).status == 404 and status(ledger, number, wrong_code()).status == 404
    own = ledger.get(f"/v1/deeds/{number}/looks", headers={"Authorization": f"Bearer {office.token}"}).json()["looks"]
    assert len(own) == len(told), "who found nothing looked at nothing"
    assert ledger.get(f"/v1/deeds/{number}/looks", headers={"Authorization": f"Bearer {other.token}"}).status == 404


def test_lines_outlive_a_killed_service(ledger, filed):
    number, code, _ = filed
    for _ in range(5):
        assert status(ledger, number, code).status == 200
    ledger.kill()
    ledger.restart()
    assert len(looks(ledger, number, code)) == 6


def test_a_days_root_is_recomputed_by_a_verifier_of_its_own(ledger, filed, tmp_path, monkeypatch):
    number, code, _ = filed
    for _ in range(7):
        assert status(ledger, number, code).status == 200
    day = looks(ledger, number, code)[0]["place"]["day"]
    open_day = ledger.command("access", "export", "--day", day, "--out", tmp_path / "early", "--root", tmp_path / "root")
    assert open_day.status == 1 and not (tmp_path / "root").exists(), "a day that is not over has no root"
    ledger.stop()
    library = clock.library(tmp_path)
    assert library is not None, "a C compiler is needed"
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("CLOCK_AHEAD", str(86_400))
    ledger.serve(*ledger.options, "--accept-clock")
    # The service closes days by itself; nobody waits a minute for it here.
    ledger.must("access", "days")
    exported, root, proof = tmp_path / "day.jsonl", tmp_path / "day.tlog-proof", tmp_path / "line.json"
    for _ in range(100):
        if ledger.command("access", "export", "--day", day, "--out", exported, "--root", root).status == 0 and root.exists():
            break
    ledger.must("access", "prove", "--day", day, "--index", "3", "--out", proof)
    monkeypatch.delenv("LD_PRELOAD")

    def check(*arguments):
        return subprocess.run([sys.executable, VERIFIER, *map(str, arguments)], capture_output=True, text=True, timeout=60)

    key = ("--evidence", root, "--key", ledger.key)
    whole = check("day", exported, *key)
    assert whole.returncode == 0, whole.stderr
    assert check("line", proof, *key).returncode == 0
    lines = exported.read_bytes().splitlines(keepends=True)
    assert len(lines) >= 8 and any(json.loads(line)["line"]["act"] == number for line in lines)
    exported.write_bytes(b"".join(lines[:-1]))
    assert check("day", exported, *key).returncode != 0, "a line that is missing"
    exported.write_bytes(b"".join(lines).replace(b'"role":"code"', b'"role":"link"', 1))
    assert check("day", exported, *key).returncode != 0, "a line that was altered"
