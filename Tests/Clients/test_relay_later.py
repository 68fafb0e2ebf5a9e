"""In front of a merchant's own PosAPI: what this ledger cannot file at once is filed later, once; and returns."""

from __future__ import annotations

import json

from relay_shop import body, new_shop, shop, usual_shop  # noqa: F401, fixtures
from tamga import eventually


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
