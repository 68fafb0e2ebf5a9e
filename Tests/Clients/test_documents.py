"""Documents that are kept for acts: handed in, fetched, told of, in bodies of any form, by whoever may."""

import hashlib
import http.client
import json
import secrets
import socket
import threading
import time

import memory
import pytest
from act_cases import refused
from kept_documents import PLAN, SKETCH, Case, case, files, sha256  # noqa: F401, a fixture
from signing import Office, document, status
from tamga import ask


@pytest.fixture(scope="module")
def service(module_ledger, pki):
    return module_ledger.serve("--trust", pki.trust, "--keep-documents", "--document-limit", "65")


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
    threads = [threading.Thread(target=lambda: answers.append(case.put(case.main).status)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 3 + [201]
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


def test_64_mebibytes_go_through_little_memory(service, office):
    content = secrets.token_bytes(1 << 20) * 64 + b"end"
    case = Case(office, main=content)
    memory.forget_peak(service.process)
    before = memory.peak(service.process)
    case.keep(content)
    connection = http.client.HTTPConnection(service.api, timeout=120)
    connection.request("GET", case.path(sha256(content)), headers={"Authorization": f"Bearer {office.token}"})
    answer, found, count = connection.getresponse(), hashlib.sha256(), 0
    while piece := answer.read(1 << 20):
        found.update(piece)
        count += len(piece)
    connection.close()
    assert (count, found.hexdigest()) == (len(content), sha256(content))
    grown = memory.peak(service.process) - before
    print(f"\n64 MiB in and out: {grown} KiB more than before")
    assert grown < 24 << 10, f"{grown} KiB"


def test_the_description_tells_of_it(service):
    paths = json.loads(service.get("/openapi.json").body)["paths"]
    assert set(paths["/v1/deeds/{act}/documents/{sha256}"]) >= {"get", "put", "delete"}
    assert "get" in paths["/v1/deeds/{act}/documents"]
