"""Batches of receipts on their way: verdicts while rows still come, connections that break or stand still, many at once, kills."""

from __future__ import annotations

import json
import socket
import threading
import time

from batches import (  # noqa: F401, a fixture
    Stream, even_if_it_breaks, keyed, ndjson, peak_memory, row, send, token, verdicts,
)
from tamga import MERCHANT, receipt


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


def test_a_client_that_reads_nothing_holds_up_nobody_else(shop, token):
    """Neither while it waits, nor after it went away in the middle."""
    for _ in range(3):
        stream = Stream(shop, token)
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.socket.settimeout(3)
        # Far more verdicts than are kept for it.
        even_if_it_breaks(lambda: stream.send(ndjson(row(number, till="idle") for number in range(40_000))))
        other = shop.token("merchant", "61200064714")
        theirs = json.loads(json.dumps([row(number) for number in range(100)]).replace(MERCHANT, "61200064714"))
        answer = verdicts(send(shop, other, ndjson(theirs), timeout=30))
        assert answer[-1]["filed"] + answer[-1]["repeated"] == 100
        stream.socket.close()
    assert verdicts(send(shop, token, ndjson(row(number, till="after") for number in range(700)), timeout=60))[-1]["complete"]


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
    sender = threading.Thread(target=lambda: even_if_it_breaks(lambda: (stream.send(rows), stream.end())))
    sender.start()
    stream.wait(b'{"row":700,"verdict":"filed"')
    shop.kill()
    sender.join()
    told = {each["idempotencyKey"]: each for each in map(parsed, stream.received.split(b"\n")) if each}
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


def parsed(line: bytes) -> dict | None:
    try:
        value = json.loads(line)
        return value if isinstance(value, dict) and value.get("verdict") == "filed" else None
    except ValueError:
        return None
