"""Batches of receipts: newline-delimited JSON in, a verdict for each row out, over HTTP and from the command line."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import random
import socket
import threading
import time
from pathlib import Path

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


def test_each_row_has_its_verdict_and_no_bad_one_blocks_the_rest(shop, token):
    before = shop.size
    other = json.loads(json.dumps(row(4)).replace(MERCHANT, "61200064714"))
    lines = [
        json.dumps(row(1)).encode(),
        b"",
        b'{"receipts": [',
        json.dumps(row(4) | {"totalAmount": 1}).encode(),
        json.dumps(other).encode(),
        b'"' + b"x" * 300_000 + b'"',
        b'{"posNo":"\xff\xfe"}',
        json.dumps(keyed("k-8", row(8)), ensure_ascii=False).encode() + b"\r",
        json.dumps({"receipt": row(9), "idempotencyKey": ""}).encode(),
        json.dumps({"receipt": row(10)}).encode(),
        b"   ",
        json.dumps({"receipt": row(12), "return": {}}).encode(),
        b"[]",
        json.dumps(row(14)).encode(),
    ]
    answer = verdicts(send(shop, token, b"\n".join(lines)))
    end = answer.pop()
    assert [each["row"] for each in answer] == [1, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14]
    assert {each["row"]: each["verdict"] for each in answer if each["verdict"] == "filed"} == {
        1: "filed", 8: "filed", 10: "filed", 14: "filed"}
    assert {each["row"]: each["code"] for each in answer if each["verdict"] == "refused"} == {
        3: "receipt-not-json", 4: "receipt-sum", 5: "forbidden", 6: "receipt-body-too-large", 7: "receipt-not-json",
        9: "bad-request", 12: "bad-request", 13: "receipt-field-type"}
    assert end == {"end": True, "complete": True, "rows": 12, "filed": 4, "repeated": 0, "refused": 8, "failed": 0}
    assert shop.size == before + 4
    refused = next(each for each in answer if each["row"] == 4)
    assert "1120" in refused["title"], refused
    assert next(each for each in answer if each["row"] == 8)["idempotencyKey"] == "k-8"
    # Rows get what a till gets: numbers in their order, and evidence.
    ids = [each["id"] for each in answer if each["verdict"] == "filed"]
    assert [one[20:25] for one in ids] == ["00000", "00002", "00004", "00006"]
    found = shop.get(next(each for each in answer if each["row"] == 8)["evidence"])
    assert found.status == 200 and found.text.startswith("c2sp.org/tlog-proof@v1\n")


def test_verdicts_speak_the_callers_language(shop, token):
    bad = json.dumps(row(1) | {"totalAmount": 1}).encode()
    english, mongolian = (
        verdicts(send(shop, token, bad, headers={"Accept-Language": language}))[0]["title"] for language in ("en", "mn"))
    assert english != mongolian and any("а" <= letter <= "я" for letter in mongolian)


def test_inline_evidence_is_verified_offline(shop, token, tmp_path):
    answer = verdicts(send(shop, token, ndjson([row(1), row(2), row(1, name="Сүү")]), "?evidence=inline"))
    for each in answer[:-1]:
        file = tmp_path / f"{each['row']}.tlog-proof"
        file.write_text(each["evidence"])
        done = shop.verify(file, "--expect", "total=1120")
        assert done.status == 0, done.all
    assert send(shop, token, b"", "?evidence=both").status == 400


def test_a_key_makes_a_row_one_receipt_for_ever(shop, token):
    rows = [keyed(f"key-{number}", row(number)) for number in range(40)]
    first = verdicts(send(shop, token, ndjson(rows)))
    random.Random(1).shuffle(rows)
    again = verdicts(send(shop, token, ndjson(rows)))
    assert first[-1]["filed"] == 40 and again[-1]["repeated"] == 40
    by_key = {each["idempotencyKey"]: each for each in first[:-1]}
    for each in again[:-1]:
        known = by_key[each["idempotencyKey"]]
        assert [each[name] for name in ("index", "id", "date", "evidence")] == [
            known[name] for name in ("index", "id", "date", "evidence")]
    reused = verdicts(send(shop, token, ndjson([keyed("key-0", row(99))])))[0]
    assert reused["verdict"] == "refused" and reused["code"] == "idempotency-key-reused"
    # Twice in one batch, the second while the first is still on its way.
    twice = verdicts(send(shop, token, ndjson([keyed("twin", row(50))] * 2)))
    assert [each["verdict"] for each in twice[:-1]] == ["filed", "repeated"]
    assert twice[0]["index"] == twice[1]["index"]


def test_returns_and_corrections_travel_in_batches_too(shop, token):
    first, second = verdicts(send(shop, token, ndjson([row(1), row(2)])))[:2]
    giving = {"return": {"id": first["id"], "date": first["date"]}}
    correcting = keyed("c", row(3) | {"inactiveId": second["id"]})
    answer = verdicts(send(shop, token, ndjson([giving, correcting, giving, {"return": {"id": "1"}}])))
    assert [each["verdict"] for each in answer[:-1]] == ["filed", "filed", "repeated", "refused"]
    assert answer[0]["id"] == first["id"] and answer[0]["index"] == answer[2]["index"]
    again = verdicts(send(shop, token, ndjson([row(4) | {"inactiveId": first["id"]}])))[0]
    assert again["code"] == "receipt-changed-already"


def test_doubts_are_told_and_do_not_refuse(shop, token):
    odd = row(1)
    odd["receipts"][0]["items"][0]["classificationCode"] = "9999999"
    verdict = verdicts(send(shop, token, ndjson([odd])))[0]
    assert verdict["verdict"] == "filed"
    assert [warning["code"] for warning in verdict["warnings"]] == ["receipt-classification-unknown"]


@pytest.mark.parametrize("members", [1, 3])
def test_gzip_is_unpacked_as_it_comes(shop, token, members):
    lines = ndjson(row(number) for number in range(300))
    cuts = [len(lines) * part // members for part in range(members + 1)]
    packed = b"".join(gzip.compress(lines[start:end]) for start, end in zip(cuts, cuts[1:]))
    answer = verdicts(send(shop, token, packed, headers={"Content-Encoding": "gzip"}))
    assert answer[-1]["filed"] == 300 and answer[-1]["complete"]


def test_a_damaged_gzip_files_what_came_before_and_says_so(shop, token):
    packed = gzip.compress(ndjson(row(number) for number in range(300)), compresslevel=0)
    torn = verdicts(send(shop, token, packed[: len(packed) // 2], headers={"Content-Encoding": "gzip"}))
    flipped = bytearray(gzip.compress(ndjson(row(number, till="9") for number in range(3))))
    flipped[-8] ^= 1
    summed = verdicts(send(shop, token, bytes(flipped), headers={"Content-Encoding": "gzip"}))
    for answer in (torn, summed):
        end = answer[-1]
        assert end["complete"] is False and end["code"] == "batch-broken"
        assert end["filed"] == len(answer) - 1
    # What is known to be damaged is not filed at all.
    assert torn[-1]["filed"] > 100 and summed[-1]["filed"] == 0
    # An endless line inside is skipped in bounded memory.
    bomb = gzip.compress(b"[" * (200 << 20) + b"\n" + ndjson([row(1, till="8")]))
    answer = verdicts(send(shop, token, bomb, headers={"Content-Encoding": "gzip"}, timeout=60))
    assert [each.get("verdict") for each in answer] == ["refused", "filed", None]
    assert peak_memory(shop) < 300


def test_who_may_send_what(shop, token):
    body = ndjson([row(1)])
    assert shop.post("/v1/receipts:batch", body, headers=TYPE).status == 401
    assert send(shop, shop.token("auditor", "revenue"), body).status == 403
    assert send(shop, token, body, headers={"Content-Type": "text/csv"}).status == 415
    assert send(shop, token, body, headers={"Content-Encoding": "br"}).status == 400
    assert shop.get("/v1/receipts:batch").status == 404
    assert verdicts(send(shop, token, b"")) == [
        {"end": True, "complete": True, "rows": 0, "filed": 0, "repeated": 0, "refused": 0, "failed": 0}]


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


def test_verdicts_come_while_rows_are_still_sent(shop, token):
    stream = Stream(shop, token)
    for number in range(1, 4):
        line = ndjson([row(number)])
        stream.send(line[:50])
        stream.send(line[50:])
        stream.wait(f'{{"row":{number},"verdict":"filed"'.encode())
    stream.end()
    stream.wait(b'"complete":true')


def test_a_batch_that_breaks_off_leaves_whole_rows_and_a_service_that_goes_on(shop, token):
    before = shop.size
    stream = Stream(shop, token)
    stream.send(ndjson(keyed(f"k{number}", row(number)) for number in range(100)) + b'{"idempotencyKey":"half')
    stream.wait(b'{"row":100,"verdict":"filed"')
    stream.socket.close()
    assert shop.size == before + 100
    answer = verdicts(send(shop, token, ndjson(keyed(f"k{number}", row(number)) for number in range(120))))
    assert (answer[-1]["repeated"], answer[-1]["filed"]) == (100, 20)
    # Places of batches that broke off are given back.
    for _ in range(140):
        broken = Stream(shop, token)
        broken.socket.close()
    assert send(shop, token, b"").status == 200


def test_a_client_that_reads_nothing_until_it_has_sent_all(shop, token):
    rows = ndjson(keyed(f"k{number}", row(number)) for number in range(5000))
    answer = verdicts(send(shop, token, rows, timeout=120))
    assert answer[-1]["filed"] == 5000
    assert [each["row"] for each in answer[:-1]] == list(range(1, 5001))


def test_many_shops_drain_while_a_till_is_served(shop, token):
    """Bounded memory, no error, and a till at the counter that is answered all the while."""
    shops, each = 24, 500
    results: list[dict] = []
    done = threading.Event()

    def drain(number: int) -> None:
        rows = ndjson(keyed(f"{number}-{index}", row(index, till=f"b{number}")) for index in range(each))
        results.append(verdicts(send(shop, token, rows, timeout=300))[-1])

    served = []

    def counter() -> None:
        while not done.is_set():
            served.append(shop.file(receipt(suffix=f"c{len(served)}", till="counter")).status)
            time.sleep(0.01)

    threads = [threading.Thread(target=drain, args=(number,)) for number in range(shops)]
    till = threading.Thread(target=counter)
    till.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    till.join()
    assert len(results) == shops and all(end["filed"] == each and end["complete"] for end in results)
    assert len(served) > 5 and set(served) == {200}
    assert peak_memory(shop) < 512


def test_killed_in_the_middle_and_sent_again_no_row_is_there_twice(shop, token):
    rows = ndjson(keyed(f"k{number}", row(number)) for number in range(3000))
    stream = Stream(shop, token)
    sender = threading.Thread(target=lambda: _ignore(lambda: (stream.send(rows), stream.end())))
    sender.start()
    stream.wait(b'{"row":700,"verdict":"filed"')
    shop.kill()
    sender.join()
    told = {each["idempotencyKey"]: each for each in map(_parsed, stream.received.split(b"\n")) if each}
    shop.restart()
    answer = verdicts(send(shop, token, rows, timeout=120))
    end = answer[-1]
    assert end["filed"] + end["repeated"] == 3000 and end["repeated"] >= len(told) >= 700
    for each in answer[:-1]:
        if known := told.get(each["idempotencyKey"]):
            assert (each["index"], each["id"]) == (known["index"], known["id"])
    assert len({each["index"] for each in answer[:-1]}) == 3000
    shop.stop()
    shop.must("audit")


def _parsed(line: bytes) -> dict | None:
    try:
        value = json.loads(line)
        return value if isinstance(value, dict) and value.get("verdict") == "filed" else None
    except ValueError:
        return None


def _ignore(action) -> None:
    try:
        action()
    except OSError:
        pass


def peak_memory(shop: Ledger) -> int:
    """The most memory the service ever held, MiB."""
    status = Path(f"/proc/{shop.process.pid}/status").read_text()
    return int(next(line for line in status.split("\n") if line.startswith("VmHWM")).split()[1]) >> 10


# The command line


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


def test_a_client_that_reads_nothing_holds_up_nobody_else(shop, token):
    """Neither while it waits, nor after it went away in the middle."""
    for _ in range(3):
        stream = Stream(shop, token)
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.socket.settimeout(3)
        # Far more verdicts than are kept for it.
        _ignore(lambda: stream.send(ndjson(row(number, till="idle") for number in range(40_000))))
        other = shop.token("merchant", "61200064714")
        theirs = json.loads(json.dumps([row(number) for number in range(100)]).replace(MERCHANT, "61200064714"))
        answer = verdicts(send(shop, other, ndjson(theirs), timeout=30))
        assert answer[-1]["filed"] + answer[-1]["repeated"] == 100
        stream.socket.close()
    assert verdicts(send(shop, token, ndjson(row(number, till="after") for number in range(700)), timeout=60))[-1]["complete"]


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


@pytest.mark.parametrize("way", ["front", "beside"])
def test_who_has_a_posapi_of_its_own_is_not_numbered_here(ledger, way):
    ledger.enrol_merchants()
    ledger.must("issuer", "add-merchant", "--tin", MERCHANT, "--name", "Дэлгүүр", "--way", way, "--posapi", "http://127.0.0.1:9")
    shop = ledger.serve()
    token = shop.token("merchant", MERCHANT)
    assert verdicts(send(shop, token, ndjson([row(1)])))[0]["code"] == "way-not-alone"
    assert shop.post("/v1/receipts", row(1), token).status == 409
    giving = {"id": "037900846788001095330000010012619", "date": "2026-02-12 15:31:42"}
    assert shop.post("/v1/receipts/return", giving, token).status == 409


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
