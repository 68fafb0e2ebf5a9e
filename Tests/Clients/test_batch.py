"""Batches of receipts over HTTP: newline-delimited JSON in, a verdict for each row out."""

from __future__ import annotations

import gzip
import json
import random

import pytest
from batches import TYPE, keyed, ndjson, peak_memory, row, send, token, verdicts  # noqa: F401, a fixture
from tamga import MERCHANT


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
