"""Batches of receipts as they are sent: at once, or piece by piece with verdicts read between."""

from __future__ import annotations

import json
import socket

import memory
import pytest
from tamga import MERCHANT, Ledger, receipt

TYPE = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def token(shop) -> str:
    return shop.token("merchant", MERCHANT)


def row(number: int, **members) -> dict:
    return receipt(suffix=f"{number:06d}", **members)


def keyed(key: str, body: dict) -> dict:
    return {"idempotencyKey": key, "receipt": body}


def ndjson(rows) -> bytes:
    return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in rows)


def send(shop: Ledger, token: str, body: bytes, query: str = "", headers=None, **options):
    return shop.post(f"/v1/receipts:batch{query}", body, token, {**TYPE, **(headers or {})}, **options)


def verdicts(answer) -> list[dict]:
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.body.split(b"\n") if line]


class Stream:
    """A batch that is sent piece by piece, with verdicts read between."""

    def __init__(self, shop: Ledger, token: str):
        host, port = shop.api.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        head = (f"POST /v1/receipts:batch HTTP/1.1\r\nHost: {shop.api}\r\nAuthorization: Bearer {token}\r\n"
                "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.socket.sendall(head.encode())
        self.received = b""

    def send(self, piece: bytes) -> None:
        self.socket.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")

    def end(self) -> None:
        self.socket.sendall(b"0\r\n\r\n")

    def wait(self, text: bytes) -> None:
        while text not in self.received:
            part = self.socket.recv(1 << 16)
            assert part, self.received[-500:]
            self.received += part


def even_if_it_breaks(action) -> None:
    """Does something over a connection that the other side may have closed."""
    try:
        action()
    except OSError:
        pass


def peak_memory(shop: Ledger) -> int:
    """The most memory the service ever held, MiB."""
    return memory.peak(shop.process) >> 10
