"""Places for uploads are shared out by notary: slow connections of one office keep no other out."""

import hashlib
import json
import secrets
import socket
import threading
import time

import pytest
import signing
import tamga

LENGTH = 100_000


@pytest.fixture(scope="module")
def service(module_ledger, pki):
    return module_ledger.serve("--trust", pki.trust, "--keep-documents")


@pytest.fixture(scope="module")
def offices(service, pki):
    return [signing.Office.enrol(service, pki, code) for code in ("NT001", "NT002")]


class Upload:
    """A document of an act of its own."""

    def __init__(self, office):
        self.office = office
        self.content = secrets.token_bytes(LENGTH)
        number = office.registered(signing.act(self.content)).json()["act"]
        self.path = f"/v1/deeds/{number}/documents/{hashlib.sha256(self.content).hexdigest()}"

    def put(self):
        return tamga.ask(
            self.office.ledger.api, "PUT", self.path, self.content, {"Authorization": f"Bearer {self.office.token}"})


def begin(office, method: str, path: str, first: bytes, length: int = LENGTH):
    """A request that stays in the middle of its body."""
    host, port = office.ledger.api.split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {office.token}\r\nContent-Type: application/json\r\n"
    connection.sendall(head.encode() + f"Content-Length: {length}\r\n\r\n".encode() + first)
    return connection


def coming(service) -> int:
    folder = service.data / "documents"
    return len([path for path in folder.iterdir() if path.name.endswith(".new")]) if folder.exists() else 0


def wait_for(condition, seconds: float = 20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)


def test_a_notary_with_slow_connections_keeps_no_other_out(service, offices):
    slow, fast = offices
    uploads = [Upload(slow) for _ in range(5)]
    others = [Upload(fast) for _ in range(2)]
    held = [begin(slow, "PUT", each.path, each.content[:60_000]) for each in uploads[:4]]
    try:
        wait_for(lambda: coming(service) == 4)
        refused = uploads[4].put()
        assert refused.status == 503 and signing.problem(refused) == "documents-busy" and "retry-after" in refused.headers
        for each in others:
            assert each.put().status == 201, "12 places are there for everybody else"
        # One that ends makes room for the next.
        held[0].sendall(uploads[0].content[60_000:])
        assert b" 201 " in held[0].recv(4096).split(b"\r\n")[0]
        assert uploads[4].put().status == 201
        # So does one that breaks off.
        held[1].close()
        wait_for(lambda: coming(service) == 2)
        assert uploads[1].put().status == 201
    finally:
        for connection in held:
            connection.close()
    wait_for(lambda: coming(service) == 0)


def test_a_notarys_signed_pdfs_wait_for_each_other_and_for_nobody_else(service, offices):
    slow, fast = offices
    path, body = "/v1/deeds/signed-pdf", json.dumps({"act": {}, "pdf": "JVBERi0="}).encode()
    held = [begin(slow, "POST", path, body[:10], len(body)) for _ in range(6)]
    try:
        answers = []
        own = threading.Thread(target=lambda: answers.append(service.post(path, body, slow.token, {"Content-Type": "application/json"}, timeout=60)))
        time.sleep(0.5)
        own.start()
        for _ in range(3):
            began = time.monotonic()
            answer = service.post(path, body, fast.token, {"Content-Type": "application/json"})
            assert answer.status == 422 and time.monotonic() - began < 5, answer
        assert not answers, "the own ones wait"
        for connection in held:
            connection.close()
        own.join(timeout=30)
        assert [answer.status for answer in answers] == [422]
    finally:
        for connection in held:
            connection.close()
