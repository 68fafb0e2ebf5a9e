"""Batches of receipts from the command line: a file and its verdicts, gone on with after it broke off, into a ledger here or elsewhere."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from pathlib import Path

import pytest
from batches import keyed, ndjson, row, token  # noqa: F401, a fixture
from tamga import Ledger


def batch(shop: Ledger, file: Path, *options):
    return shop.command("receipt", "file", "--batch", file, *options)


@pytest.mark.parametrize("is_served", [True, False])
def test_a_file_of_receipts_is_filed_and_gone_on_with(ledger, tmp_path, is_served):
    ledger.enrol_merchants()
    if is_served:
        ledger.serve()
    file = tmp_path / "day.ndjson"
    rows = [row(1), row(1), row(2) | {"totalAmount": 5}, keyed("own", row(3)), row(4)]
    file.write_bytes(ndjson(rows) + b"nonsense")
    first = batch(ledger, file)
    assert first.status == 1, first.all
    assert "6 rows: 4 filed, 2 refused" in first.output and "row 3: " in first.error and "row 6: " in first.error
    lines = [json.loads(line) for line in (tmp_path / "day.ndjson.verdicts").read_text().split("\n") if line]
    assert len(lines[0]["batch"]) == 32 and [line["row"] for line in lines[1:]] == [1, 2, 3, 4, 5, 6]
    # Equal rows of one file are two sales, and stay two.
    assert lines[1]["index"] != lines[2]["index"] and lines[4]["idempotencyKey"] == "own"
    rows[2] = row(2)
    file.write_bytes(ndjson(rows))
    second = batch(ledger, file)
    assert second.status == 0 and "5 rows: 1 filed, 4 known from an earlier call" in second.output, second.all
    rows[0] = row(77)
    file.write_bytes(ndjson(rows))
    third = batch(ledger, file)
    assert third.status == 1 and "row 1 was filed and has been changed since" in third.error
    assert batch(ledger, file, "--out", tmp_path / "other").output.startswith("5 rows: 4 filed, 1 filed before")


def test_a_lost_verdict_is_asked_for_again(shop, tmp_path):
    file = tmp_path / "day.ndjson"
    file.write_bytes(ndjson(row(number) for number in range(1200)))
    assert batch(shop, file).status == 0
    size = shop.size
    verdicts_file = tmp_path / "day.ndjson.verdicts"
    whole = verdicts_file.read_bytes()
    # As if the power had gone in the middle of a line.
    verdicts_file.write_bytes(whole[: len(whole) // 3])
    again = batch(shop, file)
    assert again.status == 0 and "filed before" in again.output, again.all
    assert shop.size == size
    assert {json.loads(line)["index"] for line in whole.split(b"\n")[1:] if line} == {
        json.loads(line)["index"] for line in verdicts_file.read_bytes().split(b"\n")[1:] if line}


def test_evidence_can_be_kept_with_the_verdicts(shop, tmp_path):
    file = tmp_path / "day.ndjson"
    file.write_bytes(ndjson([row(1)]))
    assert batch(shop, file, "--inline").status == 0
    verdict = json.loads((tmp_path / "day.ndjson.verdicts").read_text().split("\n")[1])
    (tmp_path / "one.tlog-proof").write_text(verdict["evidence"])
    assert shop.verify(tmp_path / "one.tlog-proof").status == 0


def test_wrong_usage_of_batches_says_what_to_do(ledger, tmp_path):
    file = tmp_path / "day.ndjson"
    file.write_bytes(ndjson([row(1)]))
    (tmp_path / "photo").write_bytes(b"\x89PNG\n")
    for options, words in [
        (("--out", tmp_path / "photo"), "does not hold the verdicts"), (("--idempotency-key", "k"), "a key of its own"),
    ]:
        done = batch(ledger, file, *options)
        assert done.status in (1, 2) and words in done.error, done.all
    assert (tmp_path / "photo").read_bytes() == b"\x89PNG\n"
    missing = batch(ledger, tmp_path / "none.ndjson")
    assert missing.status == 1 and "none.ndjson" in missing.error
    assert not (tmp_path / "none.ndjson.verdicts").exists()


def test_a_row_mended_to_equal_another_is_a_sale_of_its_own(ledger, tmp_path):
    ledger.enrol_merchants()
    file = tmp_path / "day.ndjson"
    file.write_bytes(ndjson([row(3) | {"totalAmount": 5}, row(2), row(3)]))
    assert batch(ledger, file).status == 1
    file.write_bytes(ndjson([row(3), row(2), row(3)]))
    done = batch(ledger, file)
    assert done.status == 0 and "3 rows: 1 filed, 2 known" in done.output, done.all
    indices = [json.loads(line)["index"] for line in (tmp_path / "day.ndjson.verdicts").read_text().split("\n")[2:] if line]
    assert len(set(indices)) == 3


def test_no_file_but_its_own_is_written_over(ledger, tmp_path):
    ledger.enrol_merchants()
    file, other = tmp_path / "day.ndjson", tmp_path / "other.json"
    file.write_bytes(json.dumps(row(1)).encode())
    other.write_bytes(b'{"precious": 1}')
    for out in (file, other):
        before = out.read_bytes()
        done = batch(ledger, file, "--out", out)
        assert done.status == 1 and out.read_bytes() == before, done.all
    # The beginning of a first line is what a power cut leaves of one.
    other.write_bytes(b'{"batch":"0123')
    assert batch(ledger, file, "--out", other).status == 0


# A ledger elsewhere


def remote(shop: Ledger, url: str, token: str, file: Path, *options):
    (file.parent / "token.txt").write_text(token + "\n")
    return shop.tamga.run("receipt", "file", "--url", url, "--token-file", file.parent / "token.txt", "--batch", file, *options)


def test_a_file_is_filed_into_a_ledger_elsewhere(shop, token, tmp_path):
    file = tmp_path / "day.ndjson"
    file.write_bytes(ndjson([row(1), row(2) | {"totalAmount": 5}, row(3)]))
    first = remote(shop, f"http://{shop.api}/", token, file)
    assert first.status == 1 and "3 rows: 2 filed, 1 refused" in first.output, first.all
    file.write_bytes(ndjson([row(1), row(2), row(3)]))
    second = remote(shop, f"http://{shop.api}", token, file, "--inline")
    assert second.status == 0 and "3 rows: 1 filed, 2 known from an earlier call" in second.output, second.all


def test_what_breaks_on_the_way_is_sent_again_and_filed_once(shop, token, tmp_path):
    """A listener that breaks two connections off after the service has answered, and then lets through."""
    plan = ["cut", "cut after", "pass"]
    host, port = shop.api.split(":")

    def carry(connection: socket.socket) -> None:
        with connection:
            step = plan.pop(0) if plan else "pass"
            received = b""
            while b"\r\n\r\n" not in received:
                if not (piece := connection.recv(1 << 16)):
                    return
                received += piece
            head, _, body = received.partition(b"\r\n\r\n")
            length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split(b":")[1])
            if step == "cut":
                return
            while len(body) < length:
                if not (piece := connection.recv(1 << 16)):
                    return
                body += piece
            with socket.create_connection((host, int(port))) as service:
                service.sendall(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + b"\r\n\r\n" + body)
                answer = b""
                while piece := service.recv(1 << 16):
                    answer += piece
            connection.sendall(answer[: len(answer) // 2] if step == "cut after" else answer)

    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError):
                carry(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    file, size = tmp_path / "day.ndjson", shop.size
    file.write_bytes(ndjson([row(number) for number in range(40)]))
    try:
        done = remote(shop, f"http://127.0.0.1:{listener.getsockname()[1]}", token, file)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=10)
    assert done.status == 0 and "40 rows" in done.output and not plan, done.all
    assert shop.size == size + 40


def test_what_cannot_be_sent_says_what_to_do(shop, token, tmp_path):
    file = tmp_path / "day.ndjson"
    file.write_bytes(ndjson([row(1)]))
    for url in ("http://ledger.example.mn", "ftp://127.0.0.1:1", "127.0.0.1:8080", "https://", "https://a/b/c"):
        assert "nothing is sent to" in remote(shop, url, token, file).error, url
    assert "token" in remote(shop, f"http://{shop.api}", "tamga_wrong", file).error
    assert remote(shop, f"http://{shop.api}", "", file).status == 2
    assert shop.tamga.run("receipt", "file", "--batch", file).status == 2
    assert shop.tamga.run("receipt", "file", "--url", f"http://{shop.api}", "--data", shop.data, "--batch", file).status == 2
