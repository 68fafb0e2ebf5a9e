"""Two imports that go on hold all places: a third is told so at once, and not that its body is slow."""

import socket
import time

from paper_books import Book, book, fresh, row, service, table
from signing import Office, problem


def begun(book: Book, rows: int) -> socket.socket:
    """An import whose answer is not read: it stands still once the connection is full."""
    body = table([row(f"{fresh()}-{number}") for number in range(rows)])
    host, port = book.ledger.api.split(":")
    connection = socket.socket()
    connection.settimeout(60)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
    connection.connect((host, int(port)))
    head = f"POST /v1/deeds/paper?check=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {book.office.token}\r\n"
    connection.sendall((head + f"Content-Type: text/csv\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
    assert connection.recv(12) == b"HTTP/1.1 200"
    return connection


def test_a_third_import_is_told_at_once(service, book, pki):
    others = [Book(Office.enrol(service, pki, code)) for code in ("NT002", "NT003")]
    held = [begun(one, 150_000) for one in (book, others[0])]
    try:
        answer = others[1].send(table([row(fresh())]))
        assert answer.status == 503 and problem(answer) == "paper-imports-busy" and "retry-after" in answer.headers, answer
    finally:
        for connection in held:
            connection.close()
    end = time.monotonic() + 30
    while (answer := others[1].send(table([row(fresh())]))).status != 200:
        assert time.monotonic() < end, answer
        time.sleep(0.2)
