"""In front of a merchant's own PosAPI: a sale whose answer is lost is never sent again, and stays open until its outcome is known."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from daemon import Step, pushed
from relay_shop import (  # noqa: F401, fixtures
    Shop, body, impatient, impatient_shop, new_shop, pool, shop, under_way, usual_shop,
)
from tamga import eventually

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
