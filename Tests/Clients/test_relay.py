"""In front of a merchant's own PosAPI: requests and answers pass through untouched, and what was sold is filed."""

from __future__ import annotations

import json

import pytest
from daemon import POS_NO, pushed
from ebarimt_pos_sdk import PosApiHttpError
from relay_shop import (  # noqa: F401, fixtures
    ALONE, BESIDE, FRONT, body, hasty, hasty_shop, new_shop, pool, recorded, shop, under_way, usual_shop,
)
from tamga import eventually, of
from till_client import client
from traces import files, hit


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

CARD = {"terminalID": "TERM77665544", "rrn": "730112233445", "maskedCardNumber": "4111 1111 1111 1111", "easy": False}


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
