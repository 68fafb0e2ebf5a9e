"""In front of a merchant's own PosAPI: equal bodies are one sale, and when they are another."""

from __future__ import annotations

import http.client
import json
import random
import time

import pytest
import wire
from daemon import Step
from relay_shop import Shop, body, hasty, hasty_shop, new_shop, pool, shop, under_way, usual_shop  # noqa: F401, fixtures
from tamga import Answer, eventually


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


@pytest.mark.parametrize("reply", ["answer", "drop"])
def test_what_cannot_be_read_here_is_not_sold_twice_either(shop, reply):
    sale = body(type="B2C_SOMETHING_NEW")
    shop.daemon.plan(reply)
    for _ in range(3):
        shop.send(sale)
    assert len(shop.daemon.made(sale)) == 1


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
