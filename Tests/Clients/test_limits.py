"""What happens at the service's own limits, and how fast what it promises comes."""

import secrets
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import tamga
from signing import problem


def test_full_queue_answers_at_once_and_loses_nothing(ledger):
    ledger.serve("--allow-raw", "--queue-limit", "1")

    def add(_):
        entry = secrets.token_bytes(42)
        began = time.monotonic()
        answer = ledger.post("/add", entry)
        return entry, answer, time.monotonic() - began

    with ThreadPoolExecutor(64) as pool:
        results = list(pool.map(add, range(2000)))
    taken = {int(answer.text): entry for entry, answer, _ in results if answer.status in (200, 201)}
    refused = [answer for _, answer, _ in results if answer.status == 503]
    assert taken and refused and len(taken) + len(refused) == len(results)
    assert sorted(taken) == list(range(len(taken))) and ledger.size == len(taken)
    assert all(int(answer.headers["retry-after"]) >= 1 and problem(answer) == "ledger-busy" for answer in refused)
    assert max(seconds for _, _, seconds in results) < 10
    assert ledger.post("/add", b"afterwards").text == str(len(taken))


def test_checkpoint_is_published_within_seconds(ledger):
    ledger.serve("--allow-raw")
    for number in range(3):
        ledger.post("/add", b"entry %d" % number)
        began = time.monotonic()
        ledger.published(number + 1)
        assert time.monotonic() - began < 3


def test_raw_entries_end_with_the_first_issuer(ledger):
    ledger.serve("--allow-raw")
    assert ledger.post("/add", b"entry").text == "0"
    assert ledger.post("/add", b"").status == 400
    ledger.enrol_merchants()
    before = ledger.size
    answer = ledger.post("/add", b"another")
    assert answer.status == 403 and problem(answer) == "raw-filing-closed"
    assert ledger.size == before


def test_interrupt_stops_as_gracefully_as_terminate(shop):
    filed = shop.file(tamga.receipt())
    shop.process.send_signal(signal.SIGINT)
    assert shop.process.wait(timeout=30) == 0
    assert not (shop.data / "admin.sock").exists()
    shop.restart()
    assert shop.file(tamga.receipt()).json() == filed.json()


def test_service_with_many_receipts_starts_again_quickly(ledger):
    ledger.serve("--allow-raw")
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: ledger.post("/add", b"%d" % number), range(3000)))
    ledger.kill()
    began = time.monotonic()
    ledger.restart()
    assert time.monotonic() - began < 5 and ledger.size == 3000


def test_health_says_how_much_is_durable(shop):
    body = shop.get("/healthz").json()
    before = body["size"]
    shop.file(tamga.receipt())
    assert shop.get("/healthz").json()["size"] == before + 1


def test_port_in_use_is_a_clear_error(shop, new_ledger):
    other = new_ledger("other")
    done = other.command("serve", "--listen", shop.api, "--posapi", f"127.0.0.1:{tamga.free_port()}", timeout=20)
    assert done.status == 1 and shop.api in done.error, done.all
    other.serve()
