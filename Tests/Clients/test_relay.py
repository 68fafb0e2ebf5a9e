"""In front of, and beside, a merchant's own PosAPI: its answers pass through untouched, no sale happens twice, none is lost."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import random
import sqlite3
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import pytest
import tamga
import wire
from daemon import POS_NO, ULAANBAATAR, Daemon, Sale, Step, pushed
from ebarimt_pos_sdk import PosApiHttpError
from tamga import Answer, Ledger, eventually, of, receipt
from test_posapi_client import client
from test_privacy import files, hit

FRONT = tamga.MERCHANT
BESIDE = "61200064714"
ALONE = "110718991986"
COUNTER = itertools.count(1)
CARD = {"terminalID": "TERM77665544", "rrn": "730112233445", "maskedCardNumber": "4111 1111 1111 1111", "easy": False}


@dataclass
class Shop(Ledger):
    """A service with the daemon behind it."""

    daemon: Daemon = field(default_factory=Daemon)

    def enrol(self, folder) -> "Shop":
        """Three merchants, one for each way."""
        file = folder / "ways.json"
        merchants = [{"tin": FRONT, "way": "front", "posapi": self.daemon.address}, {"tin": BESIDE, "way": "beside"}, {"tin": ALONE}]
        file.write_text(json.dumps([{"name": "Дэлгүүр", "vatPayer": True, "cityTaxPayer": True, **each} for each in merchants]))
        self.must("issuer", "add-merchant", "--from", file)
        return self

    def close(self) -> None:
        self.daemon.reset()
        self.daemon.stop()
        super().close()

    def crash(self) -> None:
        self.kill()
        self.restart()

    # The till

    def send(self, body: dict, **options) -> Answer:
        return self.pos("POST", "/rest/receipt", body, **options)

    def sell(self, body: dict) -> Sale:
        """A sale that goes well."""
        answer = self.send(body)
        assert answer.status == 200, answer
        sale = self.daemon.sold(body)
        assert answer.body == sale.body
        return sale

    def lose(self, body: dict, reply: str = "drop", **plan) -> None:
        """A sale without an answer that tells its outcome."""
        self.daemon.plan(reply, **plan)
        answer = self.send(body)
        assert answer.status in (500, 504), answer

    def give_back(self, sale: Sale) -> Answer:
        return self.pos("DELETE", "/rest/receipt", {"id": sale.id, "date": sale.date})

    # The daemon's hook

    def push(self, body: bytes, **headers) -> Answer:
        return self.pos("POST", "/rest/push", body, {"Content-Type": "application/json", **headers})

    # The operator

    def relays(self) -> list[dict]:
        return json.loads(self.relay("list", "--json").output)

    def open(self, body: dict) -> list[dict]:
        """What is open of the till that sent this: each test has tills of its own."""
        return [each for each in self.relays() if each.get("posNo") == body["posNo"]]

    def relay(self, verb: str, *options) -> tamga.Done:
        done = self.tamga.run("relay", verb, "--data", self.data, *options)
        assert done.status == 0, done.all
        return done

    @contextlib.contextmanager
    def suspended(self, merchant: str = FRONT):
        self.must("issuer", "suspend", "--id", merchant)
        try:
            yield
        finally:
            self.must("issuer", "resume", "--id", merchant)

    # The ledger

    def records(self, merchant: str = FRONT) -> list[dict]:
        pages = self.must("receipt", "chain", "--merchant", merchant, "--all", "--json").output.splitlines()
        return [record for page in pages for record in json.loads(page)["records"]]

    def filed(self, merchant: str = FRONT) -> list[str]:
        """The numbers of the receipts in the ledger."""
        return [record["id"] for record in self.records(merchant) if record["action"] != "returned"]

    def fields(self, id: str, folder) -> dict[str, str]:
        """What the ledger says under a number."""
        self.published(self.size)
        file = folder / f"{id}.tlog-proof"
        self.tamga.must("prove", "--data", self.data, "--key", id, "--reader", "auditor", "--out", file)
        told = json.loads(self.verify(file, "--json").output)
        assert told["verdict"] == "matches"
        return {each["name"]: each.get("value") for each in told["fields"]}


def body(**members) -> dict:
    """A sale of a till and of goods that no other test has."""
    number = next(COUNTER)
    return receipt(**{"till": f"T{number}", "name": f"Бараа {number}", **members})


def recorded(date: str) -> str:
    """A PosAPI's date as records have it."""
    return f"{int(datetime.strptime(date, '%Y-%m-%d %H:%M:%S').replace(tzinfo=ULAANBAATAR).timestamp()) * 1000}+08:00"


@pytest.fixture(scope="module")
def new_shop(cli, tmp_path_factory):
    """A function that opens a shop; its service and its daemon end with the file."""
    made = []

    def make(*options) -> Shop:
        folder = tmp_path_factory.mktemp("shop")
        shop = Shop.create(cli, folder / "data")
        made.append(shop)
        shop.enrol(folder)
        return shop.serve(*options)

    yield make
    for shop in made:
        shop.close()


@pytest.fixture(scope="module")
def usual_shop(new_shop):
    return new_shop()


@pytest.fixture(scope="module")
def hasty_shop(new_shop):
    """Equal bodies are repetitions for a second only."""
    return new_shop("--repetition-window", 1)


@pytest.fixture(scope="module")
def impatient_shop(new_shop):
    """Waits a second for the daemon."""
    return new_shop("--relay-limit", 1)


def _ready(shop: Shop):
    shop.daemon.reset()
    yield shop
    shop.daemon.reset()


@pytest.fixture
def shop(usual_shop):
    yield from _ready(usual_shop)


@pytest.fixture
def hasty(hasty_shop):
    yield from _ready(hasty_shop)


@pytest.fixture
def impatient(impatient_shop):
    yield from _ready(impatient_shop)


@pytest.fixture
def pool():
    """Tills that wait for their answers."""
    with ThreadPoolExecutor(16) as pool:
        yield pool


def under_way(shop: Shop, pool, sale: dict, reply: str = "answer", held: str = "after") -> tuple[Step, Future]:
    """A sale that the daemon is at."""
    step = shop.daemon.plan(reply, held=held)
    pending = pool.submit(shop.send, sale)
    return step.wait(), pending


# Enrolment


def test_the_command_line_names_way_and_address(hasty):
    merchant = ("issuer", "add-merchant", "--tin", "90010000017", "--name", "Хараацай", "--vat-payer", "--city-tax-payer", "--way")
    hasty.must(*merchant, "front", "--posapi", f"{hasty.daemon.address}/")
    hasty.sell(of("90010000017", body()))
    assert "90010000017\tmerchant\tenrolled\tХараацай\tfront" in hasty.must("issuer", "list").output
    for address in ("127.0.0.1:7080", "http://", "http://127.0.0.1:7080/rest", "ftp://127.0.0.1:7080"):
        assert hasty.command(*merchant, "front", "--posapi", address).status == 1, address
    assert hasty.command(*merchant, "behind").status == 1
    hasty.sell(of("90010000017", body()))


def test_stating_the_way_leaves_the_rest_as_it_was(hasty):
    tin = "90010000025"
    hasty.must("issuer", "add-merchant", "--tin", tin, "--name", "Дэлгүүр", "--vat-payer", "--city-tax-payer")
    hasty.must("issuer", "add-merchant", "--tin", tin, "--name", "Дэлгүүр", "--way", "beside")
    told = next(each for each in json.loads(hasty.must("issuer", "list", "--json").output) if each["id"] == tin)
    assert (told["way"], told["vatPayer"], told["cityTaxPayer"]) == ("beside", True, True)


# What passes through, and what is filed


def test_the_answer_passes_through_byte_for_byte(shop):
    sale = body(payments=[{"code": "PAYMENT_CARD", "status": "PAID", "paidAmount": 1120, "data": CARD}])
    answer = shop.send(sale)
    made = shop.daemon.sold(sale)
    assert (answer.status, answer.body) == (200, made.body)
    assert all(word in answer.text for word in made.never_kept)


def test_the_request_passes_through_byte_for_byte(shop):
    sale = json.dumps(body(), indent=2).encode() + b"\r\n"
    assert shop.pos("POST", "/rest/receipt", sale, {"Content-Type": "application/json"}).status == 200
    assert shop.daemon.calls[-1].body == sale


def test_the_receipt_is_filed_with_the_daemons_number_and_date(shop, tmp_path):
    sale = body()
    answer = shop.send(sale)
    made = shop.daemon.sold(sale)
    explained = shop.verify(
        shop.evidence(answer, tmp_path / "evidence.tlog-proof"), "--explain", "--expect", f"id={made.id}", "--expect", "total=1120")
    assert explained.status == 0 and "Way of filing: front" in explained.output, explained.all
    fields = shop.fields(made.id, tmp_path)
    assert (fields["way"], fields["id"], fields["date"]) == ("front", made.id, recorded(made.date))
    assert made.answer["receipts"][0]["id"] in fields["items"] and made.id.endswith(POS_NO)
    assert shop.filed().count(made.id) == 1 and not shop.open(sale)


def test_what_is_only_printed_and_cards_are_nowhere_on_disk(new_shop, pool):
    """Not in a sale that is filed, unknown, not filed yet, or under way when the service is killed; nor where pushes and lists name it."""
    shop = new_shop("--log-level", "trace")
    card = [{"code": "PAYMENT_CARD", "status": "PAID", "paidAmount": 1120, "data": CARD}]
    never = {value for value in CARD.values() if isinstance(value, str)}

    def check():
        words = never | {word for sale in shop.daemon.sales for word in [*sale.never_kept, sale.id, sale.request["receipts"][0]["items"][0]["name"]]}
        # Journals have room at their end.
        searched = {path: path.read_bytes().rstrip(b"\0") for path in files(shop)}
        assert any("state.sqlite" in path.name for path in searched) and any("journal" in str(path) for path in searched)
        assert not [(word, path.name) for path, content in searched.items() for word in words if hit(word, content)]

    shop.sell(body(payments=card))
    lost = body(payments=card)
    shop.lose(lost)
    with shop.suspended():
        late = shop.sell(body(payments=card))
        interrupted = body(payments=card)
        step, pending = under_way(shop, pool, interrupted)
        shop.kill()
        step.go()
        check()
        assert pending.exception() is not None
        shop.restart()
    for kind in ("SEND_ONLY", "SEND_AND_RECEIVE"):
        assert shop.push(pushed(shop.daemon.sell(of(BESIDE, body(payments=card))), kind)).status == 200
    shop.daemon.listing = "made"
    for sale in (lost, interrupted):
        assert shop.send(sale).status == 200
    eventually(lambda: late.id in shop.filed() and not shop.relays())
    check()
    shop.published(shop.size)
    assert shop.compact("--seal-tail")["records_held"] >= 6
    assert shop.stop() == 0
    check()


def test_logs_name_nobody(shop):
    sale = body()
    with shop.suspended():
        shop.sell(sale)
    eventually(lambda: not shop.open(sale))
    made = shop.daemon.sell(of(BESIDE, body()))
    shop.push(pushed(made))
    shop.push(pushed(made, "SEND_AND_RECEIVE", totalAmount=2240))
    logs = b"".join(log.read_bytes() for log in shop.logs)
    assert not [word for word in (FRONT, BESIDE, made.id) if hit(word, logs)]


@pytest.mark.parametrize("reply", ["refusal", "payment"])
def test_a_refusal_passes_through_and_leaves_nothing(shop, reply):
    sale, size = body(), shop.size
    for _ in range(2):
        shop.daemon.plan(reply)
        answer = shop.send(sale)
        assert answer.status == (400 if reply == "refusal" else 200)
        assert answer.json()["status"] == ("ERROR" if reply == "refusal" else "PAYMENT") and answer.json()["message"]
    assert shop.daemon.posts(sale) == 2 and not shop.open(sale) and shop.size == size
    shop.sell(sale)


def test_a_daemon_that_is_not_there_gets_nothing_and_leaves_nothing(shop):
    sale, size = body(), shop.size
    shop.daemon.stop()
    for _ in range(2):
        answer = shop.send(sale)
        assert answer.status == 503 and answer.json()["status"] == "ERROR", answer
    assert not shop.open(sale) and shop.size == size
    shop.daemon.start()
    shop.sell(sale)
    assert shop.daemon.posts(sale) == 1


@pytest.mark.parametrize("reply", ["twice", "chunked", "unsized"])
def test_an_answer_may_come_in_any_form(shop, reply):
    sale = body()
    shop.daemon.plan(reply)
    shop.sell(sale)
    shop.sell(body())
    assert shop.filed().count(shop.daemon.sold(sale).id) == 1


def test_what_cannot_be_read_here_is_the_daemons_to_decide(shop):
    sale, size = body(type="B2C_SOMETHING_NEW"), shop.size
    answer = shop.send(sale)
    assert (answer.status, answer.body) == (200, shop.daemon.sold(sale).body)
    shop.daemon.plan("refusal")
    assert shop.send(body(type="B2C_SOMETHING_NEW")).status == 400
    assert shop.size == size


def test_many_tills_are_served_at_once(shop, pool):
    sales = [body() for _ in range(12)]
    steps = [shop.daemon.plan(held="after") for _ in sales]
    pending = [pool.submit(shop.send, sale) for sale in sales]
    try:
        eventually(lambda: all(step.arrived.is_set() for step in steps), seconds=3)
    finally:
        for step in steps:
            step.go()
    assert {each.result().status for each in pending} == {200}


# Equal bodies


def test_equal_bodies_under_way_are_one_sale(shop, pool):
    sale = body()
    step, first = under_way(shop, pool, sale)
    others = [pool.submit(shop.send, sale) for _ in range(8)]
    assert shop.pos("GET", "/rest/bankAccounts?tin=1").status == 200
    step.go()
    made = shop.daemon.sold(sale)
    assert {each.result().body for each in [first, *others]} == {made.body}
    assert shop.daemon.posts(sale) == 1 and shop.filed().count(made.id) == 1


def test_an_equal_body_within_the_window_gets_the_same_bytes(shop):
    sale = body()
    first, second = shop.send(sale), shop.send(sale)
    assert first.body == second.body and first.index == second.index
    assert first.headers["tamga-evidence"] == second.headers["tamga-evidence"]
    assert shop.daemon.posts(sale) == 1


def test_after_a_crash_an_equal_body_gets_the_receipt_without_what_is_only_printed(shop):
    sale = body()
    made = shop.sell(sale)
    shop.crash()
    again = shop.send(sale)
    told = again.json()
    assert again.status == 200 and (told["id"], told["date"], told["status"]) == (made.id, made.date, "SUCCESS")
    assert not told["lottery"] and not told["qrData"] and "сугалаа, QR хадгалагддаггүй" in told["message"]
    assert shop.daemon.posts(sale) == 1


def test_another_suffix_is_another_sale(shop):
    sale = body()
    ids = {shop.sell({**sale, "billIdSuffix": suffix}).id for suffix in ("01", "02")}
    assert len(ids) == 2 and ids <= set(shop.filed())


def test_after_the_window_an_equal_body_is_another_sale(hasty):
    sale = body()
    first = hasty.sell(sale)
    eventually(lambda: hasty.send(sale).json()["id"] != first.id)
    ids = [made.id for made in hasty.daemon.made(sale)]
    assert len(ids) == 2 and set(ids) <= set(hasty.filed())


def test_the_window_begins_with_the_answer(hasty, pool):
    """A till that lost the answer of a slow daemon still gets lottery and QR."""
    sale = body()
    step, first = under_way(hasty, pool, sale)
    time.sleep(1.1)
    step.go()
    assert first.result().body == hasty.send(sale).body


def test_a_till_that_hangs_up_gets_its_answer_when_it_asks_again(shop):
    sale = body()
    step = shop.daemon.plan(held="after")
    content = json.dumps(sale).encode()
    head = f"POST /rest/receipt HTTP/1.1\r\nHost: {shop.posapi}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    with wire.connect(shop.posapi) as connection:
        connection.sendall(head.encode() + content)
        step.wait()
    step.go()
    assert shop.send(sale).body == shop.daemon.sold(sale).body
    assert shop.daemon.posts(sale) == 1


def test_after_a_return_an_equal_body_is_another_sale(shop):
    sale = body()
    first = shop.sell(sale)
    assert shop.give_back(first).status == 200
    assert shop.send(sale).json()["id"] != first.id


# Answers that are lost


LOST = ["drop", "cut", "die", "500", "500 error", "html", "garbage"]


@pytest.mark.parametrize("reply", LOST)
def test_a_sale_without_an_outcome_is_never_sent_again(shop, reply):
    sale, size = body(), shop.size
    shop.daemon.plan(reply)
    first = shop.send(sale)
    # What a daemon says is passed back, even if it says nothing.
    assert first.status == {"500": 500, "500 error": 500, "html": 200, "garbage": 200}.get(reply, 504), first
    shop.daemon.start()
    assert [shop.send(sale).status for _ in range(3)] == [504] * 3
    assert len(shop.daemon.made(sale)) == shop.daemon.posts(sale) == 1
    assert [each["state"] for each in shop.open(sale)] == ["unknown"] and shop.size == size


def test_a_daemon_that_takes_too_long_is_not_asked_twice(impatient):
    sale = body()
    step = impatient.daemon.plan(held="after")
    assert [impatient.send(sale).status for _ in range(3)] == [504] * 3
    step.go()
    assert len(impatient.daemon.made(sale)) == 1 and [each["state"] for each in impatient.open(sale)] == ["unknown"]
    impatient.daemon.listing = "made"
    assert impatient.send(sale).json()["id"] == impatient.daemon.sold(sale).id


def test_a_daemon_that_is_still_at_work_is_not_taken_for_one_that_did_nothing(impatient):
    sale = body()
    step = impatient.daemon.plan(held="before")
    impatient.daemon.listing = "made"
    assert [impatient.send(sale).status for _ in range(2)] == [504] * 2
    step.go()
    made = eventually(lambda: impatient.daemon.made(sale))
    assert impatient.send(sale).json()["id"] == made[0].id and impatient.daemon.posts(sale) == 1


def test_an_answer_that_stops_in_the_middle_takes_too_long_as_well(impatient):
    sale = body()
    impatient.daemon.plan("stall")
    assert impatient.send(sale, timeout=4).status == 504


def test_a_daemon_that_remembers_tells_a_resend(shop):
    sale = body()
    shop.lose(sale)
    assert shop.send(sale).status == 504
    shop.daemon.listing = "made"
    again = shop.send(sale)
    made = shop.daemon.sold(sale)
    assert (again.status, again.json()["id"], again.json()["date"]) == (200, made.id, made.date)
    assert not shop.open(sale) and shop.filed().count(made.id) == 1


def test_a_daemon_that_remembers_is_asked_in_the_background(shop):
    sale = body()
    shop.lose(sale)
    shop.daemon.listing = "made"
    shop.crash()
    eventually(lambda: not shop.open(sale))
    assert shop.filed().count(shop.daemon.sold(sale).id) == 1
    assert shop.send(sale).json()["id"] == shop.daemon.sold(sale).id and shop.daemon.posts(sale) == 1


def test_a_push_settles_an_open_sale(shop, tmp_path):
    sales = {kind: body() for kind in ("SEND_ONLY", "SEND_AND_RECEIVE")}
    for kind, sale in sales.items():
        shop.lose(sale)
        assert shop.push(pushed(shop.daemon.sold(sale), kind)).status == 200
        assert not shop.open(sale)
    for sale in sales.values():
        made = shop.daemon.sold(sale)
        assert shop.fields(made.id, tmp_path)["way"] == "front"
        assert shop.send(sale).json()["id"] == made.id and shop.daemon.posts(sale) == 1


def test_a_person_settles_an_open_sale(shop):
    sale = body()
    shop.lose(sale)
    made = shop.daemon.sold(sale)
    told = shop.relay("list").output
    assert f"till {sale['posNo']} total 1120 suffix 01" in told and "unknown" in told
    number = shop.open(sale)[0]["id"]
    assert "filed at index" in shop.relay("resolve", "--id", number, "--receipt", made.id, "--date", made.date).output
    assert not shop.open(sale) and shop.filed().count(made.id) == 1
    assert shop.send(sale).json()["id"] == made.id and shop.daemon.posts(sale) == 1


def test_a_person_says_that_there_is_no_receipt(shop):
    sale, size = body(), shop.size
    shop.lose(sale, sold=False)
    shop.relay("resolve", "--id", shop.open(sale)[0]["id"], "--no-receipt")
    assert not shop.open(sale) and shop.size == size
    shop.sell(sale)
    assert shop.daemon.posts(sale) == 2


def test_a_person_settles_what_a_push_could_not(shop):
    """Two equal sales were open, so that nobody could tell whose receipt was pushed."""
    sale = body()
    for suffix in ("01", "02"):
        shop.lose({**sale, "billIdSuffix": suffix}, sold=suffix == "01")
    made = shop.daemon.sold(sale)
    assert shop.push(pushed(made)).status == 200
    first = next(each["id"] for each in shop.open(sale) if each["billIdSuffix"] == "01")
    shop.relay("resolve", "--id", first, "--receipt", made.id, "--date", made.date)
    assert shop.send(sale).json()["id"] == made.id
    assert shop.daemon.posts(sale) == 1 and shop.filed().count(made.id) == 1


def test_a_person_who_says_nothing_clear_changes_nothing(shop):
    sale = body()
    shop.lose(sale)
    number, made = shop.open(sale)[0]["id"], shop.daemon.sold(sale)
    for options in [(), ("--receipt", made.id), ("--no-receipt", "--receipt", made.id, "--date", made.date),
                    ("--receipt", made.id[1:], "--date", made.date), ("--receipt", made.id, "--date", made.date[:10])]:
        assert shop.tamga.run("relay", "resolve", "--data", shop.data, "--id", number, *options).status in (1, 2), options
    assert shop.tamga.run("relay", "resolve", "--data", shop.data, "--id", 99999, "--no-receipt").status == 1
    assert [each["id"] for each in shop.open(sale)] == [number]


@pytest.mark.parametrize("listing", ["empty", "garbage", "made"])
def test_a_daemon_that_does_not_know_the_sale_leaves_it_open(shop, listing):
    """Neither is an equal receipt of another sale taken for it."""
    sale = body()
    shop.sell({**sale, "billIdSuffix": "other"})
    shop.lose(sale, sold=False)
    shop.daemon.listing = listing
    assert [shop.send(sale).status for _ in range(2)] == [504, 504]
    assert shop.daemon.posts(sale) == 1 and [each["state"] for each in shop.open(sale)] == ["unknown"]


def test_one_receipt_for_two_open_sales_of_equal_content_settles_neither(shop):
    first = body()
    second = {**first, "billIdSuffix": "02"}
    shop.lose(first)
    shop.lose(second, sold=False)
    shop.daemon.listing = "made"
    assert [shop.send(each).status for each in (first, second)] == [504, 504]
    assert shop.push(pushed(shop.daemon.sold(first))).status == 200
    assert len(shop.open(first)) == 2


@pytest.mark.parametrize("told_by", ["list", "push"])
def test_the_receipt_of_an_equal_sale_under_way_is_not_taken_for_a_lost_one(shop, pool, told_by):
    lost = body()
    shop.lose(lost, sold=False)
    other = {**lost, "billIdSuffix": "02"}
    step, pending = under_way(shop, pool, other)
    if told_by == "list":
        shop.daemon.listing = "made"
    else:
        assert shop.push(pushed(shop.daemon.sold(other))).status == 200
    answer = shop.send(lost)
    step.go()
    assert pending.result().json()["id"] == shop.daemon.sold(other).id
    assert answer.status == 504, "the receipt of another sale is given to this one"
    assert [each["billIdSuffix"] for each in shop.open(lost)] == ["01"]


def test_a_push_that_overtakes_the_answer_keeps_the_sale_known(shop, pool):
    sale = body()
    step, pending = under_way(shop, pool, sale)
    made = shop.daemon.sold(sale)
    assert shop.push(pushed(made)).status == 200
    step.go()
    assert pending.result().body == made.body
    shop.crash()
    assert shop.send(sale).json()["id"] == made.id
    assert shop.daemon.posts(sale) == 1 and shop.filed().count(made.id) == 1


def test_killed_while_the_daemon_is_slow_the_sale_is_open_and_asking_settles_it(shop, pool):
    sale = body()
    step, pending = under_way(shop, pool, sale)
    shop.kill()
    step.go()
    assert pending.exception() is not None
    shop.restart()
    eventually(lambda: [each["state"] for each in shop.open(sale)] == ["unknown"])
    assert [shop.send(sale).status for _ in range(2)] == [504, 504]
    shop.daemon.listing = "made"
    assert shop.send(sale).json()["id"] == shop.daemon.sold(sale).id
    assert shop.daemon.posts(sale) == 1 and not shop.open(sale)


def test_a_graceful_stop_waits_for_the_sale_under_way(shop, pool):
    sale = body()
    step, pending = under_way(shop, pool, sale)
    stopping = pool.submit(shop.stop)

    def closed() -> bool:
        try:
            return shop.pos("GET", "/rest/bankAccounts?tin=1", timeout=2) is None
        except OSError:
            return True

    try:
        eventually(closed)
    finally:
        step.go()
        assert stopping.result() == 0
        shop.restart()
    assert pending.result().body == shop.daemon.sold(sale).body
    assert shop.daemon.sold(sale).id in shop.filed() and not shop.open(sale)


def test_a_state_database_that_cannot_be_written_makes_no_second_sale(shop):
    """As while somebody reads it for long, or the disk is full."""
    sale = body()
    with locked(shop, "BEGIN", "SELECT count(*) FROM intent"):
        shop.lose(sale)
        shop.send(sale)
    assert shop.daemon.posts(sale) == 1


def test_a_state_database_that_cannot_be_read_keeps_no_sale_from_happening(shop):
    with locked(shop, "BEGIN EXCLUSIVE"):
        shop.sell(body())


@contextlib.contextmanager
def locked(shop: Shop, *statements: str):
    """Holds a lock on what is kept beside the ledger."""
    database = sqlite3.connect(shop.data / "state.sqlite", isolation_level=None)
    try:
        for statement in statements:
            database.execute(statement).fetchall()
        yield
    finally:
        database.close()


def test_nobody_settles_a_sale_that_is_under_way(shop, pool):
    sale = body()
    step, pending = under_way(shop, pool, sale, "drop")
    assert [each["state"] for each in shop.open(sale)] == ["sent"]
    shop.tamga.run("relay", "resolve", "--data", shop.data, "--id", shop.open(sale)[0]["id"], "--no-receipt")
    step.go()
    assert pending.result().status == 504
    shop.send(sale)
    assert shop.daemon.posts(sale) == 1


def test_sales_that_stay_open_keep_no_newer_one_from_being_asked_for(new_shop, pool):
    shop = new_shop()
    shop.daemon.usual = lambda request: Step("drop", sold=False)
    assert {answer.status for answer in pool.map(shop.send, [body() for _ in range(100)])} == {504}
    sale = body()
    shop.lose(sale)
    shop.daemon.listing = "made"
    shop.crash()
    eventually(lambda: not shop.open(sale), seconds=4)


@pytest.mark.parametrize("reply", ["answer", "drop"])
def test_what_cannot_be_read_here_is_not_sold_twice_either(shop, reply):
    sale = body(type="B2C_SOMETHING_NEW")
    shop.daemon.plan(reply)
    for _ in range(3):
        shop.send(sale)
    assert len(shop.daemon.made(sale)) == 1


# What this ledger cannot file


def test_what_cannot_be_filed_is_sold_and_filed_later_once(shop):
    sale, size = body(), shop.size
    with shop.suspended():
        answer = shop.send(sale)
        made = shop.daemon.sold(sale)
        assert answer.body == made.body and "tamga-evidence" not in answer.headers
        assert shop.send(sale).body == made.body
        assert [(each["state"], each["receipt"]) for each in shop.open(sale)] == [("answered", made.id)]
        assert shop.filed().count(made.id) == 0
    eventually(lambda: not shop.open(sale))
    assert shop.filed().count(made.id) == 1 and shop.size == size + 3
    assert shop.daemon.posts(sale) == 1


def test_what_cannot_be_filed_outlives_a_crash(shop):
    sale = body()
    with shop.suspended():
        made = shop.sell(sale)
        shop.crash()
        assert [each["state"] for each in shop.open(sale)] == ["answered"]
    eventually(lambda: not shop.open(sale))
    assert shop.filed().count(made.id) == 1


def test_after_a_crash_a_sale_that_cannot_be_filed_is_answered_again(shop):
    sale = body()
    with shop.suspended():
        made = shop.sell(sale)
        shop.crash()
        again = shop.send(sale)
    eventually(lambda: not shop.open(sale))
    assert again.status == 200 and again.json()["id"] == made.id, again


def test_after_the_window_an_equal_body_is_sold_though_the_first_is_not_filed(hasty):
    sale = body()
    with hasty.suspended():
        hasty.sell(sale)
        statuses: list[int] = []

        def sold_again() -> bool:
            statuses.append(hasty.send(sale).status)
            return len(hasty.daemon.made(sale)) == 2 or statuses[-1] != 200

        eventually(sold_again)
    eventually(lambda: not hasty.open(sale))
    assert set(statuses) == {200}


# Returns


def test_a_return_passes_through_and_is_filed(shop):
    made = shop.sell(body())
    answer = shop.give_back(made)
    assert answer.status == 200 and made.is_returned, answer
    call = shop.daemon.asked("DELETE", "/rest/receipt")[-1]
    assert json.loads(call.body) == {"id": made.id, "date": made.date}
    record = shop.records()[0]
    assert (record["id"], record["action"], record["index"]) == (made.id, "returned", answer.index)


def test_a_return_that_is_refused_passes_through_and_is_not_filed(shop):
    made, size = shop.sell(body()), shop.size
    shop.daemon.plan("refusal", method="DELETE")
    answer = shop.give_back(made)
    assert answer.status == 400 and answer.json()["status"] == "ERROR" and shop.size == size
    shop.daemon.stop()
    assert shop.give_back(made).status == 503 and shop.size == size


def test_a_return_whose_answer_was_lost_is_sent_again(shop):
    made, size = shop.sell(body()), shop.size
    shop.daemon.plan("drop", method="DELETE")
    assert shop.give_back(made).status == 504
    assert shop.give_back(made).status == 200 and shop.give_back(made).status == 200
    assert shop.size == size + 1 and shop.records()[0]["action"] == "returned"


def test_a_return_is_not_lost_with_its_answer(shop):
    """A daemon may refuse what it returned before."""
    made = shop.sell(body())
    shop.daemon.returns_again = False
    shop.daemon.plan("drop", method="DELETE")
    shop.give_back(made)
    shop.give_back(made)
    assert made.is_returned
    assert shop.records()[0]["action"] == "returned" or [each for each in shop.relays() if each.get("returned") == made.id]


def test_a_return_that_cannot_be_filed_is_given_and_filed_later(shop):
    made = shop.sell(body())
    with shop.suspended():
        answer = shop.give_back(made)
        assert answer.status == 200 and made.is_returned, answer
    eventually(lambda: [record for record in shop.records() if record["id"] == made.id and record["action"] == "returned"])


# The rest of the interface, and the client that tills use


def test_info_is_the_daemons_and_tells_the_ways(shop):
    told = shop.pos("GET", "/rest/info").json()
    assert {name: told[name] for name in shop.daemon.info()} == shop.daemon.info()
    assert {each["tin"]: each["way"] for each in told["tamga"]} == {FRONT: "front", BESIDE: "beside", ALONE: "alone"}
    assert all(each["mn"] and each["en"] for each in told["tamga"])


def test_info_is_our_own_when_the_daemon_is_away(shop):
    shop.daemon.stop()
    answer = shop.pos("GET", "/rest/info")
    assert answer.status == 200 and answer.json()["posNo"] != POS_NO
    assert FRONT in [each["tin"] for each in answer.json()["tamga"]]


def test_the_client_of_tills_works_through_it(shop):
    till = client(shop.posapi)
    sale = body()
    made = till.receipt.create(sale)
    sold = shop.daemon.sales[-1]
    assert (made.id, made.lottery, made.qr_data) == (sold.id, sold.answer["lottery"], sold.answer["qrData"])
    assert till.receipt.delete({"id": made.id, "date": made.date}) is None and sold.is_returned
    assert till.info.read().left_lotteries == 19992
    assert till.send_data.send() is None and shop.daemon.asked("GET", "/rest/sendData")
    assert [account.id for account in till.bank_accounts.read(tin=FRONT)] == [7]
    assert shop.daemon.asked("GET", f"/rest/bankAccounts?tin={FRONT}")


def test_the_client_of_tills_gets_its_receipt_though_the_answer_was_lost(shop):
    shop.daemon.plan("drop")
    shop.daemon.listing = "made"
    count = len(shop.daemon.sales)
    made = client(shop.posapi).receipt.create(body())
    assert len(shop.daemon.sales) == count + 1 and made.id == shop.daemon.sales[-1].id
    shop.daemon.plan("drop", method="DELETE")
    client(shop.posapi).receipt.delete({"id": made.id, "date": made.date})
    assert shop.daemon.sales[-1].is_returned


def test_the_client_of_tills_never_sells_twice(shop):
    for reply in ("drop", "cut", "500"):
        count = len(shop.daemon.sales)
        shop.daemon.plan(reply)
        with pytest.raises(PosApiHttpError):
            client(shop.posapi).receipt.create(body())
        assert len(shop.daemon.sales) == count + 1, reply


def test_sending_data_says_when_the_daemon_is_away(shop):
    assert shop.pos("GET", "/rest/send").status == 200
    shop.daemon.stop()
    assert shop.pos("GET", "/rest/sendData").status == 503


# Beside


def test_a_pushed_receipt_is_filed_with_its_number_and_date(shop, tmp_path):
    made = shop.daemon.sell(of(BESIDE, body()))
    answer = shop.push(pushed(made))
    assert answer.status == 200, answer
    fields = shop.fields(made.id, tmp_path)
    assert (fields["way"], fields["date"], fields["merchant"]) == ("beside", recorded(made.date), BESIDE)
    assert made.answer["receipts"][0]["id"] in fields["items"]
    assert not [word for word in made.never_kept if word in json.dumps(fields)]


def test_a_receipt_that_is_pushed_again_is_one_entry(shop):
    made = shop.daemon.sell(of(BESIDE, body()))
    first, size = shop.push(pushed(made)), shop.size
    for kind in ("SEND_ONLY", "SEND_AND_RECEIVE"):
        again = shop.push(pushed(made, kind))
        assert (again.status, again.index) == (200, first.index), kind
    assert shop.size == size


def test_a_number_belongs_to_one_receipt(shop):
    made = shop.daemon.sell(of(BESIDE, body()))
    assert shop.push(pushed(made)).status == 200
    size = shop.size
    assert shop.push(pushed(made, totalAmount=2240)).status == 409
    assert shop.size == size


def test_blanks_around_the_type_do_not_matter(shop):
    made = shop.daemon.sell(of(BESIDE, body()))
    assert shop.push(pushed(made, " SEND_ONLY ")).status == 200 and made.id in shop.filed(BESIDE)


def test_who_waits_for_the_receipt_gets_the_body_back(shop):
    made = shop.daemon.sell(of(BESIDE, body()))
    sent = pushed(made, "SEND_AND_RECEIVE")
    answer = shop.push(sent)
    assert (answer.status, answer.body) == (200, sent) and made.id in shop.filed(BESIDE)


def test_who_waits_for_the_receipt_gets_the_body_back_though_it_cannot_be_filed(shop):
    sale = of(BESIDE, body())
    made, size = shop.daemon.sell(sale), shop.size
    unnumbered = {name: value for name, value in made.answer.items() if name not in ("id", "date", "lottery", "qrData")}
    for sent in (pushed(unnumbered, "SEND_AND_RECEIVE"), pushed(made, "SEND_AND_RECEIVE", receipts=[{"items": 7}]),
                 pushed({}, "SEND_AND_RECEIVE"), pushed(made, "SEND_AND_RECEIVE", merchantTin=ALONE),
                 pushed(made, "SEND_AND_RECEIVE", merchantTin="99999999999")):
        answer = shop.push(sent)
        assert (answer.status, answer.body) == (200, sent), sent
    assert shop.size == size
    with shop.suspended(BESIDE):
        sent = pushed(made, "SEND_AND_RECEIVE")
        answer = shop.push(sent)
        assert (answer.status, answer.body) == (200, sent)
    assert made.id not in shop.filed(BESIDE)


def test_pushes_that_are_refused(shop):
    made, size = shop.daemon.sell(of(BESIDE, body())), shop.size
    assert shop.push(pushed(made, "PAYMENT")).status == 400
    assert shop.push(pushed(made, "SOMETHING")).status == 400
    assert shop.push(b"nonsense").status == 400
    assert shop.push(pushed({name: value for name, value in made.answer.items() if name != "id"})).status == 400
    assert shop.push(pushed(made, receipts=[])).status == 400
    assert shop.push(pushed(shop.daemon.sell(of(ALONE, body())))).status == 409
    with shop.suspended(BESIDE):
        assert shop.push(pushed(made)).status == 400
    assert shop.size == size + 2 and made.id not in shop.filed(BESIDE)


def test_a_page_in_a_browser_cannot_push(shop):
    made, size = shop.daemon.sell(of(BESIDE, body())), shop.size
    headers = {"Content-Type": "text/plain", "Origin": "http://shop.example", "Sec-Fetch-Site": "cross-site"}
    assert shop.push(pushed(made), **headers).status >= 400
    assert shop.size == size


def test_tills_of_a_merchant_beside_whom_it_stands_are_sent_to_the_daemon(shop):
    size = shop.size
    answer = shop.send(of(BESIDE, body()))
    assert answer.status == 409 and answer.json()["status"] == "ERROR" and shop.size == size


def test_returns_of_a_merchant_beside_whom_it_stands_are_sent_to_the_daemon(shop):
    made = shop.daemon.sell(of(BESIDE, body()))
    assert shop.push(pushed(made)).status == 200
    size = shop.size
    assert shop.give_back(made).status == 409 and shop.size == size


def test_a_number_that_was_never_pushed_is_shown_as_a_gap(shop):
    made = [shop.daemon.sell({**of(BESIDE, body()), "branchNo": "042"}) for _ in range(4)]
    for sale in (made[0], made[1], made[3]):
        assert shop.push(pushed(sale)).status == 200
    told = shop.must("receipt", "chain", "--merchant", BESIDE, "--branch", "042").output
    assert f"receipt numbers 4 to 5 of day {made[0].id[15:20]}, branch 042, PosAPI {POS_NO} were never filed here" in told, told
    shop.push(pushed(made[2]))
    assert "never filed here" not in shop.must("receipt", "chain", "--merchant", BESIDE, "--branch", "042").output


# All of it at once


def test_two_hundred_sales_through_a_daemon_as_bad_as_can_be(new_shop, pool):
    """Eight tills send again what got no number, and some what did; in between the service is killed."""
    shop = new_shop()
    sales = [body(suffix=f"{number}") for number in range(200)]

    def usual(request: dict) -> Step:
        chance = random.Random(f"{request['billIdSuffix']} {shop.daemon.posts(request)}")
        time.sleep(chance.choice([0, 0, 0, 0.01, 0.1]))
        replies = {"answer": 65, "twice": 5, "refusal": 15, "nothing": 3, "drop": 4, "cut": 3, "500": 3, "html": 2}
        reply = chance.choices(list(replies), list(replies.values()))[0]
        return Step("drop", sold=False) if reply == "nothing" else Step(reply, sold=reply != "refusal")

    shop.daemon.usual = usual
    answers: list[tuple[str, str]] = []

    def till(mine: list[dict]) -> None:
        for sale in mine:
            suffix = sale["billIdSuffix"]
            for _ in range(4):
                id = number_of(shop, sale)
                answers.extend([(suffix, id)] if id else [])
                if id and int(suffix) % 3:
                    break

    tills = [pool.submit(till, sales[number::8]) for number in range(8)]
    eventually(lambda: len(shop.daemon.sales) > 80, seconds=30)
    shop.crash()
    for each in tills:
        each.result()
    made = {sale["billIdSuffix"]: [each.id for each in shop.daemon.made(sale)] for sale in sales}
    assert not {suffix: ids for suffix, ids in made.items() if len(ids) > 1}
    assert {(suffix, id) for suffix, ids in made.items() for id in ids} >= set(answers)
    assert sum(map(len, made.values())) > 150

    shop.daemon.listing = "made"
    shop.crash()
    unsold = {suffix for suffix, ids in made.items() if not ids}
    eventually(lambda: all(each["billIdSuffix"] in unsold for each in shop.relays()), seconds=30)
    for each in shop.relays():
        shop.relay("resolve", "--id", each["id"], "--no-receipt")
    assert shop.relays() == []
    assert sorted(shop.filed()) == sorted(id for ids in made.values() for id in ids)
    assert shop.stop() == 0
    shop.must("audit")


def number_of(shop: Shop, sale: dict) -> str | None:
    """The number that a till is answered, if it is; asks again while nothing listens."""

    def answer() -> Answer | bool:
        try:
            return shop.send(sale, timeout=30)
        except (OSError, http.client.HTTPException):
            return False

    told = eventually(answer, seconds=30)
    try:
        return told.json().get("id")
    except ValueError:
        return None
