"""Filing again what was filed: the same answer, one entry (decision 6)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import tamga
from signing import problem


def test_repeated_body_gets_the_same_receipt(open_shop):
    body = tamga.receipt(suffix="repeated")
    before = open_shop.size
    first, second = open_shop.file(body), open_shop.file(body)
    assert first.json() == second.json() and first.index == second.index == before
    assert first.headers["tamga-evidence"] == second.headers["tamga-evidence"]
    assert open_shop.size == before + 1


def test_spelling_of_the_body_does_not_matter(open_shop):
    body = tamga.receipt(suffix="spelling")
    first = open_shop.file(body)
    other = {name.upper() if name != "receipts" else name: value for name, value in reversed(list(body.items()))}
    other["TOTALAMOUNT"] = "1120.00"
    assert open_shop.file(other).json()["id"] == first.json()["id"]


@pytest.mark.parametrize("change", [{"posNo": "002"}, {"branchNo": "002"}, {"billIdSuffix": "other"}, {"consumerNo": "10038071"}])
def test_body_that_differs_is_another_sale(open_shop, change):
    body = tamga.receipt(suffix="differs")
    assert open_shop.file(body).json()["id"] != open_shop.file({**body, **change}).json()["id"]


def test_after_a_return_the_same_body_is_a_new_sale(open_shop):
    body = tamga.receipt(suffix="sold again")
    first = open_shop.file(body).json()
    returned = open_shop.pos("DELETE", "/rest/receipt", {"id": first["id"], "date": first["date"]})
    assert returned.status in (200, 204)
    second = open_shop.file(body).json()
    assert second["id"] != first["id"]
    assert open_shop.file(body).json()["id"] == second["id"]


def test_twenty_equal_receipts_at_once_are_one_entry(open_shop):
    body = tamga.receipt(suffix="twenty")
    before = open_shop.size
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: open_shop.pos("POST", "/rest/receipt", body), range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert {answer.index for answer in answers} == {before}
    assert open_shop.size == before + 1


def test_twenty_different_receipts_at_once_have_ids_of_their_own(open_shop):
    bodies = [tamga.receipt(suffix=f"different {number}") for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(open_shop.file, bodies))
    ids = [answer.json()["id"] for answer in answers] + [answer.json()["receipts"][0]["id"] for answer in answers]
    assert len(set(ids)) == 40 and len({answer.index for answer in answers}) == 20


def test_return_at_once_from_ten_is_one_entry(open_shop):
    filed = open_shop.file(tamga.receipt(suffix="ten returns")).json()
    before = open_shop.size
    body = {"id": filed["id"], "date": filed["date"]}
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: open_shop.pos("DELETE", "/rest/receipt", body), range(10)))
    assert {answer.status for answer in answers} <= {200, 204} and len({answer.index for answer in answers}) == 1
    assert open_shop.size == before + 1


@pytest.fixture(scope="module")
def token(open_shop):
    return open_shop.token("merchant", tamga.MERCHANT)


def file(shop, token, body, key=None):
    return shop.post("/v1/receipts", body, token, {"Idempotency-Key": key} if key else None)


def test_idempotency_key_gets_the_first_answer(open_shop, token):
    body = tamga.receipt(suffix="key")
    first, second = file(open_shop, token, body, "key-1"), file(open_shop, token, body, "key-1")
    assert first.status == 201 and second.status in (200, 201), (first, second)
    assert first.json()["id"] == second.json()["id"] and first.index == second.index
    assert {"index", "recorded", "id", "evidence"} <= set(first.json())
    other = file(open_shop, token, body, "key-2")
    assert other.json()["id"] != first.json()["id"]


def test_idempotency_key_outlives_the_return(open_shop, token):
    body = tamga.receipt(suffix="outlives")
    first = file(open_shop, token, body, "key-3").json()
    answer = open_shop.file(body)
    date = answer.json()["date"]
    assert answer.json()["id"] == first["id"]
    assert open_shop.pos("DELETE", "/rest/receipt", {"id": first["id"], "date": date}).status in (200, 204)
    assert file(open_shop, token, body, "key-3").json()["id"] == first["id"]


def test_idempotency_key_of_another_body_is_refused(open_shop, token):
    file(open_shop, token, tamga.receipt(suffix="a"), "key-4")
    before = open_shop.size
    answer = file(open_shop, token, tamga.receipt(suffix="b"), "key-4")
    assert answer.status == 422 and problem(answer) == "idempotency-key-reused"
    assert open_shop.size == before


def test_idempotency_holds_after_kill(shop):
    token = shop.token("merchant", tamga.MERCHANT)
    body, keyed = tamga.receipt(suffix="window"), tamga.receipt(suffix="keyed")
    first, second = shop.file(body), file(shop, token, keyed, "key-5")
    shop.kill()
    shop.restart()
    before = shop.size
    assert shop.file(body).json() == first.json()
    again = file(shop, token, keyed, "key-5")
    assert again.json()["id"] == second.json()["id"] and again.index == second.index
    assert file(shop, token, body, "key-5").status == 422
    assert shop.size == before


def test_v1_needs_a_token_of_the_merchant(open_shop, token):
    body = tamga.receipt(suffix="token")
    assert file(open_shop, None, body).status == 401
    assert file(open_shop, "x" * 40, body).status == 401
    assert file(open_shop, open_shop.token("merchant", "61200064714"), body).status == 403
    assert file(open_shop, token, body).status == 201


def test_an_equal_body_gets_the_same_bytes_whatever_it_holds(shop):
    """Members that nobody knows come back in one order, the first time and the second."""
    card = {"terminalID": "T1", "rrn": "123456789012", "maskedCardNumber": "123456XXXXXX7890", "easy": True}
    unknown = {"zeta": {"b": 1, "a": [2, {"d": 3, "c": None}]}, "alpha": "1"}
    body = tamga.receipt(suffix="bytes", data={"z": 1, "a": 2}, **unknown)
    body["payments"] = [{"code": "PAYMENT_CARD", "status": "PAID", "paidAmount": 1120, "data": card}]
    body["receipts"][0] |= unknown
    body["receipts"][0]["items"][0] |= unknown
    for sent in (body, tamga.receipt(suffix="plain")):
        first, second = shop.file(sent), shop.file(sent)
        assert first.body == second.body and first.index == second.index
