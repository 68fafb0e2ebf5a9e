"""Documents that are kept for acts: handed in, fetched, told of, damaged, killed half way, gone with their act."""

import hashlib
import http.client
import json
import os
import secrets
import shutil
import socket
import threading
import time

import pytest
from signing import Office, act, ask_from, document, problem, status, will
from tamga import Answer, Ledger, Tamga, ask

BASIS = "Хувийн мэдээлэл хамгаалах тухай хууль 14.1; decision 2026/17"
MAIN = secrets.token_bytes(200_000)
PLAN, SKETCH = secrets.token_bytes(65_536), b""


@pytest.fixture(scope="module")
def service(module_ledger, pki):
    return module_ledger.serve("--trust", pki.trust, "--keep-documents", "--document-limit", "65")


@pytest.fixture(scope="module")
def office(service, pki):
    return Office.enrol(service, pki, "NT001")


@pytest.fixture(scope="module")
def other(service, pki):
    return Office.enrol(service, pki, "NT002")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Case:
    """A registered act with its document and two attachments."""

    def __init__(self, office: Office, draft: dict | None = None, main: bytes = b"") -> None:
        self.office = office
        self.main = main or secrets.token_bytes(100_000)
        self.draft = draft or act(self.main, attachments=[document(PLAN), document(SKETCH)])
        self.registered = office.registered(self.draft).json()
        self.number, self.code = self.registered["act"], self.registered["accessCode"]

    def path(self, digest: str = "") -> str:
        return f"/v1/deeds/{self.number}/documents" + (f"/{digest}" if digest else "")

    def ask(self, method: str, digest: str = "", body=None, office: Office | None = None, headers=None) -> Answer:
        token = (office or self.office).token
        return ask(
            self.office.ledger.api, method, self.path(digest), body, {"Authorization": f"Bearer {token}", **(headers or {})}, timeout=60)

    def put(self, content: bytes, digest: str = "", **options) -> Answer:
        return self.ask("PUT", digest or sha256(content), content, **options)

    def keep(self, content: bytes) -> Answer:
        answer = self.put(content)
        assert answer.status == 201, answer
        return answer

    @property
    def states(self) -> dict[str, str]:
        answer = self.ask("GET")
        assert answer.status == 200, answer
        return {each["sha256"]: each["state"] for each in answer.json()["documents"]}


@pytest.fixture
def case(office):
    return Case(office)


def files(ledger: Ledger) -> list[str]:
    folder = ledger.data / "documents"
    return sorted(os.listdir(folder)) if folder.exists() else []


def refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, problem(answer)) == (status, code), answer


def test_documents_are_kept_told_and_fetched(service, case):
    assert set(case.states.values()) == {"with-notary"} and len(case.states) == 3
    told = status(service, case.number, case.code).json()
    assert told["documentState"] == "with-notary"
    answer = case.keep(case.main)
    assert answer.json() == {"act": case.number, "sha256": sha256(case.main), "size": len(case.main), "state": "kept"}
    case.keep(PLAN)
    case.keep(SKETCH)
    listed = case.ask("GET").json()
    assert [each["part"] for each in listed["documents"]] == ["document", "attachment", "attachment"]
    assert all(each["state"] == "kept" and each["current"] and each["name"] == "barimt.txt" for each in listed["documents"])
    assert listed["taken"] is True and listed["limit"] == 65 << 20
    for content in (case.main, PLAN, SKETCH):
        got = case.ask("GET", sha256(content))
        assert got.status == 200 and got.body == content and got.headers["content-length"] == str(len(content))
        assert got.headers["cache-control"] == "no-store" and got.headers["content-disposition"].startswith("attachment;")
        assert got.headers["x-content-type-options"] == "nosniff"
    assert status(service, case.number, case.code).json()["documentState"] == "kept"


def test_sent_again_it_is_kept_once(service, case):
    before = len(files(service))
    case.keep(case.main)
    for _ in range(2):
        again = case.put(case.main)
        assert again.status == 200 and again.json()["state"] == "kept"
    assert len(files(service)) == before + 1
    # Other bytes under the same digest are told, though it is kept.
    refused(case.put(case.main[:-1], sha256(case.main)), 422, "document-differs")
    assert case.ask("GET", sha256(case.main)).body == case.main


def test_two_at_once_are_kept_once(service, case):
    before, answers = len(files(service)), []
    threads = [threading.Thread(target=lambda: answers.append(case.put(case.main).status)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 5 + [201]
    assert len(files(service)) == before + 1
    assert case.ask("GET", sha256(case.main)).body == case.main


def test_what_the_act_does_not_name_is_not_taken(service, case):
    before = files(service)
    refused(case.put(b"something else"), 404, "document-not-named")
    refused(case.put(b"something else", sha256(case.main)), 422, "document-differs")
    refused(case.ask("PUT", "12ab", b"x"), 422, "act-digest-invalid")
    refused(case.ask("GET", sha256(b"x")), 404, "document-not-named")
    refused(case.ask("GET", sha256(case.main)), 404, "document-not-kept")
    refused(case.ask("DELETE", sha256(case.main)), 409, "document-stays")
    assert files(service) == before


def test_an_earlier_contents_document_may_still_be_handed_in(case):
    later = secrets.token_bytes(500)
    content = {name: value for name, value in case.draft.items() if name != "salt"} | {"document": document(later)}
    changed = case.office.change({"act": case.number, "change": "corrected", "content": content})
    assert changed.status == 201, changed
    case.keep(later)
    case.keep(case.main)
    current = {each["sha256"]: each["current"] for each in case.ask("GET").json()["documents"]}
    assert current[sha256(later)] is True and current[sha256(case.main)] is False


def test_who_may(service, office, other, case):
    case.keep(case.main)
    absent = f"NT001-{case.number.split('-')[1]}-999999"
    for method, body in (("GET", None), ("PUT", case.main), ("DELETE", None)):
        path = case.path(sha256(case.main))
        strange = case.ask(method, sha256(case.main), body, office=other)
        nothing = ask(
            service.api, method, path.replace(case.number, absent), body, {"Authorization": f"Bearer {other.token}"})
        refused(strange, 404, "act-not-found")
        assert strange.body == nothing.body, "another notary's act is not there"
        refused(ask(service.api, method, path, body), 401, "unauthorised")
        for kind, name in (("auditor", "A. Auditor"), ("operator", "B. Operator")):
            refused(ask(service.api, method, path, body, {"Authorization": f"Bearer {service.token(kind, name)}"}), 403, "forbidden")
    refused(case.ask("GET", office=other), 404, "act-not-found")


def test_looks_are_logged(case):
    case.keep(case.main)
    case.ask("GET", sha256(case.main))
    refused(case.ask("GET", sha256(b"x")), 404, "document-not-named")
    refused(case.ask("DELETE", sha256(case.main)), 409, "document-stays")
    looks = ask(
        case.office.ledger.api, "GET", f"/v1/deeds/{case.number}/looks", headers={"Authorization": f"Bearer {case.office.token}"})
    lines = [(each["purpose"], each["subject"]) for each in looks.json()["looks"]]
    # What is refused tells of the act, too; handing in and taking away are no reading.
    assert (lines.count(("document", "NT001")), lines.count(("record", "NT001"))) == (2, 2)


def test_a_service_that_keeps_none_says_so(new_ledger, pki):
    ledger = new_ledger().serve("--trust", pki.trust)
    case = Case(Office.enrol(ledger, pki, "NT001"))
    refused(case.put(case.main), 403, "documents-not-taken")
    assert files(ledger) == [] and case.ask("GET").json()["taken"] is False
    # Whoever holds the folder may keep them all the same, and they are given out then.
    path = ledger.data.parent / "main.pdf"
    path.write_bytes(case.main)
    assert ledger.command("deed", "keep", "--notary", "NT001", case.number, path).status != 0
    ledger.stop()
    ledger.must("deed", "keep", "--notary", "NT001", case.number, path)
    ledger.restart()
    assert case.ask("GET", sha256(case.main)).body == case.main


def put_raw(case: Case, digest: str, pieces, length: int | None, pause: float = 0.0) -> bytes:
    """A PUT as it goes over the wire; with `length` None in chunks. Gives the beginning of the answer."""
    host, port = case.office.ledger.api.split(":")
    head = f"PUT {case.path(digest)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {case.office.token}\r\n"
    head += f"Content-Length: {length}\r\n\r\n" if length is not None else "Transfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head.encode())
        try:
            for piece in pieces:
                connection.sendall(piece if length is not None else b"%x\r\n%s\r\n" % (len(piece), piece))
                time.sleep(pause)
            if length is None:
                connection.sendall(b"0\r\n\r\n")
        except OSError:
            pass
        try:
            return connection.recv(4096)
        except OSError:
            return b""


def parts(content: bytes, count: int = 10_000):
    return [content[at : at + count] for at in range(0, len(content), count)]


def test_bodies_of_unknown_length_slow_endless_and_broken_ones(service, case):
    digest = sha256(case.main)
    before = len(files(service))
    # Longer than it may be: refused by its head, and by what comes.
    assert b" 413 " in put_raw(case, digest, [], 70 << 20).split(b"\r\n")[0]
    endless = (secrets.token_bytes(1) * (1 << 20) for _ in range(100))
    assert b" 413 " in put_raw(case, digest, endless, None).split(b"\r\n")[0]
    # Breaks off.
    host, port = service.api.split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"PUT {case.path(digest)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {case.office.token}\r\nContent-Length: 100000\r\n\r\n"
        connection.sendall(head.encode() + case.main[:70_000])
        deadline = time.monotonic() + 10
        while not any(name.endswith(".new") for name in files(service)):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    deadline = time.monotonic() + 10
    while len(files(service)) > before:
        assert time.monotonic() < deadline, "what broke off is forgotten"
        time.sleep(0.05)
    assert case.states[digest] == "with-notary"
    # Slow, and without a length, it is taken.
    assert b" 201 " in put_raw(case, digest, parts(case.main), None, pause=0.1).split(b"\r\n")[0]
    assert case.ask("GET", digest).body == case.main


def resident(process) -> int:
    """The most memory that a process had, KiB, since it was last asked."""
    with open(f"/proc/{process.pid}/status") as told:
        return int(next(line for line in told if line.startswith("VmHWM")).split()[1])


def forget_peak(process) -> None:
    with open(f"/proc/{process.pid}/clear_refs", "w") as file:
        file.write("5")


def test_64_mebibytes_go_through_little_memory(service, office):
    content = secrets.token_bytes(1 << 20) * 64 + b"end"
    case = Case(office, main=content)
    forget_peak(service.process)
    before = resident(service.process)
    case.keep(content)
    connection = http.client.HTTPConnection(service.api, timeout=120)
    connection.request("GET", case.path(sha256(content)), headers={"Authorization": f"Bearer {office.token}"})
    answer, found, count = connection.getresponse(), hashlib.sha256(), 0
    while piece := answer.read(1 << 20):
        found.update(piece)
        count += len(piece)
    connection.close()
    assert (count, found.hexdigest()) == (len(content), sha256(content))
    grown = resident(service.process) - before
    print(f"\n64 MiB in and out: {grown} KiB more than before")
    assert grown < 24 << 10, f"{grown} KiB"


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
    # The operator has no such act, and the log of the service does not say it either.
    for command in (("documents", case.number), ("document", case.number, sha256(content), "--out", ledger.data.parent / "out")):
        done = ledger.command("deed", *command)
        assert done.status != 0 and case.number not in done.all
    assert sha256(content) not in ledger.log() and case.number not in ledger.log()
    ledger.must("deed", "document", "--notary", "NT001", case.number, sha256(content), "--out", ledger.data.parent / "out")
    assert (ledger.data.parent / "out").read_bytes() == content


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


def test_the_description_tells_of_it(service):
    paths = json.loads(service.get("/openapi.json").body)["paths"]
    assert set(paths["/v1/deeds/{act}/documents/{sha256}"]) >= {"get", "put", "delete"}
    assert "get" in paths["/v1/deeds/{act}/documents"]
