"""Beside a merchant's own PosAPI: what it pushes is filed once, and its tills are sent to it."""

from __future__ import annotations

import json

from daemon import POS_NO, pushed
from relay_shop import ALONE, BESIDE, body, new_shop, recorded, shop, usual_shop  # noqa: F401, fixtures
from tamga import of


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
